import {
  Fn,
  LocalBackend,
  TerraformOutput,
  Token,
  type TerraformRemoteState,
  type TerraformStack,
} from "cdktf";
import { Construct } from "constructs";
import { localStatePath } from "./state-backend";

/** A value that a stack makes known to other stacks and to people. */
export interface PublishedOutput {
  /** The value: a text, a list or a map; undefined where this stack has none, which publishes nothing. */
  readonly value: unknown;
  /** What it is, for those who read the state. */
  readonly description: string;
}

/** A stack that publishes outputs of fixed names. */
export interface PublishingStack<Name extends string> extends TerraformStack {
  /** What is published, by name; an output may be missing where its feature is off. */
  readonly outputs: Readonly<Partial<Record<Name, PublishedOutput>>>;
}

/**
 * Publishes a stack's outputs under just these names. The names are a contract with other stacks and with people's
 * scripts: CDKTF's automatic references would name them after construct paths and mark them sensitive.
 */
export function publishOutputs<Name extends string>(
  stack: TerraformStack,
  outputs: Readonly<Record<Name, PublishedOutput>>,
): Readonly<Record<Name, PublishedOutput>> {
  for (const [name, { value, description }] of Object.entries<PublishedOutput>(outputs)) {
    if (value !== undefined) {
      new TerraformOutput(stack, name, { value, description, staticId: true });
    }
  }
  return outputs;
}

/**
 * What one stack reads of another, through the state of whatever backend the other uses. Reading makes the stacks
 * deploy in this order, and a plan made too early says what to deploy first.
 */
export class StackOutputs<Name extends string> {
  private readonly remoteState: TerraformRemoteState;
  private readonly conditions = new Map<string, { condition: string; error_message: string }>();

  constructor(
    consumer: TerraformStack,
    private readonly producer: PublishingStack<Name>,
  ) {
    consumer.addDependency(producer);
    const backend = producer.ensureBackendExists();
    const name = producer.node.id;
    const scope = new Construct(consumer, `outputs_of_${name}`);
    this.remoteState = backend.getRemoteStateDataSource(scope, name, name);
    // Errors name the data source: let it be the stack's own name.
    this.remoteState.overrideLogicalId(name);
    if (backend instanceof LocalBackend) {
      this.remoteState.addOverride("lifecycle.precondition", [
        {
          // Terraform wants a condition to refer to something: path.module is the stack's folder.
          condition: `\${fileexists("\${path.module}/${localStatePath(name)}")}`,
          error_message: `${name} is not deployed yet: there is no state/${name}.tfstate. Deploy ${name} first.`,
        },
      ]);
    }
  }

  /** A text that the other stack publishes. */
  public text(name: Name): string {
    this.require(name, name, `self.outputs.${name}`, name);
    this.remoteState.addOverride(`defaults.${name}`, "");
    return this.remoteState.getString(name);
  }

  /** A list that the other stack publishes, which may be empty. */
  public list(name: Name): string[] {
    this.require(name, name, `self.outputs.${name}`, name);
    this.remoteState.addOverride(`defaults.${name}`, []);
    return this.remoteState.getList(name);
  }

  /** One entry of a map that the other stack publishes; empty text in a destroy, where it may be gone. */
  public entry(name: Name, key: string): string {
    this.require(name, `${name}.${key}`, `self.outputs.${name}["${key}"]`, `${key} in ${name}`);
    this.remoteState.addOverride(`defaults.${name}`, {});
    return Token.asString(Fn.try([this.remoteState.get(`${name}["${key}"]`), ""]));
  }

  /**
   * An output that is not there would be an "Unsupported attribute" far from its cause: ask for it here. When destroying,
   * Terraform only warns of conditions and reads on, so that each output has a default beside.
   */
  private require(name: Name, id: string, expression: string, what: string): void {
    const stack = this.producer.node.id;
    if (this.producer.outputs[name]?.value === undefined) {
      throw new Error(`${stack} publishes no ${name} with these settings`);
    }
    this.conditions.set(id, {
      condition: `\${try(${expression}, "") != ""}`,
      error_message: `${stack} does not publish ${what} yet: what is deployed is older than these settings, or destroyed. Deploy ${stack} first.`,
    });
    this.remoteState.addOverride("lifecycle.postcondition", [...this.conditions.values()]);
  }
}
