import * as ec2 from "@aws-sdk/client-ec2";
import { pagesOf } from "./aws";

/** A kind of resource of EC2 that can be left over, with what finds it and what deletes it. */
export interface OrphanKind {
  /** What it is called in what is printed. */
  readonly what: string;
  /** Permission that listing takes. */
  readonly action: string;
  /** Finds those that the filters name. */
  readonly list: (client: ec2.EC2Client, Filters: ec2.Filter[]) => Promise<Found[]>;
  /** What deletes it, up to its id. */
  readonly deleteWith: string;
  /** What waits until it is gone, up to its id. */
  readonly wait?: string;
}

/** One of them that AWS has. */
interface Found {
  readonly id: string;
  readonly name: string | undefined;
}

const ALIVE = { Name: "instance-state-name", Values: ["pending", "running", "stopping", "stopped"] };

/** In the order that AWS deletes them: what uses something before what is used. */
export const ORPHAN_KINDS: readonly OrphanKind[] = [
  {
    what: "instance",
    action: "ec2:DescribeInstances",
    list: (client, Filters) =>
      found(
        ec2.paginateDescribeInstances({ client }, { Filters: [...Filters, ALIVE] }),
        (page) => page.Reservations?.flatMap(({ Instances = [] }) => Instances),
        (one) => one.InstanceId,
      ),
    deleteWith: "terminate-instances --instance-ids",
    // Its interface keeps subnet and security group in use until then.
    wait: "instance-terminated --instance-ids",
  },
  {
    what: "flow log",
    action: "ec2:DescribeFlowLogs",
    list: (client, Filter) =>
      found(
        ec2.paginateDescribeFlowLogs({ client }, { Filter }),
        (page) => page.FlowLogs,
        (one) => one.FlowLogId,
      ),
    deleteWith: "delete-flow-logs --flow-log-ids",
  },
  {
    what: "endpoint",
    action: "ec2:DescribeVpcEndpoints",
    list: (client, Filters) =>
      found(
        ec2.paginateDescribeVpcEndpoints({ client }, { Filters }),
        (page) => page.VpcEndpoints?.filter(({ State = "" }) => !/^delet/i.test(State)),
        (one) => one.VpcEndpointId,
      ),
    deleteWith: "delete-vpc-endpoints --vpc-endpoint-ids",
  },
  {
    what: "association of a route table",
    action: "ec2:DescribeRouteTables",
    list: async (client, Filters) =>
      (await pagesOf(ec2.paginateDescribeRouteTables({ client }, { Filters }), (page) => page.RouteTables))
        .flatMap(({ Associations = [] }) => Associations)
        .filter(({ Main }) => !Main)
        .map(({ RouteTableAssociationId: id = "", SubnetId }) => ({ id, name: `with ${SubnetId}` })),
    deleteWith: "disassociate-route-table --association-id",
  },
  {
    what: "subnet",
    action: "ec2:DescribeSubnets",
    list: (client, Filters) =>
      found(
        ec2.paginateDescribeSubnets({ client }, { Filters }),
        (page) => page.Subnets,
        (one) => one.SubnetId,
      ),
    deleteWith: "delete-subnet --subnet-id",
  },
  {
    what: "route table",
    action: "ec2:DescribeRouteTables",
    list: (client, Filters) =>
      found(
        ec2.paginateDescribeRouteTables({ client }, { Filters }),
        (page) => page.RouteTables,
        (one) => one.RouteTableId,
      ),
    deleteWith: "delete-route-table --route-table-id",
  },
  {
    what: "security group",
    action: "ec2:DescribeSecurityGroups",
    list: (client, Filters) =>
      found(
        ec2.paginateDescribeSecurityGroups({ client }, { Filters }),
        // A VPC's own goes with it.
        (page) => page.SecurityGroups?.filter(({ GroupName }) => GroupName !== "default"),
        (one) => one.GroupId,
      ),
    deleteWith: "delete-security-group --group-id",
  },
  {
    what: "VPC",
    action: "ec2:DescribeVpcs",
    list: (client, Filters) =>
      found(
        ec2.paginateDescribeVpcs({ client }, { Filters }),
        (page) => page.Vpcs,
        (one) => one.VpcId,
      ),
    deleteWith: "delete-vpc --vpc-id",
  },
];

/** Resources of all pages: ids and names. */
async function found<Page, T extends { readonly Tags?: ec2.Tag[] | undefined }>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => readonly T[] | undefined,
  idOf: (one: T) => string | undefined,
): Promise<Found[]> {
  return (await pagesOf(pages, items)).map((one) => ({
    id: idOf(one) ?? "",
    name: one.Tags?.find(({ Key }) => Key === "Name")?.Value,
  }));
}
