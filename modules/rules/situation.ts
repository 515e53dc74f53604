import { needsEc2Messages } from "../facts/agent-versions";
import { allows } from "../facts/iam-policy";
import { ACCESS_TAG } from "../facts/names";
import { valueOfTag } from "../facts/tags";
import {
  type Arguments,
  type Block,
  JsonGraph,
  type StackJson,
  isExpression,
  list,
  append,
  isLookup,
} from "./json-graph";
import { coverage } from "./coverage";
import { hasRouteAway, serviceOf, subnetsOf } from "./network-reader";
import { rolePolicies, speaksOfTarget } from "./policy-reader";

/** What the rules look at. */
export interface RuleInput {
  /** The JSON of stacks that belong together, by stack. */
  readonly stacks: Readonly<Record<string, StackJson>>;
  /** Paths of the constructs that the rules are for, with what is below and what attaches to it. */
  readonly guarded: readonly string[];
  /** Texts that were given as settings or props, which may name accounts and ARNs. */
  readonly given: readonly string[];
}

/** Where sessions are recorded, as a Session document says. */
export interface RecordingDocument {
  /** The document. */
  readonly block: Block;
  /** Name of the log group. */
  readonly logGroup: unknown;
  /** ARN of the key. */
  readonly key: unknown;
  /** Name of the bucket of copies. */
  readonly bucket: unknown;
}

/** An instance, and what it has around it as far as the JSON shows. */
export interface Situation {
  /** The instance. */
  readonly instance: Block;
  /** Subnets it can be in. */
  readonly subnets: readonly Block[];
  /** Its VPC, where that is made by these stacks. */
  readonly vpc: Block | undefined;
  /** Interface endpoints of the VPC by service. */
  readonly endpoints: ReadonlyMap<string, readonly Block[]>;
  /** Gateway endpoints of the VPC for S3. */
  readonly gateways: readonly Block[];
  /** Whether these are all endpoints of the VPC. */
  readonly allKnown: boolean;
  /** Whether services can be reached in no other way than by these endpoints. */
  readonly closed: boolean;
  /** Services that the agent must reach. */
  readonly needs: readonly string[];
  /** Its role, where that is known. */
  readonly role: Block | undefined;
  /** Where its sessions are recorded. */
  readonly recording: RecordingDocument | undefined;
}

/** What a VPC has that instances call services by. */
export type Network = Pick<Situation, "endpoints" | "gateways" | "allKnown">;

/** What the rules judge. */
export interface Judged {
  /** All resources, and what refers to what. */
  readonly graph: JsonGraph;
  /** Every VPC of these stacks, with its endpoints. */
  readonly networks: ReadonlyMap<Block, Network>;
  /** The instances that the rules are for. */
  readonly situations: readonly Situation[];
  /** Resources that the rules are for. */
  readonly covered: ReadonlySet<Block>;
  /** Texts that were given. */
  readonly given: readonly string[];
}

/** Something that breaks a rule. */
export interface Finding {
  /** The resource to mend. */
  readonly block: Block;
  /** What was seen, behind the resource's path: `has no ssm endpoint`. */
  readonly seen: string;
}

/** A VPC that these stacks do not make. */
const FOREIGN: Network = { endpoints: new Map(), gateways: [], allKnown: false };

/** Reads what the rules judge out of the JSON. */
export function readSituations(input: RuleInput): Judged {
  const graph = new JsonGraph(input.stacks);
  const covered = coverage(graph, input.guarded);
  const documents = graph.of("aws_ssm_document").flatMap(readDocument);
  const networks = new Map(graph.of("aws_vpc").map((vpc) => [vpc, readNetwork(graph, vpc)]));
  const situations = [...covered]
    .filter(({ type }) => type === "aws_instance")
    .map((instance): Situation => {
      const subnets = subnetsOf(graph, instance);
      const [vpc] = subnets.flatMap((subnet) => graph.find(subnet, "vpc_id", "aws_vpc"));
      const network = (vpc && networks.get(vpc)) ?? FOREIGN;
      const away = vpc === undefined || subnets.some((subnet) => hasRouteAway(graph, subnet, vpc));
      const role = roleOf(graph, instance);
      const recording = recordingOf(graph, instance, role, documents);
      return {
        instance,
        subnets,
        vpc,
        endpoints: network.endpoints,
        gateways: network.gateways,
        allKnown: network.allKnown,
        closed: network.allKnown && !away,
        needs: [
          "ssm",
          "ssmmessages",
          ...(imageNames(graph, instance).some(needsEc2Messages) ? ["ec2messages"] : []),
          ...(recording?.logGroup ? ["logs"] : []),
          ...(recording?.key ? ["kms"] : []),
        ],
        role,
        recording,
      };
    });
  return { graph, networks, situations, covered, given: input.given };
}

/** What an instance's image is called, where it is looked up by name. */
export function imageNames(graph: JsonGraph, instance: Block): string[] {
  return graph.references(instance.config.ami, instance.stack).flatMap(({ block }) => {
    if (isLookup(block, "aws_ssm_parameter")) {
      return [String(block.config.name)];
    }
    return isLookup(block, "aws_ami")
      ? list(block.config.filter).flatMap((filter) => {
          const { name, values } = filter as Arguments;
          return name === "name" ? list(values).map(String) : [];
        })
      : [];
  });
}

function readNetwork(graph: JsonGraph, vpc: Block): Network {
  const endpoints = new Map<string, Block[]>();
  const gateways: Block[] = [];
  let allKnown = !graph.isInModule(vpc);
  for (const endpoint of graph.referrers(vpc, "aws_vpc_endpoint", "vpc_id")) {
    const service = serviceOf(graph, endpoint);
    if (service === undefined) {
      allKnown = false;
    } else if (["Interface", undefined].includes(typeOf(endpoint))) {
      append(endpoints, service, endpoint);
    } else if (service === "s3") {
      gateways.push(endpoint);
    }
  }
  return { endpoints, gateways, allKnown };
}

function typeOf({ config }: Block): string | undefined {
  // AWS takes an endpoint without a type for a gateway.
  const type = config.vpc_endpoint_type ?? "Gateway";
  return isExpression(type) ? undefined : String(type);
}

function roleOf(graph: JsonGraph, instance: Block): Block | undefined {
  const [profile] = graph.find(instance, "iam_instance_profile", "aws_iam_instance_profile");
  return profile && graph.find(profile, "role", "aws_iam_role")[0];
}

function readDocument(block: Block): RecordingDocument[] {
  if (block.config.document_type !== "Session" || typeof block.config.content !== "string") {
    return [];
  }
  try {
    const { inputs } = JSON.parse(block.config.content) as { inputs?: Arguments };
    const logGroup = inputs?.cloudWatchLogGroupName;
    const bucket = inputs?.s3BucketName;
    return logGroup || bucket ? [{ block, logGroup, key: inputs?.kmsKeyId, bucket }] : [];
  } catch {
    return [];
  }
}

/** The document that records an instance's sessions: of several, one whose log group the role may write to. */
function recordingOf(
  graph: JsonGraph,
  instance: Block,
  role: Block | undefined,
  documents: readonly RecordingDocument[],
): RecordingDocument | undefined {
  if (valueOfTag((instance.config.tags ?? {}) as Arguments, ACCESS_TAG) === undefined) {
    return undefined;
  }
  const policies = role && rolePolicies(graph, role);
  const permitted = documents.find(({ block, logGroup }) =>
    allows(policies?.statements ?? [], "logs:PutLogEvents", (one) =>
      speaksOfTarget(graph, one, logGroup, block.stack),
    ),
  );
  return permitted ?? documents[0];
}
