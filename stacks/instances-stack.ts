import { DataAwsEc2InstanceTypeOfferings } from "@cdktf/provider-aws/lib/data-aws-ec2-instance-type-offerings";
import {
  DefaultTokenResolver,
  Fn,
  Op,
  type Postcondition,
  TerraformResource,
  StringConcat,
  TerraformSelf,
  Tokenization,
} from "cdktf";
import { Construct } from "constructs";
import { ACCESS_TAG, InstanceAccess, type InstanceAccessProps, ManagedInstance, type Tags } from "../modules";
import { subnetKeys } from "../modules/facts/subnet-layout";
import type { NetworkingOutputs } from "./contract";
import { accessTagOf } from "./default-tags";
import { EnvironmentStack } from "./environment-stack";
import { archiveBucket, callsElsewhere, elsewhereNetworks, tunnelEgress, usesEc2Messages } from "./features";
import type { NetworkingStack } from "./networking-stack";
import type { SessionsStack } from "./sessions-stack";
import { zonesFor } from "./settings/addresses";
import type { EnvironmentSettings } from "./settings/environment";
import type { InstanceSettings } from "./settings/instances";
import { zonesOf } from "./settings/network";
import { sessionUserOf } from "./settings/session-user";
import { type PublishedOutputs, StackOutputs, publishOutputs } from "./stack-outputs";

/** The instances of an environment, and what lets them be reached. */
export class InstancesStack extends EnvironmentStack {
  /** What other stacks and people can read. */
  public readonly outputs: PublishedOutputs<"instances">;

  private readonly network: StackOutputs<"networking">;
  private readonly offerings: Construct;
  private readonly demands = new Set<string>();
  private readonly placements = new Map<string, string>();

  constructor(
    scope: Construct,
    settings: EnvironmentSettings,
    networking: NetworkingStack,
    sessions?: SessionsStack,
  ) {
    super(scope, "instances", settings);
    this.network = new StackOutputs(this, networking);
    // Ids beside the instances' own names carry an underscore, which a name cannot.
    this.offerings = new Construct(this, "instance_type_offerings");
    const { namePrefix: name } = settings;
    const { path: iamPath, ...iam } = settings.iam;
    const access = new InstanceAccess(this, "instance_access", {
      name,
      vpcId: this.network.text("vpc_id"),
      ...this.endpoints(networking),
      ...this.recording(sessions),
      ...iam,
      iamPath,
      ec2Messages: usesEc2Messages(settings),
      callsElsewhere: callsElsewhere(settings),
    });
    const instances = Object.entries(settings.instances).map(
      ([key, instance]) => [key, this.createInstance(key, instance, access)] as const,
    );
    this.carryOver(instances);
    const perInstance = (read: (instance: ManagedInstance) => string): Record<string, string> =>
      Object.fromEntries(instances.map(([key, instance]) => [key, read(instance)]));
    this.outputs = publishOutputs(this, "instances", {
      instance_ids: perInstance(({ instanceId }) => instanceId),
      private_ips: perInstance(({ privateIp }) => privateIp),
      security_group_id: access.securityGroupId,
      role_name: access.roleName,
      role_arn: access.roleArn,
      instance_profile_name: access.instanceProfileName,
      instance_profile_arn: access.instanceProfileArn,
    });
  }

  private createInstance(key: string, settings: InstanceSettings, access: InstanceAccess): ManagedInstance {
    const { zone, tags, ...instance } = settings;
    return new ManagedInstance(this, key, {
      ...instance,
      name: `${this.settings.namePrefix}-${key}`,
      access,
      vpcId: this.network.text("vpc_id"),
      subnetId: this.placeInstance(key, settings),
      subnetUpdates: zone === undefined ? "keep" : "follow",
      sessionUser: sessionUserOf(this.settings),
      commandJournal: this.settings.sessions ? this.settings.sessions.commandJournal : undefined,
      tags: { ...this.accessTags(), ...tags },
    });
  }

  /** Tells Terraform of instances that had other names, and of all whose addresses begin with these. */
  private carryOver(instances: readonly (readonly [name: string, instance: ManagedInstance])[]): void {
    const moved = instances.flatMap(([name, instance]) => {
      const before = this.settings.instances[name]?.renamedFrom;
      return before === undefined
        ? []
        : instance.node
            .findAll()
            .filter(TerraformResource.isTerraformResource)
            .map(({ terraformResourceType: type, friendlyUniqueId: id }) => ({
              from: `${type}.${before}${id.slice(name.length)}`,
              to: `${type}.${id}`,
            }));
    });
    if (moved.length > 0) {
      this.addOverride("moved", moved);
    }
  }

  /** The ways to what networking has found or made, and to what is elsewhere. */
  private endpoints({
    outputs,
  }: NetworkingStack): Omit<InstanceAccessProps, "name" | "vpcId" | keyof EnvironmentSettings["iam"]> {
    const has = (name: keyof NetworkingOutputs): boolean => outputs[name] !== undefined;
    const { network } = this;
    return {
      endpointSecurityGroupId: has("endpoint_security_group_id")
        ? network.text("endpoint_security_group_id")
        : undefined,
      s3PrefixListId: has("s3_prefix_list_id") ? network.text("s3_prefix_list_id") : undefined,
      existingEndpointSecurityGroupIds: has("existing_endpoint_security_group_ids")
        ? network.list("existing_endpoint_security_group_ids")
        : undefined,
      endpointNetworks: elsewhereNetworks(this.settings),
    };
  }

  /** What recorded sessions need of the instances; the order of the stacks follows from reading. */
  private recording(stack: SessionsStack | undefined): Pick<InstanceAccessProps, "recording" | "egress"> {
    const { sessions, namePrefix } = this.settings;
    if (!stack || !sessions) {
      return {};
    }
    const outputs = new StackOutputs(this, stack);
    const bucketName = archiveBucket(this, this.settings);
    return {
      recording: {
        logGroupArn: outputs.text("log_group_arn"),
        keyArn: outputs.text("key_arn"),
        archive: bucketName === undefined ? undefined : { bucketName, prefix: namePrefix },
      },
      egress: tunnelEgress(this.settings),
    };
  }

  /** The tag by which operators are let in. */
  private accessTags(): Tags {
    return this.settings.sessions ? { [ACCESS_TAG]: accessTagOf(this.settings) } : {};
  }

  /** The subnet of the stated zone, or of the first zone in the name's own order that offers the type. */
  private placeInstance(key: string, settings: InstanceSettings): string {
    const { instanceType, zone } = settings;
    const zones = zonesFor(key, settings, subnetKeys(zonesOf(this.settings.network)));
    // Few expressions serve many instances: each is resolved once.
    const expression = [instanceType, zone, ...zones].join();
    const known = this.placements.get(expression);
    if (known !== undefined) {
      return known;
    }
    const subnets = Fn.matchkeys(
      Fn.compact(zones.map((one) => this.network.entry("subnet_ids", one))),
      Fn.compact(zones.map((one) => this.network.entry("availability_zones", one))),
      this.offering(instanceType, zone).locations,
    );
    // None in a destroy after the network: an empty text then, not an error.
    const placement = resolved(this, Fn.element(Fn.concat([subnets, [""]]), 0));
    this.placements.set(expression, placement);
    return placement;
  }

  /** The zones that offer a type; a plan is refused where that is not the stated zone, or none of the network. */
  private offering(instanceType: string, zone: string | undefined): DataAwsEc2InstanceTypeOfferings {
    const offering =
      (this.offerings.node.tryFindChild(instanceType) as DataAwsEc2InstanceTypeOfferings | undefined) ??
      new DataAwsEc2InstanceTypeOfferings(this.offerings, instanceType, {
        locationType: "availability-zone",
        filter: [{ name: "instance-type", values: [instanceType] }],
      });
    const demand = `${instanceType} ${zone}`;
    if (!this.demands.has(demand)) {
      this.demands.add(demand);
      const zones = zone === undefined ? subnetKeys(zonesOf(this.settings.network)) : [zone];
      const names = Fn.compact(zones.map((one) => this.network.entry("availability_zones", one)));
      const offered = Fn.setintersection(TerraformSelf.getAny("locations"), [names]);
      const condition: Postcondition = {
        condition: Op.gte(Fn.lengthOf(offered), 1),
        errorMessage:
          `${instanceType} is not offered in ${Fn.join(", ", names)} (${zones.join(", ")}): ` +
          `choose another instanceType${zone === undefined ? ", or more zones" : " or zone"}.`,
      };
      offering.lifecycle = { postcondition: [...(offering.lifecycle?.postcondition ?? []), condition] };
    }
    return offering;
  }
}

/** What an expression is in the JSON of a stack. */
function resolved(scope: InstancesStack, expression: unknown): string {
  const resolver = new DefaultTokenResolver(new StringConcat());
  return String(Tokenization.resolve(expression, { scope, resolver, preparing: false }));
}
