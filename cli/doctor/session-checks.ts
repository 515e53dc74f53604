import { MAKE_SESSION_USER, SESSION_USER, SESSION_USER_MARK } from "../../modules/facts/sessions";
import { agentCheck } from "../instance/verify";
import { Failure } from "../terminal/failure";
import type { Examination } from "./examination";
import { type Finding, fail, pass, unknown } from "./finding";

/** Whether Systems Manager can open sessions on the instance: its agent can be Online without taking any. */
export async function online(examination: Examination): Promise<Finding> {
  const { InstanceId: id = "", State } = await examination.instance();
  if (State?.Name !== "running") {
    throw new Failure(`not asked, since the instance is ${State?.Name}`);
  }
  const reboot = examination.aws(`ec2 reboot-instances --instance-ids ${id}`);
  const known = await examination.registration();
  if (known?.PingStatus === "Online") {
    return (await examination.account.isConnected(id))
      ? pass("Online, and takes sessions")
      : fail(
          "Online, but takes no sessions",
          `wait some minutes if it has just started, else mend what fails above, then ${reboot}`,
        );
  }
  const lastHeard = known?.LastPingDateTime?.toISOString() ?? "an unknown time";
  return fail(
    known === undefined ? "not registered" : `${known.PingStatus}, last heard of at ${lastHeard}`,
    `mend what fails above, then ${reboot}: an agent that found no way waits for up to an hour`,
  );
}

/** Whether the agent is recent enough for the network it is in. */
export async function agent(examination: Examination): Promise<Finding> {
  const { InstanceId: id } = await examination.instance();
  const known = await examination.registration();
  if (known === undefined) {
    throw new Failure("not known, since the instance is not registered");
  }
  const { result, seen } = agentCheck(examination.environment, known.AgentVersion);
  if (result === "pass") {
    return { result, seen };
  }
  const update = examination.aws(
    `ssm send-command --document-name AWS-UpdateSSMAgent --targets Key=InstanceIds,Values=${id}`,
  );
  const fix = `write ec2Messages: true in network.endpoints, ${examination.deploy}, then ${update}`;
  return { result, seen, fix };
}

/** Whether the document of recorded sessions is there, and records where it should. */
export async function document(examination: Examination): Promise<Finding> {
  const { documentName, logGroupName } = examination.environment.recording ?? {};
  const found = await examination.document();
  if (found === undefined) {
    return fail(`${documentName} is not there`, examination.deploy);
  }
  if (found.Status !== "Active") {
    const fix = found.Status === "Failed" ? examination.deploy : "wait until it is Active";
    return fail(`${documentName} is ${found.Status}`, fix);
  }
  const { cloudWatchLogGroupName: recorded } = await examination.recordingInputs();
  return recorded === logGroupName
    ? pass(`${documentName} records to ${logGroupName}`)
    : fail(
        `${documentName} records to ${recorded || "no log group"}, not to ${logGroupName}`,
        examination.deploy,
      );
}

/** Whether sessions run as a user without sudo, as far as the document and the first boot tell. */
export async function sessionUser(examination: Examination): Promise<Finding> {
  const { InstanceId: id, Platform } = await examination.instance();
  if ((await examination.document()) === undefined) {
    throw new Failure("not asked, since the document is not there");
  }
  const { runAsEnabled, runAsDefaultUser: user } = await examination.recordingInputs();
  if (Platform?.toLowerCase() === "windows") {
    return unknown(
      `Windows: sessions run as ${SESSION_USER}, an administrator, and may stop being recorded without a word`,
      "choose Linux for what has to be recorded",
    );
  }
  if (runAsEnabled !== true) {
    return fail(`the document lets SSM Agent make ${SESSION_USER}, with sudo`, examination.deploy);
  }
  if (user !== SESSION_USER) {
    return pass(`sessions run as ${user}, whom the image must bring: without, they are refused`);
  }
  if ((await examination.account.userData(id)).includes(SESSION_USER_MARK)) {
    return pass(`sessions run as ${user}, made at boot without sudo`);
  }
  const commands = JSON.stringify({ commands: MAKE_SESSION_USER });
  const make = examination.aws(
    `ssm send-command --document-name AWS-RunShellScript --targets Key=InstanceIds,Values=${id} --parameters '${commands}'`,
  );
  return unknown(
    `booted before ${user} was made at boot: it has sudo where an earlier session made it, and sessions are refused ` +
      "where none did; only root on the instance can tell",
    `${make}, unless that was done, or replace the instance`,
  );
}

/** Whether the log group of the recordings is there, and is encrypted: otherwise no session starts. */
export async function logGroup(examination: Examination): Promise<Finding> {
  const { logGroupName = "" } = examination.environment.recording ?? {};
  const found = await examination.account.logGroup(logGroupName);
  if (found === undefined) {
    return fail(`${logGroupName} is not there`, examination.deploy);
  }
  return found.kmsKeyId
    ? pass(`${logGroupName} is encrypted with ${found.kmsKeyId}`)
    : fail(`${logGroupName} is not encrypted, which sessions demand`, examination.deploy);
}

/** Whether the key of the recordings can be used. */
export async function key(examination: Examination): Promise<Finding> {
  const { kmsKeyId: id } = await examination.recordingInputs();
  if (!id) {
    throw new Failure("not asked, since no document names a key");
  }
  const state = await examination.account.keyState(id);
  const enable = examination.aws(`kms enable-key --key-id ${id}`);
  const cancel = examination.aws(`kms cancel-key-deletion --key-id ${id}`);
  switch (state) {
    case "Enabled":
      return pass(`${id} is enabled`);
    case undefined:
      return fail(`${id} does not exist`, examination.deploy);
    case "PendingDeletion":
      return fail(`${id} is to be deleted, with all that it encrypts`, `${cancel} && ${enable}`);
    default:
      return fail(`${id} is ${state}`, enable);
  }
}
