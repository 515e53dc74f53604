import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { RehearsedStack } from "../../cli/rehearsal/rehearsed-stack";
import { exportedModule } from "../../scripts/export-module";
import { describeE2e } from "../support/deployment";
import { plainStack } from "../support/plain-stack";
import { settingsOf } from "../support/synth";

describeE2e("an environment that was exported as Terraform modules", (moto) => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "exported-"));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  test("its example is applied, idempotent and destroyed", async () => {
    const start = performance.now();
    const settings = settingsOf({
      region: "eu-central-1",
      network: { endpoints: { s3Gateway: true }, flowLogs: { retentionDays: 30 } },
      sessions: {
        recordings: "delete",
        archive: {},
        forward: { db: { host: "db.internal", port: 5432, cidr: "10.20.0.0/16" } },
      },
      instances: { web: { instanceType: "t4g.nano" }, db: {} },
    });
    const exported = exportedModule(settings);
    if ("problems" in exported) {
      throw new Error(exported.problems.join("\n"));
    }
    // Where the example finds them from the folder that it is copied to.
    for (const [path, text] of Object.entries(exported.files)) {
      const file = join(root, path.startsWith("example/") ? path : `run/cdktf.out/stacks/${path}`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    const stack = new RehearsedStack(
      plainStack("example", join(root, "example"), settings.region),
      join(root, "run"),
      moto,
    );
    await stack.init();
    const plan = await stack.plan();
    await stack.apply();
    const again = await stack.planAgain();
    await stack.destroy();
    process.stderr.write(
      `exported modules: ${plan}; then ${again}; ${Math.round((performance.now() - start) / 1000)} s\n`,
    );
    expect(again).toMatch(/^no changes/);
    expect(await stack.addresses()).toEqual([]);
  }, 600_000);
});
