import { DataAwsRegion } from "@cdktf/provider-aws/lib/data-aws-region";
import { Instance } from "@cdktf/provider-aws/lib/instance";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { Fn, type TerraformElement, TerraformOutput, TerraformResource, TerraformStack } from "cdktf";
import { Construct, type Node } from "constructs";
import { addressOf } from "../../modules/private/terraform";
import { readableId } from "../../stacks/readable-id";
import { ModuleVariables } from "./module-variables";

/** The oldest provider that the constructs were tested with. */
const PROVIDER = ">= 6.25.0";

/** The oldest Terraform that understands the modules. */
const TERRAFORM = "1.4";

/** How an export knows files of an earlier one, which it replaces. */
export const ORIGIN = "Written by npm run export-module: the next export replaces this file.";

/**
 * A stack that becomes a plain Terraform module: variables in place of settings, outputs, and neither a provider nor a
 * backend, which are the caller's.
 */
export abstract class ModuleStack extends TerraformStack {
  /** What the module is given. */
  protected readonly variables: ModuleVariables;
  /** Where outputs are, as a variable may have the same name. */
  private readonly outputs = new Construct(this, "outputs");

  protected constructor(scope: Construct, id: string) {
    super(scope, id);
    new AwsProvider(this, "aws_provider");
    this.variables = new ModuleVariables(this);
  }

  /** The module: the JSON of the stack without what is the caller's, and without what says where the code is. */
  public override toTerraform(): Record<string, unknown> {
    const json = withoutComments(super.toTerraform());
    delete json.provider;
    const aws = { source: "hashicorp/aws", version: PROVIDER };
    json.terraform = { required_version: `>= ${TERRAFORM}`, required_providers: { aws } };
    return { "//": ORIGIN, ...json };
  }

  /** Region of the caller's provider. */
  protected region(): string {
    return new DataAwsRegion(this, "aws_region").id;
  }

  protected override allocateLogicalId(element: TerraformElement | Node): string {
    return readableId(this, element);
  }

  /**
   * Publishes values, but for those that there are none of.
   *
   * @param readiness what must exist before anybody uses them
   */
  protected publish(
    outputs: Readonly<Record<string, readonly [value: unknown, description: string]>>,
    readiness: readonly TerraformResource[] = [],
  ): void {
    for (const [name, [value, description]] of Object.entries(outputs)) {
      if (value !== undefined) {
        const output = new TerraformOutput(this.outputs, name, { value, description, staticId: true });
        if (readiness.length > 0) {
          // CDKTF would write expressions, which Terraform refuses here.
          output.addOverride("depends_on", readiness.map(addressOf));
        }
      }
    }
  }

  /** Gives everything that can have tags those of the caller: its own, such as its name, come first. */
  protected addTags(): void {
    const tags = this.variables.tags("tags", "Tags of everything, beside those of the provider");
    for (const resource of this.node.findAll().filter(TerraformResource.isTerraformResource)) {
      if ("tagsInput" in resource) {
        const tagged = resource as TerraformResource & { tags: unknown; readonly tagsInput: unknown };
        const all = tagged.tagsInput === undefined ? tags : Fn.merge([tags, tagged.tagsInput]);
        tagged.tags = all;
        if (resource instanceof Instance) {
          resource.addOverride("root_block_device.tags", all);
        }
      }
    }
  }
}

/** JSON without the notes that CDKTF leaves for itself. */
function withoutComments(value: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value, (key, one: unknown) => (key === "//" ? undefined : one))) as Record<
    string,
    unknown
  >;
}
