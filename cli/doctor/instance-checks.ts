import {
  AGENT_ACTIONS,
  COPY_ACTIONS,
  COPY_KEY_ACTIONS,
  FIND_LOG_GROUP,
  RECORD_ACTIONS,
} from "../../modules/facts/agent-actions";
import { isCorePolicy } from "../../modules/facts/iam-names";
import { readPolicyJson, trustsEc2 } from "../../modules/facts/iam-policy";
import { ACCESS_TAG } from "../../modules/facts/names";
import type { Verdict } from "../../modules/facts/network";
import { addressOf, referenced, resourcesOf } from "../assembly/stacks";
import { AwsFailure } from "../aws/errors";
import { Failure } from "../terminal/failure";
import { ADDRESSES } from "../../stacks/contract";
import { canonical, deployedText } from "./deployed";
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
      // Operators may start sessions on what carries this tag.
      const tag = examination.chosen.instance.tags[ACCESS_TAG];
      const carried = described.Tags?.find(({ Key }) => Key === ACCESS_TAG)?.Value;
      return carried === tag
        ? pass(seen)
        : fail(`${seen}, with ${ACCESS_TAG}=${carried ?? ""}, not ${tag ?? "without"}`, examination.deploy);
    }
    const start = examination.aws(`ec2 start-instances --instance-ids ${id}`);
    return fail(seen, state === "pending" ? "look again in a minute, when it runs" : start);
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
  const volumes = status.AttachedEbsStatus?.Status ?? "ok";
  const seen = `system ${system}, instance ${instance}${volumes === "ok" ? "" : `, volumes ${volumes}`}`;
  if (system === "impaired") {
    const stop = examination.aws(`ec2 stop-instances --instance-ids ${id}`);
    const start = examination.aws(`ec2 start-instances --instance-ids ${id}`);
    return fail(seen, `move it to other hardware: ${stop}, and once it is stopped ${start}`);
  }
  if (instance === "impaired") {
    const read = examination.aws(`ec2 get-console-output --latest --output text --instance-id ${id}`);
    return fail(seen, `see why it does not boot: ${read}`);
  }
  if (volumes === "impaired") {
    const read = examination.aws(
      `ec2 describe-volume-status --filters Name=attachment.instance-id,Values=${id}`,
    );
    return fail(seen, `see what EC2 says of its volumes: ${read}`);
  }
  const others = [system, instance, volumes].filter((one) => one !== "ok");
  // EC2 keeps events that are over for a while, with this before what it says of them.
  const planned = (status.Events ?? []).filter(({ Description }) => !Description?.startsWith("[Completed]"));
  const events = planned.map(({ Code, NotBefore }) => `; EC2 plans ${Code} at ${NotBefore?.toISOString()}`);
  return others.length === 0
    ? pass(`${seen}${events.join("")}`)
    : unknown(seen, "look again in some minutes, when EC2 has tested it");
}

/** Whether the agent can get credentials from the metadata service, which is set as it was deployed. */
export async function metadataService(examination: Examination): Promise<Finding> {
  const { InstanceId: id, MetadataOptions: options = {} } = await examination.instance();
  if (options.HttpEndpoint === "disabled") {
    const fix = examination.aws(
      `ec2 modify-instance-metadata-options --http-endpoint enabled --instance-id ${id}`,
    );
    return fail("disabled: the agent gets no credentials", fix);
  }
  if (options.HttpEndpoint !== "enabled" || options.HttpTokens === undefined) {
    return unknown("EC2 does not say how it is set", "look again when the instance runs");
  }
  const written = (examination.synthesized()?.config.metadata_options ?? {}) as Readonly<
    Record<string, unknown>
  >;
  const wrong = [
    ["tokens", options.HttpTokens, written.http_tokens],
    ["hop limit", options.HttpPutResponseHopLimit, written.http_put_response_hop_limit],
  ]
    .filter(([, is, deployed]) => is !== undefined && deployed !== undefined && is !== deployed)
    .map(([what, is, deployed]) => `${String(what)} ${String(is)}, not ${String(deployed)}`);
  return wrong.length === 0
    ? pass(`enabled, tokens ${options.HttpTokens}`)
    : fail(`not as deployed: ${wrong.join(", ")}`, examination.deploy);
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
  const deployed = (await examination.found()).outputs?.role_arn;
  if (deployed !== undefined && deployed !== found.Arn) {
    return fail(`${found.Arn}, not the deployed ${deployed}`, examination.deploy);
  }
  const trust = decodeURIComponent(found.AssumeRolePolicyDocument ?? "");
  if (!trustsEc2(readPolicyJson(trust) ?? [])) {
    return fail(`${found.Arn} does not trust ec2.amazonaws.com`, examination.deploy);
  }
  // A condition may leave EC2 out, or a denial; and who else may take the role is as good as the instance.
  const written = resourcesOf(examination.environment.instancesStack, "aws_iam_role").find(
    (one) => addressOf(one) === ADDRESSES.instancesRole,
  )?.config.assume_role_policy;
  const deployedTrust = await deployedText(examination, "instances", written);
  return deployedTrust === undefined || canonical(trust) === canonical(deployedTrust)
    ? pass(String(found.Arn))
    : fail(`${found.Arn} trusts others, or under other conditions, than is deployed`, examination.deploy);
}

/** Whether the role has the policies that were deployed, and they let the agent do all it has to. */
export async function rolePolicies(examination: Examination): Promise<Finding> {
  const found = await roleOf(examination);
  const policies = await examination.account.attachedPolicies(found.RoleName);
  const { missing, beside } = await comparePolicies(examination, found.RoleName, policies);
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
    return missing.length > 0
      ? fail(
          `${found.RoleName} may do all that the agent does, but lacks ${missing.join(", ")}`,
          examination.deploy,
        )
      : pass(
          `${found.RoleName} may do all that the agent does; ${attached}` +
            (beside.length > 0 ? `; beside what is deployed it has ${beside.join(", ")}` : ""),
        );
  } catch (error) {
    if (!(error instanceof AwsFailure)) {
      throw error;
    }
    return reaching !== undefined && missing.length === 0
      ? unknown(`${attached}; more is not known: ${error.message}`)
      : fail([attached, ...missing.map((one) => `${one} is missing`)].join("; "), examination.deploy);
  }
}

/** Whether the instance's own role may register it; unknown where IAM may not be asked. */
export async function mayRegister(examination: Examination): Promise<Verdict> {
  const { Arn } = await roleOf(examination);
  try {
    const [request] = await agentRequests(examination);
    const { denied, undecided } = await decide(examination.account, Arn, request ? [request] : []);
    return denied.length > 0 ? "no" : undecided.length > 0 ? "unknown" : "yes";
  } catch (error) {
    if (error instanceof AwsFailure) {
      return "unknown";
    }
    throw error;
  }
}

/**
 * The policies that the JSON gives the role and it does not have, or not as they are written, and those that it has
 * beside them: by their names.
 */
async function comparePolicies(
  examination: Examination,
  role: string,
  policies: readonly string[],
): Promise<{ missing: string[]; beside: string[] }> {
  const { account, environment } = examination;
  const last = (arn: string): string => arn.split("/").at(-1) ?? "";
  const given = resourcesOf(environment.instancesStack, "aws_iam_role_policy_attachment").map(
    ({ config }) => {
      const policy = referenced(environment.instancesStack, config.policy_arn)?.resource.config.name;
      return last(String(policy ?? config.policy_arn));
    },
  );
  const written = resourcesOf(environment.instancesStack, "aws_iam_role_policy").map(({ config }) => config);
  const own = written.length === 0 ? [] : await account.ownPolicies(role);
  const changed = await Promise.all(
    written
      .filter(({ name }) => own.includes(String(name)))
      .map(async ({ name, policy }): Promise<string[]> => {
        const deployed = await deployedText(examination, "instances", policy);
        const live = deployed && (await account.ownPolicy(role, String(name)));
        return !live || canonical(live) === canonical(deployed) ? [] : [`${String(name)} as it is written`];
      }),
  );
  const names = given.filter((name) => name !== "" && !name.includes("${"));
  const there = policies.map(last);
  return {
    missing: [
      ...names.filter((name) => !there.includes(name)),
      ...written.map(({ name }) => String(name)).filter((name) => !own.includes(name)),
      ...changed.flat(),
    ],
    // Of a name that only Terraform knows, one that is there may be the policy.
    beside:
      names.length < given.length
        ? []
        : [
            ...there.filter((name) => !names.includes(name)),
            ...own.filter((name) => !written.some((one) => one.name === name)),
          ],
  };
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

async function roleOf(examination: Examination): Promise<{ Arn: string; RoleName: string }> {
  const { Arn, RoleName } = (await profileOf(examination)).Roles?.[0] ?? {};
  if (Arn === undefined || RoleName === undefined) {
    throw new Failure("not asked, since the profile has no role");
  }
  return { Arn, RoleName };
}

async function profileOf(examination: Examination) {
  const profile = await examination.profile();
  if (profile === undefined) {
    throw new Failure("not asked, since the profile does not exist");
  }
  return profile;
}
