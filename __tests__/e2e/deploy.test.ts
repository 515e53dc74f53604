import { renameSync } from "node:fs";
import { join } from "node:path";
import { type Inventory, added, takeInventory } from "../../cli/rehearsal/inventory";
import dev from "../../environments/dev";
import type { Environment } from "../../stacks/settings/environment";
import { type CliResult, Workspace } from "../support/cli";
import { describeE2e } from "../support/deployment";
import { lastLines, startCommand } from "../support/started-command";

describeE2e("npm run deploy and destroy", (moto) => {
  const workspace = new Workspace();
  let empty: Inventory;
  beforeAll(async () => {
    // What is synthesized is turned to the emulator by the environment alone.
    workspace.write("cdktf.json", JSON.stringify({ app: "true" }));
    Object.assign(workspace.env, { AWS_ENDPOINT_URL: moto.url, AWS_MAX_ATTEMPTS: undefined });
    empty = await takeInventory(moto.url, dev.region);
  });
  afterAll(() => workspace.remove());

  const settings = (changed: Partial<Environment> = {}): void =>
    workspace.synthesize({ dev: { ...dev, ...changed } });
  const deploy = (...args: string[]): Promise<CliResult> =>
    workspace.runApart("deploy", "dev", "--auto-approve", ...args);
  const destroy = (): Promise<CliResult> => workspace.runApart("destroy", "dev", "--auto-approve");
  const there = async (): Promise<string[]> =>
    Object.entries(added(await takeInventory(moto.url, dev.region), empty))
      .filter(([, names]) => names.length > 0)
      .map(([type, names]) => `${names.length} ${type}`);

  test("dev is deployed with at most 75 lines, a second time without change, and records its identity", async () => {
    settings();
    const { status, stdout, stderr } = await deploy();
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
    expect(`${stdout}${stderr}`.trim().split("\n").length).toBeLessThanOrEqual(75);
    const again = await deploy();
    expect(again.stdout).toMatch(/^dev-networking {2}no changes\ndev-sessions {2}no changes\n/);
    expect(await workspace.runApart("orphans", "dev")).toMatchObject({ status: 0 });
  }, 600_000);

  test("another Region, prefix or account stops it before the plan", async () => {
    settings({ region: "eu-west-1" });
    expect((await deploy()).stderr).toContain("deployed in eu-central-1, and region");
    settings({ namePrefix: "shop" });
    expect((await deploy()).stderr).toContain('deployed with namePrefix "dev", and it is "shop"');
    settings({ assumeRoleArn: "arn:aws:iam::111122223333:role/deploy" });
    expect((await deploy()).stderr).toContain(
      "deployed to account 123456789012, and these are credentials of 111122223333",
    );
    settings({ region: "eu-west-1" });
    expect((await destroy()).stderr).toContain("deployed in eu-central-1, and region");
  }, 300_000);

  test("another block of addresses is planned, marked and not applied", async () => {
    settings({ network: { ...dev.network, cidr: "10.77.0.0/23" } });
    const { status, stdout, stderr } = await deploy();
    expect(status).toBe(1);
    expect(stdout).toMatch(/^dev-networking {2}15 to add, 0 to change, 15 to destroy$/m);
    expect(stderr).toMatch(
      /aws_vpc\.network is replaced: .* \(network\.cidr was "10\.10\.0\.0\/23" and is "10\.77\.0\.0\/23"\)\nthis is applied only where each is named: npm run deploy -- dev --auto-approve --replace /,
    );
  }, 300_000);

  test("recordings go by what was deployed", async () => {
    settings();
    expect((await destroy()).stderr).toContain(
      "dev-sessions keeps its recordings, so it cannot be destroyed",
    );
    settings({ sessions: { ...(dev.sessions as object), recordings: "delete" } });
    expect((await destroy()).stderr).toContain('recordings: "delete" was not deployed since');
    settings({ sessions: false });
    expect((await destroy()).stderr).toContain("would be destroyed with what is to stay in AWS");
    expect(await there()).toContain("1 aws_vpc");
  }, 300_000);

  test("without the states nothing is destroyed or made twice, and nothing is listed to be deleted", async () => {
    settings();
    const [state, aside] = ["state", "aside"].map((one) => join(workspace.folder, one)) as [string, string];
    renameSync(state, aside);
    try {
      const { status, stderr } = await destroy();
      expect(status).toBe(1);
      expect(stderr).toMatch(/ {2}i-\w+ +instance dev-web, RUNNING, since /);
      expect(stderr).toContain(`  local, ${join(state, "dev-instances.tfstate")}\n`);
      const again = await deploy();
      expect(again.status).toBe(1);
      expect(again.stderr).toMatch(
        /^dev-networking, dev-instances: AWS has it in eu-central-1, and the state here has nothing: a deploy would make all of it a second time\./m,
      );
      const orphans = await workspace.runApart("orphans", "dev");
      expect(orphans.status).toBe(1);
      expect(orphans.stdout).not.toContain("aws ec2 ");
    } finally {
      renameSync(aside, state);
    }
  }, 300_000);

  test("Ctrl-C at the first stack of a destroy leaves the others, and the next one ends it", async () => {
    settings({ sessions: { ...(dev.sessions as object), recordings: "delete" } });
    expect(await deploy()).toMatchObject({ status: 0 });
    const { signal, ended } = startCommand(workspace, "destroy", "dev", "--auto-approve");
    const networking = (await there()).filter((one) => /vpc_endpoint$|kms_key$/.test(one));
    await terminating();
    signal("SIGINT", "group");
    const { status, stderr } = await ended;
    expect({ status, last: lastLines(stderr) }).toEqual({
      status: 130,
      last: [
        "interrupted (SIGINT); done: nothing; in part: dev-instances; not begun: dev-sessions, dev-networking",
        "to go on: npm run destroy -- dev",
      ],
    });
    expect((await there()).filter((one) => /vpc_endpoint$|kms_key$/.test(one))).toEqual(networking);
    expect(await destroy()).toMatchObject({ status: 0 });
    expect(await there()).toEqual([]);
    expect((await destroy()).stdout).toBe(
      "nothing of dev is deployed: neither its states nor AWS have anything\n",
    );
  }, 600_000);

  /** Waits until the instance is on its way out: Terraform is in the middle of the first stack. */
  const terminating = async (): Promise<void> => {
    for (let look = 0; look < 300; look++) {
      if (!(await there()).some((one) => one.endsWith("aws_instance"))) {
        return;
      }
      await new Promise((again) => setTimeout(again, 100));
    }
    throw new Error("the instance was never terminated");
  };
});
