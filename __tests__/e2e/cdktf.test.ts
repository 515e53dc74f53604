import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { cdktfProgram } from "../support/cdktf-cli";
import { added, takeInventory } from "../../cli/rehearsal/inventory";
import { copyStack, rehearsalEnv } from "../../cli/rehearsal/override";
import { readSynthesized } from "../../cli/assembly/stacks";
import recipe from "../../environments/recipe";
import { Workspace } from "../support/cli";
import { describeE2e } from "../support/deployment";

const ROOT = resolve(__dirname, "../..");

describeE2e("the cdktf CLI", (moto) => {
  const workspace = new Workspace({ recipe });
  const folder = join(workspace.folder, "project");
  afterAll(() => workspace.remove());

  /** The CLI, with what was synthesized and a file beside each stack that turns it to the emulator. */
  const cdktf = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      // Where no registry answers, there is nothing to write to a lock file.
      [cdktfProgram(), ...args, "--skip-synth", "--auto-approve", "--skip-provider-lock"],
      { cwd: folder, encoding: "utf8", env: { ...rehearsalEnv(moto.url), CI: "1" } },
    );
    return { status, said: status === 0 ? "" : `${stdout}${stderr}` };
  };

  test("deploys all stacks in their order, and destroys them in the other", async () => {
    const synthesized = join(workspace.folder, "cdktf.out");
    const stacks = readSynthesized(synthesized);
    stacks.forEach((stack) => copyStack(stack, folder, moto.url));
    cpSync(join(synthesized, "manifest.json"), join(folder, "cdktf.out/manifest.json"));
    const settings = JSON.parse(readFileSync(join(ROOT, "cdktf.json"), "utf8")) as object;
    writeFileSync(join(folder, "cdktf.json"), JSON.stringify({ ...settings, sendCrashReports: "false" }));

    const start = performance.now();
    const before = await takeInventory(moto.url, recipe.region);
    expect(cdktf("deploy", "*")).toEqual({ status: 0, said: "" });
    const there = added(await takeInventory(moto.url, recipe.region), before);
    const counts = Object.entries(there).map(([type, names]) => [type, names.length]);
    expect(Object.fromEntries(counts.filter(([, count]) => count !== 0))).toEqual({
      aws_iam_instance_profile: 1,
      aws_iam_role: 1,
      aws_iam_role_policy: 1,
      aws_iam_role_policy_attachment: 1,
      aws_instance: 1,
      aws_route_table: 1,
      aws_route_table_association: 2,
      aws_security_group: 2,
      aws_subnet: 2,
      aws_vpc: 1,
      aws_vpc_endpoint: 3,
      aws_vpc_security_group_egress_rule: 1,
      aws_vpc_security_group_ingress_rule: 1,
    });
    expect(cdktf("destroy", "*")).toEqual({ status: 0, said: "" });
    const left = added(await takeInventory(moto.url, recipe.region), before);
    expect(Object.values(left).flat()).toEqual([]);
    const seconds = Math.round((performance.now() - start) / 1000);
    process.stderr.write(`recipe with cdktf deploy and destroy: ${seconds} s\n`);
  }, 600_000);
});
