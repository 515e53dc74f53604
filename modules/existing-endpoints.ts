import { DataAwsEc2ManagedPrefixList } from "@cdktf/provider-aws/lib/data-aws-ec2-managed-prefix-list";
import { DataAwsNetworkInterface } from "@cdktf/provider-aws/lib/data-aws-network-interface";
import { DataAwsNetworkInterfaces } from "@cdktf/provider-aws/lib/data-aws-network-interfaces";
import { DataAwsRouteTables } from "@cdktf/provider-aws/lib/data-aws-route-tables";
import { DataAwsVpcEndpoint } from "@cdktf/provider-aws/lib/data-aws-vpc-endpoint";
import { DataAwsVpcEndpointService } from "@cdktf/provider-aws/lib/data-aws-vpc-endpoint-service";
import { type Postcondition, TerraformIterator, TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import { addressOf } from "./private/terraform";
import { checkedName } from "./facts/name-prefix";
import { accountId } from "./private/once-per-stack";
import { onceProblem } from "./facts/refusal";
import { refuseBadProps } from "./private/refuse-bad-props";
import { serviceName } from "./facts/names";
import { guard } from "./rules/guard";

/** Props of {@link ExistingEndpoints}. */
export interface ExistingEndpointsProps {
  /**
   * The beginning of the names of one's own endpoints, as `SsmEndpoints` has it: 1 to 32 letters, digits and hyphens,
   * beginning with a letter and not with `sg-`.
   */
  readonly name: string;
  /** Region of the provider, such as `eu-central-1`. */
  readonly region: string;
  /** Id of the VPC. */
  readonly vpcId: string;
  /** Services whose interface endpoint must be there, each once. */
  readonly existing: readonly string[];
  /** Services whose interface endpoint `SsmEndpoints` makes, so that no other may answer under the same name. */
  readonly created: readonly string[];
  /**
   * Route tables that must have a route to S3, which a gateway endpoint gives them.
   * @default - no route to S3 is asked for
   */
  readonly s3RouteTableIds?: string[];
}

/** How AWS describes the network interfaces of an endpoint. */
const INTERFACE = "^VPC Endpoint Interface (vpce-[0-9a-f]+)$";

/** The states of an endpoint that is gone, or never came to be. */
const GONE = '["deleting", "deleted", "failed", "rejected", "expired"]';

/**
 * The VPC endpoints that others made in a VPC: a plan is refused where one of them is not there or cannot be used, or
 * where a new one would collide with one of them. Looking for an endpoint that is not there would fail without a word
 * on what to do, so the endpoints are found by their network interfaces, of which there may be none.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
 *
 * @throws where the name is not allowed, or a service is named twice.
 */
export class ExistingEndpoints extends Construct {
  /** Ids of the existing interface endpoints, by service. */
  public readonly endpointIds: Readonly<Record<string, string>>;
  /** Ids of their security groups, each once and known at plan; undefined where there are none. */
  public readonly securityGroupIds: string[] | undefined;
  /** Id of the prefix list of S3's addresses; undefined where no way to S3 must be there. */
  public readonly s3PrefixListId: string | undefined;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ExistingEndpointsProps,
  ) {
    super(scope, id);
    guard(this, props);
    const { existing, created, s3RouteTableIds } = props;
    refuseBadProps(this, [
      checkedName(props.name),
      { prop: "existing", given: existing, problem: onceProblem(existing) },
    ]);
    this.endpointIds = {};
    if (existing.length + created.length > 0) {
      const listed = this.list();
      if (existing.length > 0) {
        const endpoints = addressOf(this.find(listed));
        // In a destroy, one may be gone already.
        this.endpointIds = Object.fromEntries(
          existing.map((service) => [service, `\${try(${endpoints}["${service}"].id, "")}`]),
        );
        this.securityGroupIds = new TerraformLocal(
          this,
          "security-groups",
          `\${sort(distinct(flatten([for one in ${endpoints} : tolist(one.security_group_ids)])))}`,
        ).asList;
      }
    }
    this.s3PrefixListId = s3RouteTableIds && this.requireS3Routes(s3RouteTableIds);
  }

  /** All interface endpoints of the VPC that this account can see, none of which may stand in a new one's way. */
  private list(): ListedEndpoints {
    const interfaces = new DataAwsNetworkInterfaces(this, "interfaces", {
      filter: [
        { name: "vpc-id", values: [this.props.vpcId] },
        { name: "interface-type", values: ["vpc_endpoint"] },
        // The owner of a shared VPC sees the interfaces of others, but not their endpoints.
        { name: "owner-id", values: [accountId(this)] },
      ],
    });
    const each = TerraformIterator.fromList(interfaces.ids);
    const described = addressOf(
      new DataAwsNetworkInterface(this, "interface", { forEach: each, id: each.value }),
    );
    const ids = new TerraformLocal(
      this,
      "ids",
      `\${distinct(flatten([for one in ${described} : try(regex("${INTERFACE}", one.description), [])]))}`,
    );
    const id = TerraformIterator.fromList(ids.asList);
    const endpoints = new DataAwsVpcEndpoint(this, "listed", {
      forEach: id,
      id: id.value,
      lifecycle: { postcondition: this.props.created.map((service) => this.noTwin(service)) },
    });
    return {
      endpoints: `[for one in ${addressOf(endpoints)} : one if !contains(${GONE}, one.state)]`,
      complete: `alltrue([for one in ${described} : can(regex("${INTERFACE}", one.description))])`,
    };
  }

  /** AWS gives a private name once in a VPC. One's own endpoints, from the second plan on, are told by their names. */
  private noTwin(service: string): Postcondition {
    const { name, vpcId } = this.props;
    return {
      condition:
        `\${self.service_name != "${this.serviceName(service)}" || !self.private_dns_enabled || ` +
        `contains(${GONE}, self.state) || lookup(self.tags, "Name", "") == "${name}-${service}"}`,
      errorMessage:
        `${vpcId} has an endpoint for ${service} already, \${self.id} ` +
        `(\${lookup(self.tags, "Name", "without a name")}), and a second one could not answer under the same ` +
        `private name: write "existing" for ${service}.`,
    };
  }

  /** The endpoints that must be there: by their ids, or by their services where the list is not complete. */
  private find({ endpoints, complete }: ListedEndpoints): DataAwsVpcEndpoint {
    const { existing, vpcId } = this.props;
    for (const service of existing) {
      const there = `contains([for one in ${endpoints} : one.service_name], "${this.serviceName(service)}")`;
      new DataAwsVpcEndpointService(this, `service-${service}`, {
        service,
        serviceType: "Interface",
        lifecycle: {
          precondition: [
            {
              condition: `\${!${complete} || ${there}}`,
              errorMessage:
                `${vpcId} has no interface endpoint for ${service} that this account can see: write "create" for ` +
                `${service} to have one made, or { elsewhere: [...] } with the networks that it answers in.`,
            },
          ],
        },
      });
    }
    const names = JSON.stringify(
      Object.fromEntries(existing.map((service) => [service, this.serviceName(service)])),
    );
    // Of several endpoints for one service, the one that has the service's own name.
    const ids = ["true", "false"].map(
      (dns) =>
        `[for one in ${endpoints} : one.id if one.service_name == name && one.private_dns_enabled == ${dns}]`,
    );
    const wanted = new TerraformLocal(
      this,
      "wanted",
      `\${{ for service, name in ${names} : service => { name = name, id = try(concat(${ids.join(", ")})[0], null) } }}`,
    );
    const found = new DataAwsVpcEndpoint(this, "Default", {
      vpcId,
      id: "${each.value.id}",
      serviceName: "${each.value.name}",
      filter: [{ name: "vpc-endpoint-type", values: ["Interface"] }],
      lifecycle: { postcondition: usable(vpcId) },
    });
    const there = `{ for service, one in ${addressOf(wanted)} : service => one if one.id != null || !${complete} }`;
    found.addOverride("for_each", `\${${there}}`);
    return found;
  }

  /** A gateway endpoint is a route in the subnets' route tables. */
  private requireS3Routes(routeTableIds: string[]): string {
    const { region, vpcId } = this.props;
    const { id } = new DataAwsEc2ManagedPrefixList(this, "s3", { name: serviceName(region, "s3") });
    const tables = addressOf(new TerraformLocal(this, "s3-tables", routeTableIds));
    const missing = `setsubtract(${tables}, self.ids)`;
    new DataAwsRouteTables(this, "s3-routes", {
      vpcId,
      filter: [{ name: "route.destination-prefix-list-id", values: [id] }],
      lifecycle: {
        postcondition: [
          {
            condition: `\${length(${missing}) == 0}`,
            errorMessage:
              `\${join(", ", ${missing})} of ${vpcId} has no route to a gateway endpoint for s3: write "create" for ` +
              "s3 to have one made, or { elsewhere: [...] } with the networks that it answers in.",
          },
        ],
      },
    });
    return id;
  }

  private serviceName(service: string): string {
    return serviceName(this.props.region, service);
  }
}

/** Expressions for the endpoints of a VPC, and for whether they are all that there are. */
interface ListedEndpoints {
  readonly endpoints: string;
  readonly complete: string;
}

function usable(vpcId: string): Postcondition[] {
  const endpoint = `\${self.id}, the endpoint of ${vpcId} for \${each.key},`;
  return [
    {
      condition: "${self.private_dns_enabled}",
      errorMessage:
        `${endpoint} has private DNS off, and instances look for the service under its own name: switch it on ` +
        "(aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${self.id} --private-dns-enabled), or, where a hosted zone " +
        "of yours has that name, write { elsewhere: [...] } with the networks of the endpoint.",
    },
    {
      condition: '${self.state == "available"}',
      errorMessage: `${endpoint} is \${self.state}, not available: wait, or ask its owner.`,
    },
  ];
}
