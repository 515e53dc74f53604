import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { type ContractName, addContractStacks } from "../support/contract-stacks";
import { describeTerraform, terraform } from "../support/terraform";

describeTerraform("stacks share state on the local backend", () => {
  let project: string;

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), "contract-"));
  });

  afterEach(() => {
    rmSync(project, { recursive: true });
  });

  /** Synthesizes both stacks anew, as after a change of settings, and gives their folders. */
  function synthesize(zones: readonly string[] = ["zone-1"], wanted = "zone-1", omitted?: ContractName) {
    const app = new App({ outdir: join(project, "cdktf.out") });
    addContractStacks(app, { state: { backend: "local" }, zones, wanted, omitted });
    app.synth();
    const folder = (stack: string): string => join(app.outdir, "stacks", stack);
    return { networking: folder("test-networking"), instances: folder("test-instances") };
  }

  function apply(folder: string): void {
    expect(terraform(folder, "init")).toMatchObject({ status: 0 });
    expect(terraform(folder, "apply", "-auto-approve")).toMatchObject({ status: 0 });
  }

  test("what one publishes the other reads, also from another folder", () => {
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

  /** What an earlier version of the settings deployed, and a consumer that wants more. */
  function behind(what: "an output" | "a map entry") {
    apply(synthesize(["zone-1"], "zone-1", what === "an output" ? "vpc_id" : undefined).networking);
    const { instances } = synthesize(["zone-1", "zone-2"], "zone-2");
    terraform(instances, "init");
    return instances;
  }

  test.each([
    ["an output", "vpc_id"],
    ["a map entry", "zone-2 in subnet_ids"],
  ] as const)("%s that is not published yet is missed by name", (what, missing) => {
    const { status, output } = terraform(behind(what), "plan");
    expect(status).toBe(1);
    expect(output).toContain(`test-networking does not publish ${missing} yet`);
    expect(output).toContain("Deploy test-networking first.");
    expect(output).not.toMatch(/Unsupported attribute|Invalid index/);
  });

  test.each(["an output", "a map entry"] as const)(
    "%s that is not published yet keeps nobody from destroying",
    (what) => {
      const { status, output } = terraform(behind(what), "plan", "-destroy");
      expect({ status, output }).toMatchObject({ status: 0 });
      expect(output).not.toMatch(/Unsupported attribute|Invalid index/);
    },
  );

  test("a destroyed producer is missed, whatever the order of destroying", () => {
    const { networking, instances } = synthesize();
    apply(networking);
    apply(instances);
    expect(terraform(networking, "destroy", "-auto-approve").status).toBe(0);
    const { status, output } = terraform(instances, "plan");
    expect(status).toBe(1);
    expect(output).toContain(
      "what is deployed is older than these settings, or destroyed. Deploy test-networking first.",
    );
    expect(terraform(instances, "destroy", "-auto-approve")).toMatchObject({ status: 0 });
  });
});
