import type { Workspace } from "../../support/cli";
import { appliedPlans, replacingWorkspace } from "../../support/replacing-stacks";

const BOTH = ["--replace", "aws_vpc.network", "--replace", "aws_instance.web"];

let workspace: Workspace;
beforeEach(() => {
  workspace = replacingWorkspace();
});
afterEach(() => workspace.remove());

const applied = (): number => appliedPlans(workspace);

test("deploy applies nothing where what cannot be had again was not named, and says how it is", async () => {
  const { status, stdout, stderr } = await workspace.run("deploy", "dev", "--auto-approve");
  expect(status).toBe(1);
  expect(stdout).toContain(
    "dev-networking  1 to add, 0 to change, 2 to destroy\n  -/+ aws_vpc.network (cidr_block forces it)\n" +
      "    - aws_instance.web\n  !! aws_vpc.network is replaced: ",
  );
  expect(stderr).toContain('(network.cidr was "10.10.0.0/23" and is "10.20.0.0/23")\n');
  expect(stderr).toMatch(
    /\naws_instance\.web is destroyed: its disk goes \(instances\.web is not in the settings any more\)\nthis is applied only where each is named: npm run deploy -- dev --auto-approve --replace aws_vpc\.network --replace aws_instance\.web\n$/,
  );
  const half = await workspace.run("deploy", "dev", "--auto-approve", "--replace", "aws_vpc.network");
  expect(half.status).toBe(1);
  expect(half.stderr).toMatch(/^aws_instance\.web is destroyed/m);
  expect(half.stderr).not.toMatch(/^aws_vpc\.network is replaced/m);
  expect(half.stderr).toContain(" --replace aws_vpc.network --replace aws_instance.web\n");
  expect(applied()).toBe(0);
});

test("deploy applies it where everything was named", async () => {
  expect(await workspace.run("deploy", "dev", "--auto-approve", ...BOTH)).toMatchObject({ status: 0 });
  expect(applied()).toBe(2);
});

test("plan marks it, and the command that follows names it; apply asks for the names too", async () => {
  const { stdout } = await workspace.run("plan", "dev");
  expect(stdout).toMatch(
    /\n {2}!! aws_vpc\.network is replaced: .*\n {2}!! aws_instance\.web is destroyed: /,
  );
  expect(stdout).toContain(
    "\nWhat is marked with !! goes, with what it holds. If that is meant:\n" +
      "next:  npm run apply -- dev --replace aws_vpc.network --replace aws_instance.web",
  );
  const refused = await workspace.run("apply", "dev");
  expect(refused.status).toBe(1);
  expect(refused.stderr).toMatch(
    /\nthis is applied only where each is named: npm run apply -- dev --replace aws_vpc\.network /,
  );
  expect(applied()).toBe(0);
  expect(await workspace.run("apply", "dev", ...BOTH)).toMatchObject({ status: 0 });
  expect(applied()).toBeGreaterThan(0);
});
