import { ACCESS_TAG } from "../../modules/facts/names";
import { awsProgram } from "../session/start-session";
import { chooseProfile } from "../aws/credentials";
import { Failure } from "../terminal/failure";
import { outputsOnce } from "../instance/find";
import { capture, findProgram } from "../process/run";
import { keyFailure, refusedKey } from "../session/key";
import { isDenied } from "../aws/client";
import type { Examined, Finding } from "./examination";
import { decide } from "./simulation";

/** Whether AWS knows who asks, and it is the account of the instance. */
export async function credentials(examined: Examined): Promise<Finding> {
  try {
    const arn = await examined.identity();
    const deployed = await outputsOnce(examined.environment.instancesStack).catch(() => undefined);
    const account = String(deployed?.instance_profile_arn ?? "").split(":")[4];
    return account && account !== arn.split(":")[4]
      ? {
          result: "FAIL",
          seen: `${arn}, and ${examined.chosen.instance.name} is in account ${account}`,
          fix: chooseProfile(),
        }
      : { result: "pass", seen: arn };
  } catch (error) {
    if (error instanceof Failure) {
      return { result: "FAIL", seen: error.message };
    }
    throw error;
  }
}

/** Whether the programs that open sessions are on this machine, and start. */
export async function programs(): Promise<Finding> {
  try {
    const cli = await version(awsProgram());
    const plugin = await version(findProgram("session-manager-plugin") ?? "");
    return { result: "pass", seen: `${cli.split(" ")[0]}, session-manager-plugin ${plugin}` };
  } catch (error) {
    if (error instanceof Failure) {
      return { result: "FAIL", seen: error.message.replaceAll("\n", "; ") };
    }
    throw error;
  }
}

async function version(program: string): Promise<string> {
  const { status, stdout, stderr } = await capture(program, ["--version"]).catch((error: Error) => ({
    status: 1,
    stdout: "",
    stderr: error.message,
  }));
  if (status !== 0) {
    throw new Failure(`${program} does not start: ${stderr.trim().split("\n")[0]}: install it again`);
  }
  return stdout.trim();
}

/** Whether whoever asks may open recorded sessions on the instance. */
export async function startSession(examined: Examined): Promise<Finding> {
  const { InstanceId: id } = await examined.instance();
  const { environment, chosen } = examined;
  const checked = { "ssm:SessionDocumentAccessCheck": "true" };
  const tag = chosen.instance.tags[ACCESS_TAG];
  const principal = await principalOf(examined);
  const actions = ["ssm:StartSession"];
  const { denied, undecided } = await decide(examined.account, principal, [
    {
      actions,
      resource: await examined.arn("ec2", `instance/${id}`),
      context: tag === undefined ? checked : { ...checked, [`ssm:resourceTag/${ACCESS_TAG}`]: tag },
    },
    ...(environment.recording === undefined
      ? []
      : [
          {
            actions,
            resource: await examined.arn("ssm", `document/${environment.recording.documentName}`),
            context: checked,
          },
        ]),
  ]);
  if (denied.length > 0) {
    return { result: "FAIL", seen: `${principal} may not start sessions on ${id}`, fix: attach(examined) };
  }
  return undecided.length > 0
    ? { result: "unknown", seen: `${principal}: ${undecided.join(", ")} decides`, fix: attach(examined) }
    : { result: "pass", seen: `${principal} may start sessions on ${id}` };
}

/** Whether whoever asks may use the key of recorded sessions. */
export async function useKey(examined: Examined): Promise<Finding> {
  const refused = await refusedKey(examined.environment);
  if (refused === undefined) {
    return { result: "pass", seen: "you may encrypt sessions with it" };
  }
  const { message } = keyFailure(refused, examined.environment);
  return isDenied(refused)
    ? { result: "FAIL", seen: "you may not encrypt sessions with it", fix: attach(examined) }
    : { result: "unknown", seen: message };
}

function attach({ environment: { recording } }: Examined): string {
  return recording === undefined
    ? "ask for ssm:StartSession on the instance"
    : `attach the policy ${recording.policies.shell} to whom you are in AWS`;
}

/** Whose policies decide. A session's name leaves out the path of its role, which IAM asks for. */
async function principalOf(examined: Examined): Promise<string> {
  const arn = await examined.identity();
  const [, role] = /:assumed-role\/([^/]+)\//.exec(arn) ?? [];
  if (role === undefined && !arn.includes(":user/")) {
    throw new Failure(`IAM cannot be asked about ${arn}`);
  }
  const found = role === undefined ? arn : await examined.account.roleArn(role);
  if (found === undefined) {
    throw new Failure(`IAM knows no role ${role}`);
  }
  return found;
}
