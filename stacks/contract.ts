import type { SILENCED_RULES_KEY } from "../modules/facts/names";
import { instancesName } from "../modules/facts/names";
import { shortHash } from "../modules/facts/short-hash";

/**
 * The number of the form that the JSON of every stack has. Commands read no other: whatever changes below in a way that
 * they would misread raises it.
 */
export const JSON_FORMAT = 2;

/** What a stack's JSON says of itself, below `//.metadata`. */
export interface StackMetadata {
  /** See {@link JSON_FORMAT}. */
  readonly format: number;
  /** What the stack takes for granted; left out where that is nothing. */
  readonly assumptions?: readonly Assumption[];
  /** The rules that are silenced in it, which the rules' own guard notes. */
  readonly [SILENCED_RULES_KEY]?: readonly SilencedRule[];
}

/** A rule that the code has silenced for a construct. */
export interface SilencedRule {
  /** Path of the construct. */
  readonly path: string;
  /** Id of the rule. */
  readonly rule: string;
  /** Why. */
  readonly reason: string;
}

/** The layers of an environment, in the order they are deployed. */
export const LAYERS = ["networking", "sessions", "instances"] as const;

/** What a stack is for. */
export type Layer = (typeof LAYERS)[number];

/** The name of a stack: `<environment>-<layer>`. */
export function stackName(environment: string, layer: Layer): string {
  return `${environment}-${layer}`;
}

/** The environment and the layer that a stack's name tells. Code of one's own may add layers. */
export function partsOfStackName(stack: string): { readonly environment: string; readonly layer: string } {
  const end = stack.lastIndexOf("-");
  return { environment: stack.slice(0, end), layer: stack.slice(end + 1) };
}

type ByName<T = string> = Readonly<Record<string, T>>;

/** The types of what the networking stack publishes, by name. */
export interface NetworkingOutputs {
  /** Id. */
  readonly vpc_id: string;
  /** By zone or zone slot. */
  readonly subnet_ids: ByName;
  /** By zone or zone slot. */
  readonly availability_zones: ByName;
  /** Only of a network that is made. */
  readonly route_table_id: string;
  /** By service. */
  readonly endpoint_ids: ByName;
  /** Only where endpoints are made. */
  readonly endpoint_security_group_id: string;
  /** Only where there is a way to S3. */
  readonly s3_prefix_list_id: string;
  /** Only of an existing network. */
  readonly existing_endpoint_security_group_ids: readonly string[];
  /** Sentences, only where something is taken for granted. */
  readonly assumptions: readonly string[];
}

/** The types of what the sessions stack publishes, by name; nothing where recording is off. */
export interface SessionsOutputs {
  /** Name. */
  readonly document_name: string;
  /** Name; only with root shells. */
  readonly root_document_name: string;
  /** Name. */
  readonly log_group_name: string;
  /** ARN. */
  readonly log_group_arn: string;
  /** ARN. */
  readonly key_arn: string;
  /** Name; only where copies are kept. */
  readonly archive_bucket: string;
  /** ARN. */
  readonly alert_topic_arn: string;
  /** ARN. */
  readonly shell_policy_arn: string;
  /** ARN; only with root shells. */
  readonly root_policy_arn: string;
  /** ARN. */
  readonly forward_policy_arn: string;
  /** ARN. */
  readonly auditor_policy_arn: string;
  /** ARN. */
  readonly guardrail_policy_arn: string;
  /** By target; only where there is one. */
  readonly forward_documents: ByName;
}

/** The types of what the instances stack publishes, by name. */
export interface InstancesOutputs {
  /** By instance. */
  readonly instance_ids: ByName;
  /** By instance. */
  readonly private_ips: ByName;
  /** Id. */
  readonly security_group_id: string;
  /** Name. */
  readonly role_name: string;
  /** ARN. */
  readonly role_arn: string;
  /** Name. */
  readonly instance_profile_name: string;
  /** ARN. */
  readonly instance_profile_arn: string;
}

/** What the stacks of each layer publish. */
export interface OutputsOf {
  /** Of the networking stack. */
  readonly networking: NetworkingOutputs;
  /** Of the sessions stack. */
  readonly sessions: SessionsOutputs;
  /** Of the instances stack. */
  readonly instances: InstancesOutputs;
}

/** The name of anything that a stack publishes. */
export type OutputName = keyof NetworkingOutputs | keyof SessionsOutputs | keyof InstancesOutputs;

/** What the stacks of an environment publish together, as far as they are deployed. */
export type DeployedOutputs = Partial<NetworkingOutputs & SessionsOutputs & InstancesOutputs>;

/**
 * What each output is, for those who read the state. The names are a contract with other stacks and with people's
 * scripts, and the order is that of the JSON.
 */
export const OUTPUTS: { readonly [L in Layer]: Readonly<Record<keyof OutputsOf[L], string>> } = {
  networking: {
    vpc_id: "Id of the VPC",
    subnet_ids: "Ids of the subnets, by zone or zone slot",
    availability_zones: "Names of the Availability Zones, by zone or zone slot",
    route_table_id: "Id of the route table of all subnets, which has no way out",
    endpoint_ids: "Ids of the VPC endpoints, by service",
    endpoint_security_group_id: "Id of the security group of the interface endpoints",
    s3_prefix_list_id: "Id of the prefix list of S3",
    existing_endpoint_security_group_ids:
      "Ids of the security groups of interface endpoints that others made",
    assumptions: "What cannot be checked from here, and must be so for instances to be reached",
  },
  sessions: {
    document_name: "Name of the document that records sessions: start them with it",
    root_document_name: "Name of the document of root shells, which are recorded too",
    log_group_name: "Name of the log group of the recordings",
    log_group_arn: "ARN of the log group of the recordings",
    key_arn: "ARN of the key of sessions and recordings",
    archive_bucket: "Name of the bucket of copies",
    alert_topic_arn: "ARN of the topic of alerts",
    shell_policy_arn: "ARN of the policy that opens recorded shells, to be attached to operators",
    root_policy_arn: "ARN of the policy that opens root shells, to be attached to few",
    forward_policy_arn: "ARN of the policy that opens this environment's tunnels",
    auditor_policy_arn: "ARN of the policy that reads recordings",
    guardrail_policy_arn:
      "ARN of the policy that denies what is not recorded, to be attached beside operators' others",
    forward_documents: "Names of the documents that open tunnels, by target",
  },
  instances: {
    instance_ids: "Ids of the instances, by name: the targets of sessions",
    private_ips: "Private IPv4 addresses of the instances, by name",
    security_group_id: "Id of the security group of all instances, which admits nothing",
    role_name: "Name of the instances' role",
    role_arn: "ARN of the instances' role",
    instance_profile_name: "Name of the instances' profile",
    instance_profile_arn: "ARN of the instances' profile, as their metadata names it",
  },
};

/** Addresses of resources that commands look for, by what the resources are. */
export const ADDRESSES = {
  accountPreferences: "aws_ssm_document.logging_account-preferences",
  sessionDocument: "aws_ssm_document.logging_document",
  recordings: "aws_cloudwatch_log_group.logging",
  watchLog: "aws_cloudwatch_log_group.watch_log-group",
  flowLogs: "aws_cloudwatch_log_group.network_flow-logs_log-group",
  network: "aws_vpc.network",
  instancesRole: "aws_iam_role.instance_access",
  instancesProfile: "aws_iam_instance_profile.instance_access_profile",
  instancesGroup: "aws_security_group.instance_access_security-group",
  endpointsGroup: "aws_security_group.endpoints",
  watchRole: "aws_iam_role.watch_role",
  flowLogsRole: "aws_iam_role.network_flow-logs_role",
} as const;

/** What a stack takes for granted, since neither synthesis nor Terraform can check it: a service answers elsewhere. */
export interface Assumption {
  /** The service, such as `kms`, which answers under its own name. */
  readonly service: string;
  /** The IPv4 blocks, outside the VPC, that it answers in. */
  readonly networks: readonly string[];
}

/** An assumption in the words that people read. */
export function assumptionText({ service, networks }: Assumption): string {
  return `${service} answers under its own name in ${networks.join(", ")}, on port 443`;
}

/** Keys of the tags that everything has, and whose values settings may change. */
export const OPEN_TAGS = ["Environment", "ManagedBy"] as const;

/**
 * The tag by which commands tell what a stack has made from all else. An organization may prescribe every other tag, so
 * that others carry the same; this one no setting can change.
 */
export const STACK_TAG = "SessionManagerStack";

/**
 * What the tag says: the stack's name, so that whoever finds a resource knows where it belongs, and digits that no other
 * environment has. They stand for the name of the instances' role, which AWS has once in an account: two environments
 * that are both deployed there differ, even where two clones of this project have one of the same name.
 *
 * @param stack name of the stack, such as `dev-networking`
 * @param roleName name of the environment's instance role
 */
export function stackIdentity(stack: string, roleName: string): string {
  return `${stack}-${shortHash(roleName)}`;
}

/** Whether a value of the tag is of a stack of this name, whatever its environment's role was called then. */
export function isIdentityOf(stack: string, value: string | undefined): boolean {
  return value?.slice(0, stack.length) === stack && /^-[0-9a-f]{8}$/.test(value.slice(stack.length));
}

/** The same as a value of a filter of EC2, which knows no classes of letters. */
export function identityPattern(stack: string): string {
  return `${stack}-${"?".repeat(8)}`;
}

/** The name of an environment's instance role. */
export function instanceRoleName(settings: {
  readonly iam: { readonly roleName?: string | undefined };
  readonly namePrefix: string;
}): string {
  return settings.iam.roleName ?? instancesName(settings.namePrefix);
}
