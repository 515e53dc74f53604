import { type App, DataResource, TerraformOutput, TerraformStack, Token } from "cdktf";
import type { StateSettings } from "../../stacks/settings/state";
import { addStateBackend } from "../../stacks/state-backend";
import { type PublishedOutputs, StackOutputs, publishOutputs } from "../../stacks/stack-outputs";

/** What the producer publishes. */
export type ContractName = "vpc_id" | "subnet_ids";

/** How both stacks are made. */
export interface Contract {
  readonly state: StateSettings;
  /** The zones that the producer has a subnet in. */
  readonly zones?: readonly string[];
  /** The zone that the consumer wants. */
  readonly wanted?: string;
  /** An output that this version of the producer does not publish yet. */
  readonly omitted?: ContractName | undefined;
}

/** Adds two stacks with built-in resources in place of AWS: everything else is as it is deployed. */
export function addContractStacks(app: App, contract: Contract): void {
  new Consumer(app, new Producer(app, contract), contract);
}

class Producer extends TerraformStack {
  public readonly outputs: PublishedOutputs<"networking">;

  constructor(app: App, { state, zones = ["zone-1"], omitted }: Contract) {
    super(app, "test-networking");
    addStateBackend(this, state);
    const vpc = new DataResource(this, "vpc", { input: { id: "vpc-1" } });
    this.outputs = {
      vpc_id: Token.asString(vpc.interpolationForAttribute("output.id")),
      subnet_ids: Object.fromEntries(zones.map((zone) => [zone, `subnet-of-${zone}`])),
    };
    publishOutputs(this, "networking", omitted ? { ...this.outputs, [omitted]: undefined } : this.outputs);
  }
}

class Consumer extends TerraformStack {
  constructor(app: App, producer: Producer, { state, wanted = "zone-1" }: Contract) {
    super(app, "test-instances");
    addStateBackend(this, state);
    const network = new StackOutputs<"networking">(this, producer);
    new TerraformOutput(this, "vpc", { value: network.text("vpc_id"), staticId: true });
    new TerraformOutput(this, "subnet", { value: network.entry("subnet_ids", wanted), staticId: true });
  }
}
