import { awayOf, questionsForKeeper } from "../instance/elsewhere";
import { agentCheck, agentUse, isForEndpoint } from "../instance/verify";
import { Failure } from "../terminal/failure";
import { STARTING_MINUTES, isStarting } from "./elsewhere-checks";
import type { Examination } from "./examination";
import { type DiagnosedCheck, type Finding, fail, pass, unknown } from "./finding";
import { mayRegister } from "./instance-checks";

/** What is on the operator's own machine: no cause of what the instance does. */
const OWN_MACHINE = ["AWS credentials", "AWS CLI and plugin"];

/**
 * Whether Systems Manager can open sessions on the instance. Online proves that ssm answers its agent, and connected that
 * ssmmessages does, by which sessions come.
 *
 * @param above what was found before, for what to mend first
 */
export async function online(
  examination: Examination,
  above: () => Promise<readonly DiagnosedCheck[]>,
): Promise<Finding> {
  const { InstanceId: id = "", State, LaunchTime } = await examination.instance();
  if (State?.Name !== "running") {
    throw new Failure(`not asked, since the instance is ${State?.Name}`);
  }
  const known = await examination.registration();
  const isOnline = known?.PingStatus === "Online";
  if (isOnline && (await examination.isConnected())) {
    return pass("Online, and takes sessions");
  }
  const lastHeard = known?.LastPingDateTime?.toISOString() ?? "an unknown time";
  const standing =
    known === undefined ? "not registered" : `${known.PingStatus}, last heard of at ${lastHeard}`;
  const seen = isOnline
    ? "Online, but takes no sessions: its agent reaches ssm, and has no channel to ssmmessages, by which sessions come"
    : standing;
  const reboot = examination.aws(`ec2 reboot-instances --instance-ids ${id}`);
  const late = isOnline
    ? `${reboot}, which ends an agent that hangs`
    : `${reboot}: an agent that found no way waits for up to an hour`;
  const checks = (await above()).filter(({ check }) => !OWN_MACHINE.includes(check));
  const failed = checks.filter(({ result }) => result === "FAIL").map(({ check }) => check);
  if (failed.length > 0) {
    const inside = isOnline ? `; if that does not help, ${insideOf(examination, id, true)}` : "";
    return fail(seen, `mend what fails above, ${failed.join(", ")}, then ${late}${inside}`);
  }
  const steps = [
    ...(isStarting(LaunchTime)
      ? [`look again ${STARTING_MINUTES} minutes after its start, which was at ${LaunchTime?.toISOString()}`]
      : []),
    ...(await keepersOf(examination, isOnline ? ["ssmmessages"] : ["ssm", "ssmmessages"])),
    ...unansweredOf(checks),
    late,
    insideOf(examination, id, isOnline),
  ];
  return fail(seen, `nothing fails above, so in this order: ${steps.join("; then ")}`);
}

/** Whether the agent is recent enough for the network it is in, and for how its sessions are recorded. */
export async function agent(examination: Examination): Promise<Finding> {
  const { InstanceId: id } = await examination.instance();
  const known = await examination.registration();
  if (known === undefined) {
    throw new Failure("not known, since the instance is not registered");
  }
  const { environment } = examination;
  const { AgentVersion: version = "" } = known;
  const { result, seen } = agentCheck(environment, version);
  if (result === "pass") {
    return { result, seen };
  }
  const update = examination.aws(
    `ssm send-command --document-name AWS-UpdateSSMAgent --targets Key=InstanceIds,Values=${id}`,
  );
  const first = isForEndpoint(version, agentUse(environment))
    ? `write ec2Messages: true in network.endpoints, ${examination.deploy}, then `
    : "";
  return { result, seen, fix: `${first}${update}` };
}

/**
 * By whose role the agent registered. AWS does not tell: but where the account has a role for all of its instances, that
 * one stands in where the instance's own may not register, and records nothing.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/fleet-manager-default-host-management-configuration.html
 */
export async function agentRole(examination: Examination): Promise<Finding> {
  if ((await examination.registration()) === undefined) {
    throw new Failure("not known, since the instance is not registered");
  }
  const own = (await examination.profile())?.Roles?.[0]?.RoleName;
  if (own === undefined) {
    throw new Failure("not known, since the instance has no role");
  }
  const setting = "/ssm/managed-instance/default-ec2-instance-management-role";
  const standIn = await examination.account.accountSetting(setting);
  if (standIn === undefined || !/^[\w+=,.@/-]+$/.test(standIn)) {
    return pass(`${own}: no other role stands in for it in ${examination.environment.region}`);
  }
  const may = await mayRegister(examination);
  const seen = `${standIn}, the account's default host management, stands in where ${own} may not register`;
  switch (may) {
    case "yes":
      return pass(`${own}: it may register, so that ${standIn} does not stand in`);
    case "no":
      return fail(
        `${seen}, and it may not: sessions are not recorded`,
        `${examination.deploy}, then ${examination.aws("ec2 reboot-instances")} --instance-ids ${(await examination.instance()).InstanceId}`,
      );
    default:
      return unknown(seen, `whoever may call iam:SimulatePrincipalPolicy can tell whether ${own} may`);
  }
}

/** What to ask of those who keep the networks where services answer; nothing where they answer in the VPC. */
async function keepersOf(examination: Examination, services: readonly string[]): Promise<string[]> {
  const away = awayOf(examination.environment, services);
  return away === undefined ? [] : [questionsForKeeper(away, await examination.caller())];
}

/** What could not be seen, and may be the cause. */
function unansweredOf(checks: readonly DiagnosedCheck[]): string[] {
  const unanswered = checks.filter(
    ({ check, result, seen }) =>
      result === "unknown" && !check.startsWith("endpoint ") && !seen.startsWith("not "),
  );
  return unanswered.length === 0
    ? []
    : [
        `have somebody look who may: ${unanswered.map(({ check }) => check).join(", ")}, of which the lines say why`,
      ];
}

/** What only the instance itself tells. */
function insideOf(examination: Examination, id: string, isOnline: boolean): string {
  const console = examination.aws(`ec2 get-console-output --latest --output text --instance-id ${id}`);
  const causes = isOnline
    ? "a proxy or a firewall on it that lets no WebSocket through to ssmmessages"
    : "an agent that is not installed or not started, a proxy, a firewall, a clock that is wrong";
  return `whoever makes its image can tell of ${causes}: ${console}, and /var/log/amazon/ssm/amazon-ssm-agent.log on it`;
}
