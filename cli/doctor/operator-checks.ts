import { ACCESS_TAG } from "../../modules/facts/names";
import { INSTALL_PLUGIN, PLUGIN, findPlugin, pluginFault, pluginVersion } from "../session/plugin-versions";
import { chooseProfile } from "../aws/credentials";
import { Failure } from "../terminal/failure";
import { outputsOnce } from "../instance/find";
import { findProgram, whyNotFound } from "../process/find-program";
import { capture } from "../process/run";
import { keyFailure, refusedKey } from "../session/key";
import { isDenied } from "../aws/errors";
import type { Examination } from "./examination";
import { type Finding, fail, pass, unknown } from "./finding";
import type { Request } from "./live-account";
import { decide } from "./simulation";

/** Whether AWS knows who asks, and it is the account of the instance. */
export async function credentials(examination: Examination): Promise<Finding> {
  try {
    const arn = await examination.identity();
    const deployed = await outputsOnce(examination.environment.instancesStack).catch(() => undefined);
    const account = String(deployed?.instance_profile_arn ?? "").split(":")[4];
    const own = arn.split(":")[4] ?? "";
    const { allowedAccountIds: allowed = [own] } = examination.environment.instancesStack;
    if (account && account !== own) {
      return fail(
        `${arn}, and ${examination.chosen.instance.name} is in account ${account}`,
        chooseProfile(),
      );
    }
    return allowed.includes(own)
      ? pass(arn)
      : fail(
          `${arn}, and ${examination.environment.name} belongs in account ${allowed.join(" or ")}`,
          chooseProfile(),
        );
  } catch (error) {
    if (error instanceof Failure) {
      return fail(error.message);
    }
    throw error;
  }
}

/** Whether the programs that can open sessions start, and are ones that AWS supports. None of them has to be there. */
export async function programs(): Promise<Finding> {
  try {
    const [aws, plugin] = [findProgram("aws"), findPlugin()];
    const cli =
      aws === undefined
        ? `${whyNotFound("aws")}, by which only this command asks about some things`
        : (await version(aws)).split(" ")[0];
    if (plugin === undefined) {
      const own = "sessions are opened by this project's own client, which nobody has tried on AWS yet";
      return pass(`${cli}; ${whyNotFound(PLUGIN)}: ${own}`, `install it, ${INSTALL_PLUGIN}`);
    }
    return pluginFinding(cli ?? "", await version(plugin));
  } catch (error) {
    if (error instanceof Failure) {
      return fail(error.message.replaceAll("\n", "; "));
    }
    throw error;
  }
}

function pluginFinding(cli: string, said: string): Finding {
  const plugin = pluginVersion(said);
  if (plugin === undefined) {
    return unknown(
      `${cli}; session-manager-plugin does not tell its version, but ${JSON.stringify(said)}`,
      `install the newest, ${INSTALL_PLUGIN}`,
    );
  }
  const fault = pluginFault(plugin);
  return fault === undefined
    ? pass(`${cli}, session-manager-plugin ${plugin}`)
    : { result: fault.refused ? "FAIL" : "pass", seen: `${cli}; ${fault.seen}`, fix: fault.fix };
}

async function version(program: string): Promise<string> {
  const { status, stdout, stderr } = await capture(program, ["--version"]);
  if (status !== 0) {
    throw new Failure(`${program} does not start: ${stderr.trim().split("\n")[0]}: install it again`);
  }
  return stdout.trim();
}

/** Whether whoever asks may open recorded sessions on the instance. */
export async function startSession(examination: Examination): Promise<Finding> {
  const { InstanceId: id, Tags = [] } = await examination.instance();
  const { environment } = examination;
  const checked = { "ssm:SessionDocumentAccessCheck": "true" };
  const tag = Tags.find(({ Key }) => Key === ACCESS_TAG)?.Value;
  const principal = await principalOf(examination);
  const actions = ["ssm:StartSession"];
  const requests: Omit<Request, "principal">[] = [
    {
      actions,
      resource: await examination.arn("ec2", `instance/${id}`),
      context: tag === undefined ? checked : { ...checked, [`ssm:resourceTag/${ACCESS_TAG}`]: tag },
    },
  ];
  if (environment.recording !== undefined) {
    const resource = await examination.arn("ssm", `document/${environment.recording.documentName}`);
    requests.push({ actions, resource, context: checked });
  }
  const { denied, undecided } = await decide(examination.account, principal, requests);
  if (denied.length > 0) {
    return fail(`${principal} may not start sessions on ${id}`, attach(examination));
  }
  return undecided.length > 0
    ? unknown(`${principal}: ${undecided.join(", ")} decides`, attach(examination))
    : pass(`${principal} may start sessions on ${id}`);
}

/** Whether whoever asks may use the key of recorded sessions. */
export async function useKey(examination: Examination): Promise<Finding> {
  const refused = await refusedKey(examination.environment);
  if (refused === undefined) {
    return pass("you may encrypt sessions with it");
  }
  return isDenied(refused)
    ? fail("you may not encrypt sessions with it", attach(examination))
    : unknown(keyFailure(refused, examination.environment).message);
}

function attach({ environment: { recording } }: Examination): string {
  return recording === undefined
    ? "ask for ssm:StartSession on the instance"
    : `attach the policy ${recording.policies.shell} to whom you are in AWS`;
}

/** The principal whose policies decide. The name of a session leaves out the path of its role, which IAM needs. */
async function principalOf(examination: Examination): Promise<string> {
  const arn = await examination.identity();
  const [, role] = /:assumed-role\/([^/]+)\//.exec(arn) ?? [];
  if (role === undefined && !arn.includes(":user/")) {
    throw new Failure(`IAM cannot be asked about ${arn}: open sessions as a role or a user`);
  }
  const found = role === undefined ? arn : await examination.account.roleArn(role);
  if (found === undefined) {
    throw new Failure(`IAM knows no role ${role}`);
  }
  return found;
}
