import { type Block, nameOf } from "./json-graph";
import * as addresses from "./addresses";
import * as hub from "./hub";
import * as isolation from "./isolation";
import * as reachability from "./reachability";
import { type RuleInput, readSituations } from "./situation";

/** A rule that every guarded stack keeps. */
export interface Rule {
  /** Why it is a rule, in a line. */
  readonly reason: string;
  /** What to do where it is broken. */
  readonly fix: string;
}

interface ReachabilityRule extends Rule {
  readonly broken: reachability.InstanceCheck;
}

interface IsolationRule extends Rule {
  readonly broken: isolation.Check;
}

/** What two looks find together. */
const both =
  (one: reachability.InstanceCheck, other: reachability.InstanceCheck): reachability.InstanceCheck =>
  (situation, judged) => [...one(situation, judged), ...other(situation, judged)];

/** What makes an instance show up in Session Manager, and its sessions start. */
export const REACHABILITY = {
  "agent-endpoints": {
    reason:
      "SSM Agent reaches Systems Manager, and what records its sessions, only through endpoints of its VPC, or of a hub that it is let out to.",
    fix: "Add it: with network.endpoints in an environment, with SsmEndpoints in code.",
    broken: both(reachability.missingEndpoints, hub.missingInHub),
  },
  "private-dns": {
    reason:
      "The agent asks for a service by its public name, which leads to the endpoint by private DNS alone.",
    fix: "Set private_dns_enabled to true.",
    broken: reachability.privateDnsOff,
  },
  "vpc-dns": {
    reason: "The private names of endpoints need both of the VPC's DNS attributes.",
    fix: "Set enable_dns_support and enable_dns_hostnames to true.",
    broken: reachability.vpcDnsOff,
  },
  "endpoint-in-reach": {
    reason:
      "An endpoint answers where it has a network interface, and only through network ACLs that let it.",
    fix: "Give the endpoint subnets of the instance's VPC, and let 443 out and answers back in.",
    broken: reachability.unreachableEndpoints,
  },
  "endpoint-ingress": {
    reason: "An endpoint's security group must admit HTTPS from the instance.",
    fix: "Admit port 443 from the VPC's block or from the instances' security group.",
    broken: both(reachability.endpointsShut, hub.hubShut),
  },
  "instance-egress": {
    reason: "An instance's security group must let HTTPS out to the endpoints.",
    fix: "Let port 443 out to the endpoints' security group, as InstanceAccess does, or to their networks, as it does with endpointNetworks.",
    broken: both(reachability.instanceShut, hub.shutIn),
  },
  "hub-route": {
    reason:
      "Services that answer beyond the VPC are reached by a route to their block, and answer by one back, through a transit gateway to which both VPCs are attached.",
    fix: "Add the route or the attachment, or have an endpoint of the VPC's own answer.",
    broken: hub.noWayToHub,
  },
  "hub-dns": {
    reason: "The private name of an endpoint holds in the endpoint's own VPC alone.",
    fix: "Associate a private hosted zone of that name, a Route 53 Profile or a resolver rule with the instance's VPC.",
    broken: hub.noNameInSpoke,
  },
  "s3-route": {
    reason: "What goes to S3 must be let out, and finds the gateway by a route in the subnet's own table.",
    fix: "Add the subnet's route table to the gateway, and let port 443 out to its prefix list.",
    broken: reachability.noPathToS3,
  },
  "instance-role": {
    reason: "The agent registers, and opens its channels, with the permissions of the instance's role.",
    fix: "Give the instance a profile whose role trusts EC2 and permits what the agent does: InstanceAccess makes one, with ec2Messages for older agents.",
    broken: reachability.cannotRegister,
  },
  "recording-permissions": {
    reason:
      "Without the role's permissions for the log group, the key and the bucket, a session fails, or leaves no recording or copy.",
    fix: "Give InstanceAccess the recording that the Session document names.",
    broken: reachability.cannotRecord,
  },
  "endpoint-policy": {
    reason: "A policy on an endpoint that leaves out what the agent does keeps the instance offline.",
    fix: "Allow the agent's actions, or leave the endpoint's own policy as it is.",
    broken: reachability.shutOut,
  },
  "agent-in-image": {
    reason:
      "An image without SSM Agent never shows up in Session Manager. Judged is what names of parameters and AMIs tell.",
    fix: "Boot from an image that contains the agent.",
    broken: reachability.imageWithoutAgent,
  },
  "enough-addresses": {
    reason: "Every instance, and every endpoint in a subnet, takes an address of it; AWS keeps five.",
    fix: "Give the subnet a larger block, or put some of the instances into another.",
    broken: addresses.tooFewAddresses,
  },
  "metadata-service": {
    reason: "The agent takes its credentials from the instance's metadata.",
    fix: 'Set http_endpoint to "enabled".',
    broken: reachability.metadataOff,
  },
} as const satisfies Record<string, ReachabilityRule>;

/** What keeps everything else out. */
export const ISOLATION = {
  "no-gateway": {
    reason: "No gateway leads from an isolated network to the internet.",
    fix: "Take it away: VPC endpoints are the way out.",
    broken: isolation.gateways,
  },
  "no-whole-internet": {
    reason: "No rule and no route opens a block of public addresses wider than /16.",
    fix: "Name the networks that are really meant.",
    broken: isolation.wholeInternet,
  },
  "no-public-address": {
    reason: "Nothing has an address that the internet could reach.",
    fix: "Take the address away: sessions need none.",
    broken: isolation.publicAddresses,
  },
  "no-inbound": {
    reason: "No inbound port is open on an instance: sessions begin from inside.",
    fix: "Take the rule away, or put what listens on an instance of another stack.",
    broken: isolation.inbound,
  },
  "no-key-pair": {
    reason: "There is no SSH, so there is no key to lose.",
    fix: "Take key_name away.",
    broken: isolation.keyPairs,
  },
  "metadata-token": {
    reason:
      "Metadata that answers without a token gives credentials to whoever makes the instance send a request.",
    fix: 'Set http_tokens to "required".',
    broken: isolation.metadataWithoutToken,
  },
  "encrypted-volumes": {
    reason:
      "Every volume that the JSON names is encrypted. What an image brings beside its root is not in the JSON: ManagedInstance has Terraform read it at plan.",
    fix: "Set encrypted to true, and name what the image brings in ebs_block_device.",
    broken: isolation.plainVolumes,
  },
  "no-wildcard-resource": {
    reason: "No permission speaks of every resource where IAM can name fewer.",
    fix: "Name the resources in the statement.",
    broken: isolation.wildcardResources,
  },
  "no-written-account": {
    reason: "Accounts and partitions are those the provider works in, but for what was given as a setting.",
    fix: "Use the caller's account and partition, or pass the value in as a setting.",
    broken: isolation.writtenAccounts,
  },
} as const satisfies Record<string, IsolationRule>;

/** The id of a rule. */
export type RuleId = keyof typeof REACHABILITY | keyof typeof ISOLATION;

/** A rule that is broken, and where. */
export interface Violation {
  /** The rule. */
  readonly rule: RuleId;
  /** Path of the construct to mend. */
  readonly path: string;
  /** What was seen. */
  readonly seen: string;
  /** Paths of the instances that suffer by it. */
  readonly instances: readonly string[];
}

/** Every rule that is broken, each place once, however many instances suffer. */
export function violations(input: RuleInput): Violation[] {
  const judged = readSituations(input);
  const found = new Map<string, Violation & { readonly instances: string[] }>();
  const add = (rule: string, block: Block, seen: string, instance?: Block): void => {
    const key = `${rule} ${block.stack} ${block.address} ${seen}`;
    const violation = found.get(key) ?? { rule: rule as RuleId, path: nameOf(block), seen, instances: [] };
    found.set(key, violation);
    if (instance !== undefined && violation.instances.at(-1) !== nameOf(instance)) {
      violation.instances.push(nameOf(instance));
    }
  };
  for (const [rule, { broken }] of Object.entries<ReachabilityRule>(REACHABILITY)) {
    for (const situation of judged.situations) {
      broken(situation, judged).forEach(({ block, seen }) => add(rule, block, seen, situation.instance));
    }
  }
  for (const [rule, { broken }] of Object.entries<IsolationRule>(ISOLATION)) {
    broken(judged).forEach(({ block, seen }) => add(rule, block, seen));
  }
  return [...found.values()];
}

/** A violation in the words of the project's errors: where, what, for whom, and what to do. */
export function describeViolation({ rule, path, seen, instances }: Violation): string {
  const { fix } = { ...REACHABILITY, ...ISOLATION }[rule];
  const named = instances.slice(0, 3).join(", ");
  const more = instances.length > 3 ? ` and ${instances.length - 3} more` : "";
  const who = instances.length > 0 ? `, so ${named}${more} would not be reached or recorded` : "";
  return `${rule}: ${path} ${seen}${who}. ${fix}`;
}
