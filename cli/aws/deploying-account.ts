import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { inRole } from "./assume-role";
import { type ClientConfig, clientConfig } from "./client";
import { attempt } from "./errors";
import { chooseProfile } from "./credentials";
import type { SynthesizedEnvironment } from "../assembly/environments";
import { Failure } from "../terminal/failure";

/** The account that Terraform deploys an environment to, and how its clients are made. */
export interface DeployingAccount {
  readonly config: ClientConfig;
  readonly account: string;
}

/**
 * The account that Terraform deploys to, in the role that it takes on.
 *
 * @throws where it is not one that the environment allows, and where AWS does not say whose the credentials are.
 */
export async function deployingAccount({
  name,
  region,
  instancesStack: { assumedRole, allowedAccountIds },
}: SynthesizedEnvironment): Promise<DeployingAccount> {
  const config = await inRole(clientConfig(region), assumedRole);
  const { Account: account = "" } = await attempt({ action: "sts:GetCallerIdentity", region }, () =>
    new STSClient(config).send(new GetCallerIdentityCommand({})),
  );
  if (allowedAccountIds?.includes(account) === false) {
    const allowed = `${name} is deployed to ${allowedAccountIds.join(" or ")}`;
    throw new Failure(`these are credentials of ${account}, and ${allowed}: ${chooseProfile()}`);
  }
  return { config, account };
}
