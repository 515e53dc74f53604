import { readPolicyJson } from "../../modules/rules/policy-reader";
import { AGENT_ACTIONS, COPY_ACTIONS } from "../../modules/facts/agent-actions";
import { AwsFailure } from "../aws/client";
import { Failure } from "../terminal/failure";
import type { Examined, Finding, RecordingInputs } from "./examination";
import type { Request } from "./live-account";
import { decide } from "./simulation";

/** Whether the instance is there, and runs. */
export async function instanceState(examined: Examined): Promise<Finding> {
  try {
    const { id, described } = await examined.found();
    const state = described.State?.Name ?? "unknown";
    const seen = `${id} is ${state}, in ${described.Placement?.AvailabilityZone}`;
    if (state === "running") {
      return { result: "pass", seen };
    }
    const start = examined.aws(`ec2 start-instances --instance-ids ${id}`);
    return { result: "FAIL", seen, fix: state === "pending" ? "wait until it runs" : start };
  } catch (error) {
    // What AWS does not tell is not known; an instance that is gone is.
    if (error instanceof Failure && !(error instanceof AwsFailure)) {
      return { result: "FAIL", seen: error.message };
    }
    throw error;
  }
}

/** Whether the operating system boots and answers, as far as EC2 can see. */
export async function statusChecks(examined: Examined): Promise<Finding> {
  const { InstanceId: id } = await examined.instance();
  const status = await examined.account.status(id);
  if (status === undefined) {
    throw new Failure("EC2 tests nothing, as long as the instance does not run");
  }
  const system = status.SystemStatus?.Status;
  const instance = status.InstanceStatus?.Status;
  const seen = `system ${system}, instance ${instance}`;
  if (system === "impaired") {
    const move = ["stop", "start"].map((what) => examined.aws(`ec2 ${what}-instances --instance-ids ${id}`));
    return {
      result: "FAIL",
      seen,
      fix: `move it to other hardware: ${move.join(", and once it is stopped ")}`,
    };
  }
  if (instance === "impaired") {
    const fix = `see why it does not boot: ${examined.aws(`ec2 get-console-output --latest --output text --instance-id ${id}`)}`;
    return { result: "FAIL", seen, fix };
  }
  return { result: "pass", seen };
}

/** Whether the agent can get credentials from the metadata service. */
export async function metadataService(examined: Examined): Promise<Finding> {
  const { InstanceId: id, MetadataOptions: options } = await examined.instance();
  if (options?.HttpEndpoint === "disabled") {
    const fix = examined.aws(
      `ec2 modify-instance-metadata-options --http-endpoint enabled --instance-id ${id}`,
    );
    return { result: "FAIL", seen: "disabled: the agent gets no credentials", fix };
  }
  return { result: "pass", seen: `enabled, tokens ${options?.HttpTokens}` };
}

/** Whether the instance has the deployed profile, and that one still exists. */
export async function instanceProfile(examined: Examined): Promise<Finding> {
  const { IamInstanceProfile: given } = await examined.instance();
  const { outputs } = await examined.found();
  const deployed = outputs?.instance_profile_arn;
  if (given?.Arn === undefined) {
    return { result: "FAIL", seen: "the instance has none", fix: examined.deploy };
  }
  if (typeof deployed === "string" && deployed !== given.Arn) {
    return { result: "FAIL", seen: `${given.Arn}, not the deployed ${deployed}`, fix: examined.deploy };
  }
  const profile = await examined.profile();
  if (profile === undefined) {
    return { result: "FAIL", seen: `${given.Arn} does not exist`, fix: examined.deploy };
  }
  // The id of a profile begins so; an emulator of EC2 may give that of the association in its place.
  if (given.Id?.startsWith("AIPA") && given.Id !== profile.InstanceProfileId) {
    const seen = `${given.Arn} was made again after the instance got it, and gives it no credentials`;
    const fix =
      `take the association away (${examined.aws("ec2 describe-iam-instance-profile-associations")} names it, ` +
      `disassociate-iam-instance-profile ends it), then ${examined.deploy}`;
    return { result: "FAIL", seen, fix };
  }
  return { result: "pass", seen: given.Arn };
}

/** Whether the profile has a role that EC2 may take. */
export async function role(examined: Examined): Promise<Finding> {
  const profile = await profileOf(examined);
  const [found] = profile.Roles ?? [];
  if (found === undefined) {
    const seen = `${profile.InstanceProfileName} has no role`;
    return { result: "FAIL", seen, fix: examined.deploy };
  }
  const trust = readPolicyJson(decodeURIComponent(found.AssumeRolePolicyDocument ?? "")) ?? [];
  const trusted = trust.some(
    ({ effect, actions, principals }) =>
      effect === "Allow" &&
      actions.includes("sts:AssumeRole") &&
      /"ec2\.amazonaws\.com(\.cn)?"/.test(JSON.stringify(principals)),
  );
  return trusted
    ? { result: "pass", seen: String(found.Arn) }
    : { result: "FAIL", seen: `${found.Arn} does not trust ec2.amazonaws.com`, fix: examined.deploy };
}

/** Whether the role's policies let the agent do all it has to. */
export async function rolePolicies(examined: Examined): Promise<Finding> {
  const { Roles: [found] = [] } = await profileOf(examined);
  if (found?.Arn === undefined || found.RoleName === undefined) {
    throw new Failure("not asked, since the profile has no role");
  }
  const policies = await examined.account.attachedPolicies(found.RoleName);
  const core = policies.some((arn) => arn.endsWith("/AmazonSSMManagedInstanceCore"));
  const attached = core
    ? "AmazonSSMManagedInstanceCore is attached"
    : "AmazonSSMManagedInstanceCore is not attached";
  try {
    const { denied, undecided } = await decide(examined.account, found.Arn, await agentRequests(examined));
    const lacking = [...denied, ...undecided];
    if (lacking.length > 0) {
      const fix = `${examined.deploy}; what it does not put back, a permissions boundary or a policy of the organization denies`;
      return { result: "FAIL", seen: `${found.RoleName} may not ${lacking.join(", ")}; ${attached}`, fix };
    }
    return { result: "pass", seen: `${found.RoleName} may do all that the agent does; ${attached}` };
  } catch (error) {
    if (!(error instanceof AwsFailure)) {
      throw error;
    }
    return core
      ? { result: "unknown", seen: `${attached}; more is not known: ${error.message}` }
      : { result: "FAIL", seen: attached, fix: examined.deploy };
  }
}

/** What the agent asks of each service, on what it asks it of. */
async function agentRequests(examined: Examined): Promise<Omit<Request, "principal">[]> {
  const { recording } = examined.environment;
  const services = examined.services();
  const always = (["ssm", "ssmmessages", "ec2messages"] as const).filter((service) =>
    services.includes(service),
  );
  const reached = { actions: always.flatMap((service) => AGENT_ACTIONS[service]) };
  if (recording === undefined) {
    return [reached];
  }
  // Where the document cannot be read, its own check tells, and the rest is asked all the same.
  const { kmsKeyId: key, s3BucketName, s3KeyPrefix } = await examined.recordingInputs().catch(() => NOTHING);
  const stream = await examined.arn("logs", `log-group:${recording.logGroupName}:log-stream:session`);
  const among = "logs:DescribeLogGroups";
  const requests: Omit<Request, "principal">[] = [
    reached,
    { actions: [among] },
    { actions: AGENT_ACTIONS.logs.filter((action) => action !== among), resource: stream },
  ];
  if (key) {
    const writing = s3BucketName ? ["kms:GenerateDataKey"] : [];
    requests.push({ actions: [...AGENT_ACTIONS.kms, ...writing], resource: key });
  }
  if (s3BucketName) {
    const bucket = `${stream.split(":").slice(0, 2).join(":")}:s3:::${s3BucketName}`;
    const [inspecting, copying] = COPY_ACTIONS as [string, string];
    requests.push(
      { actions: [inspecting], resource: bucket },
      { actions: [copying], resource: `${bucket}/${s3KeyPrefix}/session` },
    );
  }
  return requests;
}

const NOTHING: RecordingInputs = {};

async function profileOf(examined: Examined) {
  const profile = await examined.profile();
  if (profile === undefined) {
    throw new Failure("not asked, since the profile does not exist");
  }
  return profile;
}
