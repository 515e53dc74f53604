import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformDataSource, type TerraformElement, TerraformResource, TerraformStack } from "cdktf";
import type { Construct, Node } from "constructs";
import { addressOf } from "../modules/private/terraform";
import { problem } from "../modules/facts/refusal";
import { guard } from "../modules/rules/guard";
import { environmentTags } from "./default-tags";
import {
  type Assumption,
  JSON_FORMAT,
  type Layer,
  STACK_TAG,
  type StackMetadata,
  instanceRoleName,
  stackIdentity,
  stackName,
} from "./contract";
import type { EnvironmentSettings } from "./settings/environment";
import { readableId } from "./readable-id";
import { addStateBackend, requiredTerraform } from "./state-backend";

/** What every stack of an environment has: its name, its state, and the provider with the environment's tags. */
export abstract class EnvironmentStack extends TerraformStack {
  private isSettled = false;
  private judged: unknown;

  protected constructor(
    scope: Construct,
    layer: Layer,
    protected readonly settings: EnvironmentSettings,
    oldestTerraform = "1.4",
  ) {
    const name = stackName(settings.name, layer);
    super(scope, name);
    guard(this, settings);
    this.addMetadata("format", JSON_FORMAT);
    addStateBackend(this, settings.state);
    this.addOverride("terraform.required_version", requiredTerraform(settings.state, oldestTerraform));
    const identity = stackIdentity(name, instanceRoleName(settings));
    new AwsProvider(this, "aws_provider", {
      region: settings.region,
      allowedAccountIds: settings.allowedAccountIds,
      assumeRole: settings.assumeRoleArn === undefined ? undefined : [{ roleArn: settings.assumeRoleArn }],
      // Last: neither settings nor what else is added changes it.
      defaultTags: [{ tags: { ...environmentTags(settings.name, settings.tags), [STACK_TAG]: identity } }],
    });
    // "aws" alone means the same to Terraform and OpenTofu; the whole name is what lock files and other tools have.
    this.addOverride("terraform.required_providers.aws.source", "hashicorp/aws");
    this.node.addValidation({ validate: () => [...this.sharedAddresses(), ...this.ownIdentities()] });
  }

  /**
   * From now on the stack is prepared no more, and its JSON stays the same. CDKTF would do both once more to write it, and
   * what an aspect changes in between would not be judged.
   */
  public settle(): void {
    this.isSettled = true;
  }

  /** Prepares the stack, unless it is settled. */
  public override prepareStack(): void {
    if (!this.isSettled) {
      super.prepareStack();
    }
  }

  /** The JSON, the same for good once the stack is settled. */
  public override toTerraform(): unknown {
    if (!this.isSettled) {
      return super.toTerraform();
    }
    this.judged ??= super.toTerraform();
    return this.judged;
  }

  /** Tells the commands what the stack takes for granted. */
  protected assume(assumptions: readonly Assumption[]): void {
    if (assumptions.length > 0) {
      this.addMetadata("assumptions", assumptions);
    }
  }

  private addMetadata<Key extends keyof StackMetadata>(key: Key, value: StackMetadata[Key]): void {
    this.addOverride(`//.metadata.${key}`, value);
  }

  protected override allocateLogicalId(element: TerraformElement | Node): string {
    return readableId(this, element);
  }

  /** Two elements of one address would be merged into one without a word. */
  private sharedAddresses(): string[] {
    const seen = new Set<string>();
    return (
      this.node
        .findAll()
        .filter(
          (one): one is TerraformResource | TerraformDataSource =>
            TerraformResource.isTerraformResource(one) || TerraformDataSource.isTerraformDataSource(one),
        )
        .map((one) => `${one.terraformResourceType}.${one.friendlyUniqueId}`)
        // A set that does not grow has the address already.
        .filter((address) => seen.size === seen.add(address).size)
        .map((address) => `two constructs have the address ${address}: give one of them another id`)
    );
  }

  /** A resource's own tags win over those of the provider: code beside the constructs could pass it off as another's. */
  private ownIdentities(): string[] {
    return this.node
      .findAll()
      .filter(TerraformResource.isTerraformResource)
      .flatMap((resource) => {
        const { tagsInput } = resource as { readonly tagsInput?: unknown };
        const keys = typeof tagsInput === "object" && tagsInput !== null ? Object.keys(tagsInput) : [];
        return keys
          .filter((key) => key.toLowerCase() === STACK_TAG.toLowerCase())
          .map((key) => {
            const advice = problem(
              "any other key",
              "rename it: the provider gives that tag to all of a stack",
            );
            return `${addressOf(resource)}: got the tag ${key}; ${advice}`;
          });
      });
  }
}
