import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { type ClientConfig } from "./client";
import { attempt } from "./errors";

/**
 * How clients are made that ask as Terraform does: in the role that the provider takes on, which may be of another
 * account.
 *
 * @param role its ARN; undefined where the provider takes on none
 * @throws where whoever asks may not take it on.
 */
export async function inRole<T extends ClientConfig>(config: T, role: string | undefined): Promise<T> {
  if (role === undefined) {
    return config;
  }
  const command = new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "session-manager" });
  const { Credentials: given } = await attempt({ action: "sts:AssumeRole", region: config.region }, () =>
    new STSClient(config).send(command),
  );
  return {
    ...config,
    credentials: {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken ?? "",
    },
  };
}
