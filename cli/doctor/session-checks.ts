import { agentCheck } from "../instance/verify";
import { Failure } from "../terminal/failure";
import type { Examined, Finding } from "./examination";

/** Whether Systems Manager can open sessions on the instance: its agent can be Online without taking any. */
export async function online(examined: Examined): Promise<Finding> {
  const { InstanceId: id = "", State } = await examined.instance();
  if (State?.Name !== "running") {
    throw new Failure(`not asked, since the instance is ${State?.Name}`);
  }
  const reboot = examined.aws(`ec2 reboot-instances --instance-ids ${id}`);
  const known = await examined.registration();
  if (known?.PingStatus === "Online") {
    return (await examined.account.isConnected(id))
      ? { result: "pass", seen: "Online, and takes sessions" }
      : {
          result: "FAIL",
          seen: "Online, but takes no sessions",
          fix: `wait some minutes if it has just started, else mend what fails above, then ${reboot}`,
        };
  }
  return {
    result: "FAIL",
    seen:
      known === undefined
        ? "not registered"
        : `${known.PingStatus}, last heard of at ${known.LastPingDateTime?.toISOString() ?? "an unknown time"}`,
    fix: `mend what fails above, then ${reboot}: an agent that found no way waits for up to an hour`,
  };
}

/** Whether the agent is recent enough for the network it is in. */
export async function agent(examined: Examined): Promise<Finding> {
  const { InstanceId: id } = await examined.instance();
  const known = await examined.registration();
  if (known === undefined) {
    throw new Failure("not known, since the instance is not registered");
  }
  const { result, seen } = agentCheck(examined.environment, known.AgentVersion);
  if (result === "pass") {
    return { result, seen };
  }
  const update = examined.aws(
    `ssm send-command --document-name AWS-UpdateSSMAgent --targets Key=InstanceIds,Values=${id}`,
  );
  const fix = `write ec2Messages: true in network.endpoints, ${examined.deploy}, then ${update}`;
  return { result, seen, fix };
}

/** Whether the document of recorded sessions is there, and records where it should. */
export async function document(examined: Examined): Promise<Finding> {
  const { documentName, logGroupName } = examined.environment.recording ?? {};
  const found = await examined.document();
  if (found === undefined) {
    return { result: "FAIL", seen: `${documentName} is not there`, fix: examined.deploy };
  }
  if (found.Status !== "Active") {
    const fix = found.Status === "Failed" ? examined.deploy : "wait until it is Active";
    return { result: "FAIL", seen: `${documentName} is ${found.Status}`, fix };
  }
  const { cloudWatchLogGroupName: recorded } = await examined.recordingInputs();
  return recorded === logGroupName
    ? { result: "pass", seen: `${documentName} records to ${logGroupName}` }
    : {
        result: "FAIL",
        seen: `${documentName} records to ${recorded || "no log group"}, not to ${logGroupName}`,
        fix: examined.deploy,
      };
}

/** Whether the log group of the recordings is there, and encrypted, without which no session starts. */
export async function logGroup(examined: Examined): Promise<Finding> {
  const { logGroupName = "" } = examined.environment.recording ?? {};
  const found = await examined.account.logGroup(logGroupName);
  if (found === undefined) {
    return { result: "FAIL", seen: `${logGroupName} is not there`, fix: examined.deploy };
  }
  return found.kmsKeyId
    ? { result: "pass", seen: `${logGroupName} is encrypted with ${found.kmsKeyId}` }
    : {
        result: "FAIL",
        seen: `${logGroupName} is not encrypted, which sessions demand`,
        fix: examined.deploy,
      };
}

/** Whether the key of the recordings can be used. */
export async function key(examined: Examined): Promise<Finding> {
  const { kmsKeyId: id } = await examined.recordingInputs();
  if (!id) {
    throw new Failure("not asked, since no document names a key");
  }
  const state = await examined.account.keyState(id);
  const enable = examined.aws(`kms enable-key --key-id ${id}`);
  const cancel = examined.aws(`kms cancel-key-deletion --key-id ${id}`);
  switch (state) {
    case "Enabled":
      return { result: "pass", seen: `${id} is enabled` };
    case undefined:
      return { result: "FAIL", seen: `${id} does not exist`, fix: examined.deploy };
    case "PendingDeletion":
      return {
        result: "FAIL",
        seen: `${id} is to be deleted, with all that it encrypts`,
        fix: `${cancel} && ${enable}`,
      };
    default:
      return { result: "FAIL", seen: `${id} is ${state}`, fix: enable };
  }
}
