import { WIDEST_PUBLIC_PREFIX, isPrivate, parseCidr } from "../facts/cidr";
import { AGENT_ACTIONS } from "../facts/agent-actions";
import { withFurtherVolumes } from "../facts/known-images";
import type { Statement } from "../facts/iam-policy";
import { type Block, isExpression, isOn, list, nested, texts } from "./json-graph";
import { readPolicy } from "./policy-reader";
import { allRules, knownGroupsOf } from "./security-group-reader";
import { type Finding, type Judged, imageNames } from "./situation";

/** Looks for what breaks a rule in everything that is covered. */
export type Check = (judged: Judged) => Finding[];

const GATEWAYS = [
  "aws_internet_gateway",
  "aws_internet_gateway_attachment",
  "aws_egress_only_internet_gateway",
  "aws_nat_gateway",
];

/** Policies of a resource's own, where `*` means that one resource. */
const OWN_POLICIES = ["aws_kms_key", "aws_kms_key_policy", "aws_vpc_endpoint", "aws_vpc_endpoint_policy"];

/**
 * Actions that IAM can not limit to a resource, each with what it gives away at most.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
 */
const UNLIMITED_ACTIONS: Readonly<Record<string, string>> = {
  "cloudwatch:PutMetricData": "an agent reports metrics: writes some under any name",
  "ec2:DescribeInstances": "an operator finds instances by name: sees that others exist",
  "ec2:DescribeTags": "an agent reads its own tags: sees those of others",
  "ec2:DescribeVolumes": "an agent reads its own volumes: sees those of others",
  "ecr:GetAuthorizationToken": "an instance logs in to the registry, which then decides by repository",
  "logs:CreateLogDelivery": "a state machine sets up its own log",
  "logs:DeleteLogDelivery": "a state machine gives up its own log: could give up those of others",
  "logs:DescribeLogGroups": "the agent looks its log group up among all: sees their names",
  "logs:DescribeResourcePolicies":
    "a state machine looks whether its log may be delivered: sees who may write logs",
  "logs:GetLogDelivery": "a state machine reads how its own log is delivered: could read those of others",
  "logs:GetQueryResults": "an auditor reads the results of queries, whose ids must be known",
  "logs:ListLogDeliveries": "a state machine looks for its own log: sees those of others",
  "logs:PutResourcePolicy": "a state machine has its log delivered: could let others write to a log group",
  "logs:StopQuery": "an auditor ends queries, whose ids must be known",
  "logs:UpdateLogDelivery": "a state machine changes its own log: could change those of others",
  "ssm:DescribeInstanceInformation": "an operator sees which instances are online",
  "ssm:DescribeSessions": "operators and auditors list sessions: see who opened which",
  "ssm:GetConnectionStatus": "an operator sees whether an instance is connected",
  "ssm:UpdateInstanceInformation":
    "the agent registers, under an id that no policy can know before: tells something of its instance",
  ...Object.fromEntries(
    [...AGENT_ACTIONS.ssmmessages, ...AGENT_ACTIONS.ec2messages].map((action) => [
      action,
      "the agent is reached: opens channels of the instance whose credentials it has",
    ]),
  ),
};

const POLICY_ARGUMENTS = ["policy", "access_policy", "inline_policy"];

/** An account id, or an ARN of a partition that is written out. */
const ACCOUNT_OR_PARTITION = /(?<![\w-])\d{12}(?![\w-])|arn:aws[a-z-]*:/;

/** No way to the internet. */
export const gateways: Check = ({ covered }) =>
  [...covered]
    .filter(({ type, config }) => GATEWAYS.includes(type) && config.connectivity_type !== "private")
    .map((block) => ({ block, seen: `is an ${block.type}` }));

/** No block as wide as the internet, in a rule or a route. */
export const wholeInternet: Check = ({ graph, covered }) => {
  const groupRules = allRules(graph)
    .filter(({ block }) => covered.has(block))
    .flatMap(({ block, cidrs, prefixLists }) => {
      const listed = prefixLists.flatMap(({ config }) => nested(config.entry).map((entry) => entry.cidr));
      return [...cidrs, ...listed].map((cidr) => ({ block, cidr }));
    });
  const routes = [...covered].flatMap((block) => {
    const inside = block.type === "aws_route" ? [block.config] : nested(block.config.route);
    return inside
      .flatMap((route) => Object.entries(route))
      .filter(([argument]) => argument.endsWith("cidr_block"))
      .map(([, cidr]) => ({ block, cidr }));
  });
  return [...groupRules, ...routes]
    .filter(({ cidr }) => isInternet(cidr))
    .map(({ block, cidr }) => ({ block, seen: `opens ${String(cidr)}` }));
};

/** No address that the internet could reach. */
export const publicAddresses: Check = ({ covered }) =>
  [...covered].flatMap((block) => {
    const { type, config } = block;
    if (type === "aws_eip" || type === "aws_eip_association") {
      return [{ block, seen: "gives a public address" }];
    }
    return isOn(config.associate_public_ip_address) || isOn(config.map_public_ip_on_launch)
      ? [{ block, seen: "asks for public addresses" }]
      : [];
  });

/** Nothing in: no rule lets anything reach the group of instances. */
export const inbound: Check = ({ graph, situations, covered }) => {
  const groups = new Set(situations.flatMap(({ instance }) => knownGroupsOf(graph, instance)));
  return allRules(graph)
    .filter(({ direction, block }) => direction === "ingress" && covered.has(block))
    .filter(({ owners }) => owners.some((group) => groups.has(group)))
    .map(({ block }) => ({ block, seen: "lets traffic in to instances" }));
};

/** No key for SSH. */
export const keyPairs: Check = ({ situations }) =>
  situations
    .filter(({ instance }) => instance.config.key_name !== undefined)
    .map(({ instance }) => ({ block: instance, seen: "has a key pair" }));

/** Metadata only with a token. */
export const metadataWithoutToken: Check = ({ situations }) =>
  situations
    .filter(({ instance }) => {
      const [options] = nested(instance.config.metadata_options);
      const elsewhere = options === undefined && instance.config.launch_template !== undefined;
      const tokens = options?.http_tokens;
      return !elsewhere && tokens !== "required" && !isExpression(tokens);
    })
    .map(({ instance }) => ({ block: instance, seen: "gives metadata without a token" }));

/**
 * Every volume encrypted that the JSON names, and one named for each image that is known to bring more than its root. That
 * an account encrypts by default is no excuse: it is switched off again, and says nothing of this JSON.
 */
export const plainVolumes: Check = ({ graph, covered }) =>
  [...covered].flatMap((block) => {
    if (block.type === "aws_ebs_volume") {
      return isEncrypted(block.config) ? [] : [{ block, seen: "is not encrypted" }];
    }
    if (block.type !== "aws_instance") {
      return [];
    }
    const [root] = volumes(block, "root_block_device");
    const further = volumes(block, "ebs_block_device");
    // A launch template may encrypt volumes; AWS's default does not.
    const isElsewhere = block.config.launch_template !== undefined;
    const brings =
      further.length > 0 || isElsewhere
        ? []
        : imageNames(graph, block).filter((name) => withFurtherVolumes(name) !== undefined);
    return [
      ...[root ?? { encrypted: isElsewhere }, ...further]
        .filter((volume) => !isEncrypted(volume))
        .map(() => ({ block, seen: "has a volume that is not encrypted" })),
      ...brings.map((name) => ({
        block,
        seen: `boots from ${name}, which brings a volume that is not named`,
      })),
    ];
  });

/** An instance's own blocks of one kind, written out or made by Terraform for each element of a list. */
function volumes({ config }: Block, kind: string): Block["config"][] {
  const made = nested(config.dynamic).flatMap((dynamic) => nested(dynamic[kind]));
  return [...nested(config[kind]), ...made.flatMap(({ content }) => nested(content))];
}

/** No permission on every resource, except where IAM cannot name fewer. */
export const wildcardResources: Check = ({ graph, covered }) =>
  [...covered]
    .filter(({ type }) => !OWN_POLICIES.includes(type))
    .flatMap((block) => [
      ...(/:policy\/(AdministratorAccess|PowerUserAccess)$/.test(String(block.config.policy_arn))
        ? [{ block, seen: "permits everything" }]
        : []),
      ...POLICY_ARGUMENTS.flatMap((argument) => list(block.config[argument])).flatMap((value) => {
        const policy = typeof value === "object" ? (value as { policy?: unknown }).policy : value;
        return (readPolicy(graph, policy, block.stack) ?? []).flatMap((one) =>
          unlimited(one).map((action) => ({ block, seen: `permits ${action} on every resource` })),
        );
      }),
    ]);

/** No account and no partition but those that were given. */
export const writtenAccounts: Check = ({ covered, given }) => {
  // The longest first: one may hold another.
  const known = given
    .filter((text) => ACCOUNT_OR_PARTITION.test(text))
    .sort((one, other) => other.length - one.length);
  const whole = new Set(known);
  return [...covered].flatMap((block) =>
    // What people note in tags and descriptions decides nothing.
    texts({ ...block.config, "//": undefined, tags: undefined, description: undefined })
      .filter((text) => ACCOUNT_OR_PARTITION.test(text) && !whole.has(text))
      .map((text) => known.reduce((rest, one) => rest.replaceAll(one, ""), text))
      .flatMap((rest) => ACCOUNT_OR_PARTITION.exec(rest) ?? [])
      .map((written) => ({ block, seen: `names ${written}` })),
  );
};

function isInternet(cidr: unknown): boolean {
  if (typeof cidr !== "string" || isExpression(cidr)) {
    return false;
  }
  if (cidr.includes(":")) {
    const local = /^f[cd]/i.test(cidr);
    return !local && Number(cidr.split("/")[1] ?? 128) < WIDEST_PUBLIC_PREFIX;
  }
  const block = parseCidr(cidr);
  return block !== undefined && block.prefix < WIDEST_PUBLIC_PREFIX && !isPrivate(block);
}

function isEncrypted({ encrypted }: Block["config"]): boolean {
  return isOn(encrypted) || isExpression(encrypted);
}

function unlimited({ effect, actions, notActions, resources }: Statement): string[] {
  if (effect !== "Allow" || !resources.includes("*")) {
    return [];
  }
  return notActions.length > 0
    ? ["all but some actions"]
    : actions.filter((one) => !(one in UNLIMITED_ACTIONS));
}
