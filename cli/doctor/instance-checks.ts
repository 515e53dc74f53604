import {
  AGENT_ACTIONS,
  COPY_ACTIONS,
  COPY_KEY_ACTIONS,
  FIND_LOG_GROUP,
  RECORD_ACTIONS,
} from "../../modules/facts/agent-actions";
import { isCorePolicy } from "../../modules/facts/iam-names";
import { readPolicyJson, trustsEc2 } from "../../modules/facts/iam-policy";
import { AwsFailure } from "../aws/errors";
import { Failure } from "../terminal/failure";
import type { Examination, RecordingInputs } from "./examination";
import { type Finding, fail, pass, unknown } from "./finding";
import type { Request } from "./live-account";
import { decide } from "./simulation";

/** Whether the instance is there, and runs. */
export async function instanceState(examination: Examination): Promise<Finding> {
  try {
    const { id, described } = await examination.found();
    const state = described.State?.Name ?? "unknown";
    const seen = `${id} is ${state}, in ${described.Placement?.AvailabilityZone}`;
    if (state === "running") {
      return pass(seen);
    }
    const start = examination.aws(`ec2 start-instances --instance-ids ${id}`);
    return fail(seen, state === "pending" ? "wait until it runs" : start);
  } catch (error) {
    // A refusal of AWS leaves it open whether the instance is there; every other failure says that it is not.
    if (error instanceof Failure && !(error instanceof AwsFailure)) {
      return fail(error.message);
    }
    throw error;
  }
}

/** Whether the operating system boots and answers, as far as EC2 can see. */
export async function statusChecks(examination: Examination): Promise<Finding> {
  const { InstanceId: id } = await examination.instance();
  const status = await examination.account.status(id);
  if (status === undefined) {
    throw new Failure("EC2 tests nothing, as long as the instance does not run");
  }
  const system = status.SystemStatus?.Status;
  const instance = status.InstanceStatus?.Status;
  const seen = `system ${system}, instance ${instance}`;
  if (system === "impaired") {
    const stop = examination.aws(`ec2 stop-instances --instance-ids ${id}`);
    const start = examination.aws(`ec2 start-instances --instance-ids ${id}`);
    return fail(seen, `move it to other hardware: ${stop}, and once it is stopped ${start}`);
  }
  if (instance === "impaired") {
    const read = examination.aws(`ec2 get-console-output --latest --output text --instance-id ${id}`);
    return fail(seen, `see why it does not boot: ${read}`);
  }
  return pass(seen);
}

/** Whether the agent can get credentials from the metadata service. */
export async function metadataService(examination: Examination): Promise<Finding> {
  const { InstanceId: id, MetadataOptions: options } = await examination.instance();
  if (options?.HttpEndpoint === "disabled") {
    const fix = examination.aws(
      `ec2 modify-instance-metadata-options --http-endpoint enabled --instance-id ${id}`,
    );
    return fail("disabled: the agent gets no credentials", fix);
  }
  return pass(`enabled, tokens ${options?.HttpTokens}`);
}

/** Whether the instance has the deployed profile, and that one still exists. */
export async function instanceProfile(examination: Examination): Promise<Finding> {
  const { IamInstanceProfile: given } = await examination.instance();
  const { outputs } = await examination.found();
  const deployed = outputs?.instance_profile_arn;
  if (given?.Arn === undefined) {
    return fail("the instance has none", examination.deploy);
  }
  if (typeof deployed === "string" && deployed !== given.Arn) {
    return fail(`${given.Arn}, not the deployed ${deployed}`, examination.deploy);
  }
  const profile = await examination.profile();
  if (profile === undefined) {
    return fail(`${given.Arn} does not exist`, examination.deploy);
  }
  // Ids of profiles begin with AIPA; an emulator of EC2 may give the id of the association instead.
  if (given.Id?.startsWith("AIPA") && given.Id !== profile.InstanceProfileId) {
    const seen = `${given.Arn} was made again after the instance got it, and gives it no credentials`;
    const fix =
      `take the association away (${examination.aws("ec2 describe-iam-instance-profile-associations")} names it, ` +
      `disassociate-iam-instance-profile ends it), then ${examination.deploy}`;
    return fail(seen, fix);
  }
  return pass(given.Arn);
}

/** Whether the profile has a role that EC2 may take. */
export async function role(examination: Examination): Promise<Finding> {
  const profile = await profileOf(examination);
  const [found] = profile.Roles ?? [];
  if (found === undefined) {
    return fail(`${profile.InstanceProfileName} has no role`, examination.deploy);
  }
  const trust = readPolicyJson(decodeURIComponent(found.AssumeRolePolicyDocument ?? "")) ?? [];
  return trustsEc2(trust)
    ? pass(String(found.Arn))
    : fail(`${found.Arn} does not trust ec2.amazonaws.com`, examination.deploy);
}

/** Whether the role's policies let the agent do all it has to. */
export async function rolePolicies(examination: Examination): Promise<Finding> {
  const [found] = (await profileOf(examination)).Roles ?? [];
  if (found?.Arn === undefined || found.RoleName === undefined) {
    throw new Failure("not asked, since the profile has no role");
  }
  const policies = await examination.account.attachedPolicies(found.RoleName);
  // The policy that is made here is called as the role is, whatever its path.
  const nameOf = (arn: string | undefined): string | undefined => arn?.split("/").at(-1);
  const reaching = policies.find((arn) => isCorePolicy(arn) || nameOf(arn) === found.RoleName);
  const name = nameOf(reaching);
  const attached = `${name ? `policy ${name}` : "no policy that lets it be reached"} is attached`;
  try {
    const requests = await agentRequests(examination);
    const { denied, undecided } = await decide(examination.account, found.Arn, requests);
    const lacking = [...denied, ...undecided];
    if (lacking.length > 0) {
      const fix = `${examination.deploy}; what it does not put back, a permissions boundary or a policy of the organization denies`;
      return fail(`${found.RoleName} may not ${lacking.join(", ")}; ${attached}`, fix);
    }
    return pass(`${found.RoleName} may do all that the agent does; ${attached}`);
  } catch (error) {
    if (!(error instanceof AwsFailure)) {
      throw error;
    }
    return reaching !== undefined
      ? unknown(`${attached}; more is not known: ${error.message}`)
      : fail(attached, examination.deploy);
  }
}

/** What the agent asks of each service, on what it asks it of. */
async function agentRequests(examination: Examination): Promise<Omit<Request, "principal">[]> {
  const { recording } = examination.environment;
  const services = examination.services();
  const { InstanceId, VpcId } = await examination.instance();
  const arn = await examination.arn("ec2", `instance/${InstanceId}`);
  // How a request looks that an instance signs. Of an endpoint elsewhere, nobody knows here which VPC it is in.
  const signed = { "ec2:SourceInstanceARN": arn, "aws:Ec2InstanceSourceVpc": VpcId };
  const sent = (service: string): Request["context"] =>
    examination.elsewhere(service) === undefined ? { ...signed, "aws:SourceVpc": VpcId } : {};
  const reached = (["ssm", "ssmmessages", "ec2messages"] as const)
    .filter((service) => services.includes(service))
    .map((service) => ({ actions: AGENT_ACTIONS[service], context: sent(service) }));
  if (recording === undefined) {
    return reached;
  }
  // The document has a check of its own, which says so where it cannot be read.
  const {
    kmsKeyId: key,
    s3BucketName,
    s3KeyPrefix,
  } = await examination.recordingInputs().catch(() => NOTHING);
  const stream = await examination.arn("logs", `log-group:${recording.logGroupName}:log-stream:session`);
  const requests: Omit<Request, "principal">[] = [
    ...reached,
    { actions: [FIND_LOG_GROUP], context: sent("logs") },
    { actions: RECORD_ACTIONS, resource: stream, context: sent("logs") },
  ];
  if (key) {
    const context = { ...sent("kms"), "kms:EncryptionContext:aws:ssm:SessionId": "session" };
    requests.push({ actions: AGENT_ACTIONS.kms, resource: key, context });
  }
  if (key && s3BucketName) {
    const context = {
      ...signed,
      "aws:ViaAWSService": "true",
      "kms:ViaService": `s3.${examination.environment.region}.amazonaws.com`,
    };
    requests.push({ actions: COPY_KEY_ACTIONS, resource: key, context });
  }
  if (s3BucketName) {
    const bucket = `${stream.split(":").slice(0, 2).join(":")}:s3:::${s3BucketName}`;
    const [inspecting, copying] = COPY_ACTIONS as [string, string];
    requests.push(
      { actions: [inspecting], resource: bucket, context: sent("s3") },
      { actions: [copying], resource: `${bucket}/${s3KeyPrefix}/session`, context: sent("s3") },
    );
  }
  return requests;
}

const NOTHING: RecordingInputs = {};

async function profileOf(examination: Examination) {
  const profile = await examination.profile();
  if (profile === undefined) {
    throw new Failure("not asked, since the profile does not exist");
  }
  return profile;
}
