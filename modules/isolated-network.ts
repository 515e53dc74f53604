import { DataAwsEc2InstanceTypeOfferings } from "@cdktf/provider-aws/lib/data-aws-ec2-instance-type-offerings";
import { DataAwsVpcEndpointService } from "@cdktf/provider-aws/lib/data-aws-vpc-endpoint-service";
import { DefaultSecurityGroup } from "@cdktf/provider-aws/lib/default-security-group";
import { RouteTable } from "@cdktf/provider-aws/lib/route-table";
import { RouteTableAssociation } from "@cdktf/provider-aws/lib/route-table-association";
import { Subnet } from "@cdktf/provider-aws/lib/subnet";
import { Vpc } from "@cdktf/provider-aws/lib/vpc";
import { Fn, Op, TerraformLocal, TerraformSelf, Token, type TerraformResourceLifecycle } from "cdktf";
import { Construct } from "constructs";
import { vpcCidrProblem } from "./facts/cidr";
import { FlowLogs, type FlowLogsProps } from "./flow-logs";
import { checkedEach } from "./facts/bound";
import { INSTANCE_TYPE } from "./facts/instance-type";
import { checkedName } from "./facts/name-prefix";
import { onceProblem } from "./facts/refusal";
import { refuseBadProps } from "./private/refuse-bad-props";
import {
  type SubnetLayoutProps,
  availabilityZonesProblem,
  subnetLayoutProblem,
  subnetLayoutProp,
} from "./facts/subnet-layout";
import { planSubnets } from "./private/subnet-layout";
import { guard } from "./rules/guard";

/** Props of {@link IsolatedNetwork}. */
export interface IsolatedNetworkProps extends SubnetLayoutProps {
  /**
   * Name tag of the VPC, and the beginning of every other name: 1 to 32 letters, digits and hyphens, beginning with a
   * letter and not with `sg-`.
   */
  readonly name: string;
  /** Region of the provider, such as `eu-central-1`. */
  readonly region: string;
  /** IPv4 block of the VPC: private, /16 to /28. */
  readonly cidr: string;
  /** How many Availability Zones (1 to 6), or which. Zones given by number are chosen at plan and then kept. */
  readonly availabilityZones: number | readonly string[];
  /** The interface endpoints the network will hold, as `SsmEndpoints.services` lists them: zones must offer them. */
  readonly endpointServices: readonly string[];
  /**
   * Instance types that zones given by number must offer.
   * @default - zones are chosen by their endpoint services alone
   */
  readonly instanceTypes?: readonly string[];
  /**
   * Records the network's traffic for a number of days that CloudWatch Logs has, 1 to 3653, with what is demanded of the log
   * group and the role.
   * @default - no flow logs
   */
  readonly flowLogs?: Omit<FlowLogsProps, "name" | "region" | "vpcId">;
}

/**
 * A VPC that nothing enters and nothing leaves: subnets without an internet route, one per Availability Zone, and
 * a default security group that admits nothing. DNS is on, since the private names of VPC endpoints need it.
 * https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html
 *
 * @throws where the name or an instance type is not allowed, the block is no private VPC block, or the zones do not fit
 * it or are not of the Region.
 */
export class IsolatedNetwork extends Construct {
  /** Id of the VPC. */
  public readonly vpcId: string;
  /** Ids of the subnets, by zone or zone slot. */
  public readonly subnetIds: Readonly<Record<string, string>>;
  /** Names of the zones, by zone or zone slot. */
  public readonly availabilityZones: Readonly<Record<string, string>>;
  /** Id of the one route table of all subnets. */
  public readonly routeTableId: string;

  constructor(scope: Construct, id: string, props: IsolatedNetworkProps) {
    super(scope, id);
    guard(this, props);
    const region = Token.isUnresolved(props.region) ? undefined : props.region;
    const zones = availabilityZonesProblem(props.availabilityZones, region);
    refuseBadProps(this, [
      checkedName(props.name),
      { prop: "cidr", given: props.cidr, problem: vpcCidrProblem(props.cidr) },
      { prop: "availabilityZones", given: props.availabilityZones, problem: zones },
      { ...subnetLayoutProp(props), problem: zones === undefined ? subnetLayoutProblem(props) : undefined },
      {
        prop: "endpointServices",
        given: props.endpointServices,
        problem: onceProblem(props.endpointServices),
      },
      ...checkedEach("instanceTypes", props.instanceTypes ?? [], INSTANCE_TYPE),
    ]);

    const vpc = new Vpc(this, "Default", {
      cidrBlock: props.cidr,
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: { Name: props.name },
    });
    new DefaultSecurityGroup(this, "default-security-group", {
      vpcId: vpc.id,
      // None, said so: a rule that somebody adds is then a change, which the next apply takes back.
      ingress: [],
      egress: [],
      tags: { Name: `${props.name}-default-unused` },
    });
    const routeTable = new RouteTable(this, "isolated", {
      vpcId: vpc.id,
      tags: { Name: `${props.name}-isolated` },
    });
    const subnets = this.createSubnets(props, vpc.id);
    for (const [key, subnet] of subnets) {
      new RouteTableAssociation(this, `route-${key}`, {
        subnetId: subnet.id,
        routeTableId: routeTable.id,
      });
    }
    if (props.flowLogs) {
      new FlowLogs(this, "flow-logs", {
        ...props.flowLogs,
        name: props.name,
        region: props.region,
        vpcId: vpc.id,
      });
    }

    this.vpcId = vpc.id;
    this.routeTableId = routeTable.id;
    this.subnetIds = Object.fromEntries(subnets.map(([key, subnet]) => [key, subnet.id]));
    this.availabilityZones = Object.fromEntries(
      subnets.map(([key, subnet]) => [key, subnet.availabilityZone]),
    );
  }

  private createSubnets(props: IsolatedNetworkProps, vpcId: string): [string, Subnet][] {
    const eligible = this.eligibleZones(props);
    const taken: string[] = [];
    return planSubnets(props).map((planned) => {
      const subnet = new Subnet(this, planned.key, {
        vpcId,
        cidrBlock: planned.cidr,
        mapPublicIpOnLaunch: false,
        tags: { Name: `${props.name}-${planned.key}` },
        ...(planned.availabilityZone === undefined
          ? chosenZone(props, eligible, [...taken])
          : namedZone(props, eligible, planned.availabilityZone)),
      });
      taken.push(subnet.availabilityZone);
      return [planned.key, subnet];
    });
  }

  /** The zones that offer what will run in them, sorted: every endpoint, and every instance type for counted zones. */
  private eligibleZones(props: IsolatedNetworkProps): string[] {
    const offers = props.endpointServices.map(
      (service) =>
        new DataAwsVpcEndpointService(this, `service-${service}`, {
          service,
          serviceType: "Interface",
        }).availabilityZones,
    );
    if (typeof props.availabilityZones === "number") {
      for (const type of new Set(props.instanceTypes)) {
        offers.push(
          new DataAwsEc2InstanceTypeOfferings(this, `offering-${type}`, {
            locationType: "availability-zone",
            filter: [{ name: "instance-type", values: [type] }],
          }).locations,
        );
      }
    }
    const [first = [], ...others] = offers;
    return new TerraformLocal(this, "eligible-zones", Fn.sort(Fn.setintersection(first, others))).asList;
  }
}

type ZoneConfig = { readonly availabilityZone: string; readonly lifecycle: TerraformResourceLifecycle };

/**
 * The first eligible zone that no earlier slot has. A subnet stays where it is when AWS adds a zone later, so a
 * later slot looks at where its predecessors are, not at where they would be put today.
 */
function chosenZone(props: IsolatedNetworkProps, eligible: string[], taken: readonly string[]): ZoneConfig {
  const free = taken.length > 0 ? Fn.setsubtract(eligible, [...taken]) : eligible;
  const types = [...new Set(props.instanceTypes)];
  const zone = TerraformSelf.getString("availability_zone");
  return {
    availabilityZone: Fn.element(Fn.sort(free), 0),
    lifecycle: {
      ignoreChanges: ["availability_zone"],
      precondition: [
        {
          condition: Op.gte(Fn.lengthOf(free), 1),
          errorMessage:
            `availabilityZones asks for ${props.availabilityZones} zones, but only ${Token.asString(Fn.lengthOf(eligible))} ` +
            `of ${props.region} (${Fn.join(", ", eligible)}) offer every endpoint service ` +
            `(${props.endpointServices.join(", ")})` +
            `${types.length > 0 ? ` and every instance type (${types.join(", ")})` : ""}: ` +
            "ask for other instance types, or, before anything is deployed, for fewer zones.",
        },
      ],
      postcondition: taken.map((earlier) => ({
        condition: Op.neq(zone, earlier),
        errorMessage: `Two subnets would be in the zone ${zone}: replace both of them together (-replace).`,
      })),
    },
  };
}

function namedZone(props: IsolatedNetworkProps, eligible: string[], zone: string): ZoneConfig {
  return {
    availabilityZone: zone,
    lifecycle: {
      precondition: [
        {
          condition: Fn.contains(eligible, zone),
          errorMessage:
            `${zone} does not offer every endpoint service (${props.endpointServices.join(", ")}): ` +
            `name zones among ${Fn.join(", ", eligible)}.`,
        },
      ],
    },
  };
}
