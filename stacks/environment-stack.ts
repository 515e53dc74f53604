import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformDataSource, type TerraformElement, TerraformResource, TerraformStack } from "cdktf";
import type { Construct, Node } from "constructs";
import { guard } from "../modules/rules/guard";
import { type Layer, stackName } from "./layers";
import type { EnvironmentSettings } from "./settings/environment";
import { readableId } from "./readable-id";
import { addStateBackend, requiredTerraform } from "./state-backend";

/** What the JSON of every stack is called by cli/, which reads no other: see JSON_FORMAT in cli/synthesized.ts. */
const JSON_FORMAT = 1;

/** What every stack of an environment has: its name, its state, and the provider with the environment's tags. */
export abstract class EnvironmentStack extends TerraformStack {
  protected constructor(
    scope: Construct,
    layer: Layer,
    protected readonly settings: EnvironmentSettings,
    oldestTerraform = "1.4",
  ) {
    super(scope, stackName(settings.name, layer));
    guard(this, settings);
    this.addOverride("//.metadata.format", JSON_FORMAT);
    addStateBackend(this, settings.state);
    this.addOverride("terraform.required_version", requiredTerraform(settings.state, oldestTerraform));
    new AwsProvider(this, "aws_provider", {
      region: settings.region,
      allowedAccountIds: settings.allowedAccountIds,
      assumeRole: settings.assumeRoleArn === undefined ? undefined : [{ roleArn: settings.assumeRoleArn }],
      defaultTags: [{ tags: { Environment: settings.name, ManagedBy: "cdktf", ...settings.tags } }],
    });
    // "aws" alone means the same to Terraform and OpenTofu; the whole name is what lock files and other tools have.
    this.addOverride("terraform.required_providers.aws.source", "hashicorp/aws");
    this.node.addValidation({ validate: () => this.sharedAddresses() });
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
}
