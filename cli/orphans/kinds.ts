import * as ec2 from "@aws-sdk/client-ec2";
import { pagesOf } from "../aws/client";

/** What deletes a thing. */
interface Deletion {
  /** The command of `aws ec2`, up to the thing's id. */
  readonly deleteWith: string;
  /** What waits until it is gone, up to its id. */
  readonly wait?: string;
}

/**
 * The kinds of things that can be left over, in the order in which AWS deletes them: what uses something before what is
 * used. A rule is deleted with its group's id too; keys are not deleted by any command here.
 */
const KINDS = {
  "egress rule": undefined,
  "ingress rule": undefined,
  instance: {
    deleteWith: "terminate-instances --instance-ids",
    // Its interface keeps subnet and security group in use until then.
    wait: "instance-terminated --instance-ids",
  },
  "flow log": { deleteWith: "delete-flow-logs --flow-log-ids" },
  endpoint: { deleteWith: "delete-vpc-endpoints --vpc-endpoint-ids" },
  "association of a route table": { deleteWith: "disassociate-route-table --association-id" },
  subnet: { deleteWith: "delete-subnet --subnet-id" },
  "route table": { deleteWith: "delete-route-table --route-table-id" },
  "security group": { deleteWith: "delete-security-group --group-id" },
  VPC: { deleteWith: "delete-vpc --vpc-id" },
  key: undefined,
} as const satisfies Readonly<Record<string, Deletion | undefined>>;

/** A kind of thing that can be left over, as it is called. */
export type ThingKind = keyof typeof KINDS;

/** The kinds, in the order in which AWS deletes them. */
export const DELETION_ORDER = Object.keys(KINDS) as ThingKind[];

/** What deletes a thing of a kind; undefined for rules and keys. */
export function deletionOf(kind: ThingKind): Deletion | undefined {
  return KINDS[kind];
}

/** One thing that AWS has. */
export interface Found {
  /** Its id, such as `vpce-0123456789abcdef0`. */
  readonly id: string;
  /** Its kind. */
  readonly kind: ThingKind;
  /** What is said of it behind its kind; undefined where there is nothing to say. */
  readonly name: string | undefined;
  /** Its tags; those of its table for an association. */
  readonly tags: Readonly<Record<string, string>>;
  /** When it was made; undefined where AWS does not tell. */
  readonly since: Date | undefined;
  /** Whether it is an instance that runs, or is about to. */
  readonly running: boolean;
  /** Id of the group that a rule is of. */
  readonly group?: string;
}

/** A call of EC2 that lists things. */
export interface Listing {
  /** Permission that it takes. */
  readonly action: string;
  /** All that fits the filters and is not gone. */
  readonly list: (client: ec2.EC2Client, Filters: ec2.Filter[]) => Promise<Found[]>;
}

const ALIVE = { Name: "instance-state-name", Values: ["pending", "running", "stopping", "stopped"] };

/** What lists things that have names of their own. */
export const LISTINGS: readonly Listing[] = [
  {
    action: "ec2:DescribeInstances",
    list: async (client, Filters) => {
      const pages = ec2.paginateDescribeInstances({ client }, { Filters: [...Filters, ALIVE] });
      const instances = await pagesOf(pages, (page) =>
        page.Reservations?.flatMap(({ Instances = [] }) => Instances),
      );
      return instances.map((one) => ({
        ...found("instance", one.InstanceId, one.Tags, one.LaunchTime),
        running: ["pending", "running"].includes(one.State?.Name ?? ""),
      }));
    },
  },
  {
    action: "ec2:DescribeFlowLogs",
    list: async (client, Filter) =>
      (await pagesOf(ec2.paginateDescribeFlowLogs({ client }, { Filter }), (page) => page.FlowLogs)).map(
        (one) => found("flow log", one.FlowLogId, one.Tags, one.CreationTime),
      ),
  },
  {
    action: "ec2:DescribeVpcEndpoints",
    list: async (client, Filters) =>
      (await pagesOf(ec2.paginateDescribeVpcEndpoints({ client }, { Filters }), (page) => page.VpcEndpoints))
        .filter(({ State = "" }) => !/^delet/i.test(State))
        .map((one) => found("endpoint", one.VpcEndpointId, one.Tags, one.CreationTimestamp)),
  },
  {
    action: "ec2:DescribeRouteTables",
    list: async (client, Filters) => {
      const pages = ec2.paginateDescribeRouteTables({ client }, { Filters });
      return (await pagesOf(pages, (page) => page.RouteTables)).flatMap(
        ({ RouteTableId, Associations = [], Tags }) => [
          found("route table", RouteTableId, Tags),
          ...Associations.filter(({ Main }) => !Main).map((one) => ({
            ...found("association of a route table", one.RouteTableAssociationId, Tags),
            name: `with ${one.SubnetId ?? one.GatewayId}`,
          })),
        ],
      );
    },
  },
  {
    action: "ec2:DescribeSubnets",
    list: async (client, Filters) =>
      (await pagesOf(ec2.paginateDescribeSubnets({ client }, { Filters }), (page) => page.Subnets)).map(
        (one) => found("subnet", one.SubnetId, one.Tags),
      ),
  },
  {
    action: "ec2:DescribeSecurityGroups",
    list: async (client, Filters) => {
      const pages = ec2.paginateDescribeSecurityGroups({ client }, { Filters });
      return (
        (await pagesOf(pages, (page) => page.SecurityGroups))
          // A VPC's own goes with it.
          .filter(({ GroupName }) => GroupName !== "default")
          .map((one) => found("security group", one.GroupId, one.Tags))
      );
    },
  },
  {
    action: "ec2:DescribeVpcs",
    list: async (client, Filters) =>
      (await pagesOf(ec2.paginateDescribeVpcs({ client }, { Filters }), (page) => page.Vpcs)).map((one) =>
        found("VPC", one.VpcId, one.Tags),
      ),
  },
];

/** What lists the rules of security groups, which have no names. */
export const RULES: Listing = {
  action: "ec2:DescribeSecurityGroupRules",
  list: async (client, Filters) => {
    const pages = ec2.paginateDescribeSecurityGroupRules({ client }, { Filters });
    return (await pagesOf(pages, (page) => page.SecurityGroupRules)).map((one) => ({
      ...found(one.IsEgress ? "egress rule" : "ingress rule", one.SecurityGroupRuleId, one.Tags),
      name: `of ${one.GroupId}${one.Description ? `: ${one.Description}` : ""}`,
      group: one.GroupId ?? "",
    }));
  },
};

function found(kind: ThingKind, id = "", Tags: readonly ec2.Tag[] = [], since?: Date): Found {
  const tags = Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
  return { id, kind, name: tags.Name, tags, since, running: false };
}
