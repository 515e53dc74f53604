import { DataAwsRouteTables } from "@cdktf/provider-aws/lib/data-aws-route-tables";
import { DataAwsSubnet } from "@cdktf/provider-aws/lib/data-aws-subnet";
import { DataAwsVpc } from "@cdktf/provider-aws/lib/data-aws-vpc";
import { Fn, type Postcondition, TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import { addressOf } from "./private/terraform";
import { type WantedAddresses, enoughAddresses } from "./private/enough-addresses";
import { problem } from "./facts/refusal";
import { refuseBadProps } from "./private/refuse-bad-props";
import { guard } from "./rules/guard";

/** Props of {@link ExistingNetwork}. */
export interface ExistingNetworkProps {
  /** Id of the VPC. */
  readonly vpcId: string;
  /** Ids of its subnets, by the name of the Availability Zone that each is in. */
  readonly subnetIds: Readonly<Record<string, string>>;
  /**
   * Whether VPC endpoints of this VPC answer under the services' own names, for which its DNS support and DNS hostnames
   * must be on.
   * @default true
   */
  readonly privateDns?: boolean;
  /**
   * What is to be in the subnets in the end: a plan is refused where too few addresses are free for what is still to be made.
   * @default - addresses are not counted
   */
  readonly addresses?: WantedAddresses;
}

/**
 * A network that somebody else made and looks after. Nothing in it is changed; Terraform refuses the plan where it is
 * not what instances without an internet route need.
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns-updating.html
 *
 * @throws where there is no subnet.
 */
export class ExistingNetwork extends Construct {
  /** Id of the VPC. */
  public readonly vpcId: string;
  /** All IPv4 blocks of the VPC, known at plan. */
  public readonly vpcCidrs: string[];
  /** Ids of the subnets, by zone. */
  public readonly subnetIds: Readonly<Record<string, string>>;
  /** Names of the zones, by zone. */
  public readonly availabilityZones: Readonly<Record<string, string>>;

  private readonly vpc: DataAwsVpc;

  constructor(scope: Construct, id: string, props: ExistingNetworkProps) {
    super(scope, id);
    guard(this, props);
    refuseBadProps(this, [
      {
        prop: "subnetIds",
        given: props.subnetIds,
        problem:
          Object.keys(props.subnetIds).length > 0
            ? undefined
            : problem("a subnet in at least one zone", 'write { "eu-central-1a": "subnet-..." }'),
      },
    ]);
    this.vpc = new DataAwsVpc(this, "Default", {
      id: props.vpcId,
      lifecycle: { postcondition: (props.privateDns ?? true) ? dnsConditions(props.vpcId) : [] },
    });
    const enough = props.addresses && enoughAddresses(this, { ...props, addresses: props.addresses });
    const subnets = Object.entries(props.subnetIds).map(
      ([zone, subnetId]) => [zone, this.findSubnet(zone, subnetId, props.vpcId, enough?.(zone))] as const,
    );
    this.vpcId = this.vpc.id;
    this.vpcCidrs = new TerraformLocal(
      this,
      "blocks",
      `\${[for one in ${addressOf(this.vpc)}.cidr_block_associations : one.cidr_block if one.state == "associated"]}`,
    ).asList;
    this.subnetIds = Object.fromEntries(subnets.map(([zone, subnet]) => [zone, subnet.id]));
    this.availabilityZones = Object.fromEntries(
      subnets.map(([zone, subnet]) => [zone, subnet.availabilityZone]),
    );
  }

  /** Ids of the subnets' route tables, each once: of a subnet without one of its own, the main one of the VPC. */
  public routeTableIds(): string[] {
    const tables = Object.entries(this.subnetIds).map(([zone, subnetId]) => {
      const own = new DataAwsRouteTables(this, `routes-${zone}`, {
        vpcId: this.vpcId,
        filter: [{ name: "association.subnet-id", values: [subnetId] }],
      });
      return Fn.coalescelist([own.ids, [this.vpc.mainRouteTableId]]);
    });
    return new TerraformLocal(this, "route-tables", Fn.sort(Fn.distinct(Fn.concat(tables)))).asList;
  }

  private findSubnet(zone: string, id: string, vpcId: string, enough: Postcondition[] = []): DataAwsSubnet {
    const postcondition: Postcondition[] = [
      {
        condition: `\${self.vpc_id == "${vpcId}"}`,
        errorMessage: `${id} is in \${self.vpc_id}, not in ${vpcId}: name a subnet of ${vpcId} for ${zone}.`,
      },
      {
        condition: `\${self.availability_zone == "${zone}"}`,
        errorMessage: `${id} is in \${self.availability_zone}, not in ${zone}: name it under its own zone.`,
      },
      ...enough,
    ];
    return new DataAwsSubnet(this, zone, { id, lifecycle: { postcondition } });
  }
}

function dnsConditions(vpcId: string): Postcondition[] {
  return [
    ["DNS support", "enable-dns-support"],
    ["DNS hostnames", "enable-dns-hostnames"],
  ].map(([what, option]) => ({
    condition: `\${self.${option?.replaceAll("-", "_")}}`,
    errorMessage:
      `${vpcId} has ${what} off, without which no VPC endpoint answers under a service's own name: switch it on ` +
      `(aws ec2 modify-vpc-attribute --vpc-id ${vpcId} --${option}), or ask its owner to.`,
  }));
}
