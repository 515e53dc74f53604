import { type Block, type JsonGraph, append } from "./json-graph";
import { GROUPS } from "./security-group-reader";

/**
 * How a resource of any type attaches to another: by which argument, to what. It is then covered too: nothing that is
 * put into a guarded network, or in front of it, may escape the rules.
 */
const ATTACHES: readonly (readonly [argument: string, to: readonly string[]])[] = [
  ["vpc_id", ["aws_vpc"]],
  ["subnet_id", ["aws_subnet"]],
  ["subnet_ids", ["aws_subnet"]],
  ["route_table_id", ["aws_route_table", "aws_default_route_table", "aws_vpc"]],
  ["default_route_table_id", ["aws_vpc"]],
  ["default_network_acl_id", ["aws_vpc"]],
  ["security_group_id", GROUPS],
  ["vpc_endpoint_id", ["aws_vpc_endpoint"]],
  ["instance", ["aws_instance"]],
  ["instance_id", ["aws_instance"]],
  ["network_interface", ["aws_network_interface", "aws_instance"]],
  ["network_interface_id", ["aws_network_interface", "aws_instance"]],
  ["role", ["aws_iam_role"]],
  ["key_id", ["aws_kms_key"]],
  ["bucket", ["aws_s3_bucket"]],
  ["arn", ["aws_sns_topic"]],
];

/** How a resource takes another one with it. */
const TAKES_ALONG: readonly (readonly [type: string, argument: string, to: readonly string[]])[] = [
  ["aws_instance", "vpc_security_group_ids", GROUPS],
  ["aws_instance", "security_groups", GROUPS],
  ["aws_instance", "iam_instance_profile", ["aws_iam_instance_profile"]],
  ["aws_iam_instance_profile", "role", ["aws_iam_role"]],
  ["aws_vpc_endpoint", "security_group_ids", GROUPS],
  ["aws_iam_role_policy_attachment", "policy_arn", ["aws_iam_policy"]],
  ["aws_route_table_association", "route_table_id", ["aws_route_table"]],
  ["aws_volume_attachment", "volume_id", ["aws_ebs_volume"]],
];

/** Arguments by which a stranger's instance becomes one of ours: only where what it uses is guarded itself. */
const JOINS: readonly (readonly [argument: string, to: string])[] = [
  ["vpc_security_group_ids", "aws_security_group"],
  ["security_groups", "aws_security_group"],
  ["iam_instance_profile", "aws_iam_instance_profile"],
];

/** The resources below guarded constructs, and everything that attaches to them, wherever it was written. */
export function coverage(graph: JsonGraph, guarded: readonly string[]): ReadonlySet<Block> {
  const paths = new Set(guarded);
  const resources = graph.blocks.filter(({ managed }) => managed);
  const covered = new Set(resources.filter(({ path }) => isBelow(path, paths)));
  for (const instance of graph.of("aws_instance")) {
    const joins = JOINS.some(([argument, to]) =>
      graph.find(instance, argument, to).some(({ path }) => isBelow(path, paths)),
    );
    if (joins) {
      covered.add(instance);
    }
  }
  const attachments = attachmentsOf(graph, resources);
  // A set grows while it is walked: what is added is walked too.
  for (const block of covered) {
    for (const [type, argument, to] of TAKES_ALONG) {
      if (block.type === type) {
        graph.find(block, argument, ...to).forEach((one) => covered.add(one));
      }
    }
    attachments.get(block)?.forEach((one) => covered.add(one));
  }
  return covered;
}

function attachmentsOf(graph: JsonGraph, resources: readonly Block[]): Map<Block, Block[]> {
  const attachments = new Map<Block, Block[]>();
  for (const resource of resources) {
    for (const [argument, to] of ATTACHES) {
      for (const target of graph.find(resource, argument, ...to)) {
        append(attachments, target, resource);
      }
    }
  }
  return attachments;
}

function isBelow(path: string, guarded: ReadonlySet<string>): boolean {
  const parts = path.split("/");
  return parts.some((_, index) => guarded.has(parts.slice(0, index + 1).join("/")));
}
