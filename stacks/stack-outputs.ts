import {
  Fn,
  LocalBackend,
  TerraformOutput,
  Token,
  type TerraformRemoteState,
  type TerraformStack,
} from "cdktf";
import { Construct } from "constructs";
import { type Layer, OUTPUTS, type OutputsOf } from "./contract";
import { localStatePath } from "./state-backend";

/** What a stack of a layer publishes; undefined where this one has none, which publishes nothing. */
export type PublishedOutputs<L extends Layer> = {
  readonly [Name in keyof OutputsOf[L]]?: OutputsOf[L][Name] | undefined;
};

/** A stack that publishes the outputs of its layer. */
export interface PublishingStack<L extends Layer> extends TerraformStack {
  /** What is published, by name. */
  readonly outputs: PublishedOutputs<L>;
}

/** The outputs of a layer that are of one type. */
type NamesOf<L extends Layer, Type> = {
  [Name in keyof OutputsOf[L]]: OutputsOf[L][Name] extends Type ? Name : never;
}[keyof OutputsOf[L]] &
  string;

/**
 * Publishes a stack's outputs under the names of the contract: CDKTF's automatic references would name them after
 * construct paths and mark them sensitive.
 */
export function publishOutputs<L extends Layer>(
  stack: TerraformStack,
  layer: L,
  outputs: PublishedOutputs<L>,
): PublishedOutputs<L> {
  for (const [name, description] of Object.entries<string>(OUTPUTS[layer])) {
    const value: unknown = outputs[name as keyof OutputsOf[L]];
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
export class StackOutputs<L extends Layer> {
  private readonly remoteState: TerraformRemoteState;
  private readonly conditions = new Map<string, { condition: string; error_message: string }>();

  constructor(
    consumer: TerraformStack,
    private readonly producer: PublishingStack<L>,
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
  public text(name: NamesOf<L, string>): string {
    this.require(name, name, `self.outputs.${name}`, name);
    this.remoteState.addOverride(`defaults.${name}`, "");
    return this.remoteState.getString(name);
  }

  /** A list that the other stack publishes, which may be empty. */
  public list(name: NamesOf<L, readonly string[]>): string[] {
    this.require(name, name, `self.outputs.${name}`, name);
    this.remoteState.addOverride(`defaults.${name}`, []);
    return this.remoteState.getList(name);
  }

  /** One entry of a map that the other stack publishes; empty text in a destroy, where it may be gone. */
  public entry(name: NamesOf<L, Readonly<Record<string, string>>>, key: string): string {
    this.require(name, `${name}.${key}`, `self.outputs.${name}["${key}"]`, `${key} in ${name}`);
    this.remoteState.addOverride(`defaults.${name}`, {});
    return Token.asString(Fn.try([this.remoteState.get(`${name}["${key}"]`), ""]));
  }

  /**
   * An output that is not there would be an "Unsupported attribute" far from its cause: ask for it here. When destroying,
   * Terraform only warns of conditions and reads on, so that each output has a default beside.
   */
  private require(name: keyof OutputsOf[L] & string, id: string, expression: string, what: string): void {
    const stack = this.producer.node.id;
    if (this.producer.outputs[name] === undefined) {
      throw new Error(`${stack} publishes no ${name} with these settings`);
    }
    this.conditions.set(id, {
      condition: `\${try(${expression}, "") != ""}`,
      error_message: `${stack} does not publish ${what} yet: what is deployed is older than these settings, or destroyed. Deploy ${stack} first.`,
    });
    this.remoteState.addOverride("lifecycle.postcondition", [...this.conditions.values()]);
  }
}
