import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, DataResource, TerraformOutput, TerraformStack, Token } from "cdktf";
import { addStateBackend } from "../../stacks/state-backend";
import { type PublishedOutput, StackOutputs, publishOutputs } from "../../stacks/stack-outputs";
import { describeTerraform, terraform } from "../support/terraform";

type Name = "vpc_id" | "subnet_ids";

/** The contract with built-in resources in place of AWS: everything else is as it is deployed. */
class Producer extends TerraformStack {
  public readonly outputs: Readonly<Record<Name, PublishedOutput>>;

  constructor(app: App, zones: readonly string[]) {
    super(app, "test-networking");
    addStateBackend(this, { backend: "local" });
    const vpc = new DataResource(this, "vpc", { input: { id: "vpc-1" } });
    this.outputs = publishOutputs(this, {
      vpc_id: {
        value: Token.asString(vpc.interpolationForAttribute("output.id")),
        description: "Id of the VPC",
      },
      subnet_ids: {
        value:
          zones.length > 0 ? Object.fromEntries(zones.map((zone) => [zone, `subnet-of-${zone}`])) : undefined,
        description: "Ids of the subnets",
      },
    });
  }
}

class Consumer extends TerraformStack {
  constructor(app: App, producer: Producer, zone: string) {
    super(app, "test-instances");
    addStateBackend(this, { backend: "local" });
    const network = new StackOutputs<Name>(this, producer);
    new TerraformOutput(this, "vpc", { value: network.text("vpc_id"), staticId: true });
    new TerraformOutput(this, "subnet", { value: network.entry("subnet_ids", zone), staticId: true });
  }
}

describeTerraform("stacks share state on the local backend", () => {
  let project: string;

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), "contract-"));
  });

  afterEach(() => {
    rmSync(project, { recursive: true });
  });

  /** Synthesizes both stacks anew, as after a change of settings, and gives their folders. */
  function synthesize(zones: readonly string[] = ["zone-1"], wanted = "zone-1") {
    const app = new App({ outdir: join(project, "cdktf.out") });
    new Consumer(app, new Producer(app, zones), wanted);
    app.synth();
    const folder = (stack: string): string => join(app.outdir, "stacks", stack);
    return { networking: folder("test-networking"), instances: folder("test-instances") };
  }

  function apply(folder: string): void {
    expect(terraform(folder, "init")).toMatchObject({ status: 0 });
    expect(terraform(folder, "apply", "-auto-approve")).toMatchObject({ status: 0 });
  }

  test.each(["the first folder", "another folder"])("what one publishes the other reads, from %s", () => {
    const { networking, instances } = synthesize();
    apply(networking);
    // From elsewhere, as pipelines do it.
    expect(terraform(project, `-chdir=${instances}`, "init").status).toBe(0);
    expect(terraform(project, `-chdir=${instances}`, "apply", "-auto-approve").status).toBe(0);
    expect(terraform(instances, "output").output).toContain('subnet = "subnet-of-zone-1" vpc = "vpc-1"');
    expect(readdirSync(join(project, "state")).sort()).toEqual([
      "test-instances.tfstate",
      "test-networking.tfstate",
    ]);
  });

  test("synthesizing anew loses no state", () => {
    apply(synthesize().networking);
    rmSync(join(project, "cdktf.out"), { recursive: true });
    const { networking } = synthesize();
    terraform(networking, "init");
    expect(terraform(networking, "plan", "-detailed-exitcode")).toMatchObject({ status: 0 });
  });

  test("a plan made too early says what to deploy first", () => {
    const { instances } = synthesize();
    terraform(instances, "init");
    const { status, output } = terraform(instances, "plan");
    expect(status).toBe(1);
    expect(output).toContain(
      "test-networking is not deployed yet: there is no state/test-networking.tfstate. Deploy test-networking first.",
    );
    expect(output).not.toMatch(/Unable to find|Unsupported attribute/);
  });

  test.each([
    ["an output that is not published yet", [], "zone-1"],
    ["a map entry that is not published yet", ["zone-1"], "zone-2"],
  ])("%s is missed by name", (_, zones, wanted) => {
    const { networking, instances } = synthesize(zones, wanted);
    apply(networking);
    terraform(instances, "init");
    const { status, output } = terraform(instances, "plan");
    expect(status).toBe(1);
    expect(output).toContain(`test-networking does not publish ${wanted} in subnet_ids yet`);
    expect(output).toContain("Deploy test-networking first.");
    expect(output).not.toMatch(/Unsupported attribute|Invalid index/);
  });

  test("a destroyed producer is missed too, and a consumer can be destroyed before it", () => {
    const { networking, instances } = synthesize();
    apply(networking);
    apply(instances);
    expect(terraform(instances, "destroy", "-auto-approve").status).toBe(0);
    expect(terraform(networking, "destroy", "-auto-approve").status).toBe(0);
    const { status, output } = terraform(instances, "plan");
    expect(status).toBe(1);
    expect(output).toContain(
      "what is deployed is older than these settings, or destroyed. Deploy test-networking first.",
    );
  });
});
