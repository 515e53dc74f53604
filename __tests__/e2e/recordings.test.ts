import { join } from "node:path";
import { capture } from "../../cli/process/run";
import { rehearsalEnv } from "../../cli/rehearsal/override";
import { type Inventory, added, takeInventory } from "../../cli/rehearsal/inventory";
import { terraformProgram } from "../../cli/terraform/program";
import type { Environment } from "../../stacks/settings/environment";
import { AwsProxy } from "../support/aws-proxy";
import { type CliResult, Workspace } from "../support/cli";
import { describeE2e } from "../support/deployment";
import { lastLines } from "../support/started-command";
import { MINIMAL } from "../support/synth";

const GOOD = { status: 0 };

// The rows of "Switch it off, or destroy it" in docs/recording.md, each with states that Terraform has written.
describeE2e("recordings", (moto) => {
  let workspace: Workspace;
  let empty: Inventory;
  beforeEach(async () => {
    await fetch(`${moto.url}/moto-api/reset`, { method: "POST" });
    workspace = new Workspace();
    workspace.write("cdktf.json", JSON.stringify({ app: "true" }));
    Object.assign(workspace.env, { AWS_ENDPOINT_URL: moto.url, AWS_MAX_ATTEMPTS: undefined });
    empty = await takeInventory(moto.url, MINIMAL.region);
  });
  afterEach(() => workspace.remove());

  const settings = (sessions: Environment["sessions"]): void =>
    workspace.synthesize({ dev: { ...MINIMAL, sessions } });
  const deploy = (...args: string[]): Promise<CliResult> =>
    workspace.runApart("deploy", "dev", "--auto-approve", ...args);
  const destroy = (): Promise<CliResult> => workspace.runApart("destroy", "dev", "--auto-approve");
  const there = async (...types: readonly string[]): Promise<string[]> =>
    Object.entries(added(await takeInventory(moto.url, MINIMAL.region), empty))
      .filter(([type, names]) => names.length > 0 && (types.length === 0 || types.includes(type)))
      .map(([type]) => type)
      .sort();
  const RECORDINGS = ["aws_cloudwatch_log_group", "aws_kms_key", "aws_s3_bucket"];

  test("stay where sessions are switched off, and where the rest is destroyed then", async () => {
    settings({ archive: {} });
    expect(await deploy()).toMatchObject(GOOD);
    settings(false);
    const refused = await deploy();
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("--replace aws_ssm_document.logging_document\n");
    expect(await deploy("--replace", "aws_ssm_document.logging_document")).toMatchObject(GOOD);
    expect(await there(...RECORDINGS)).toEqual(RECORDINGS);
    expect(await there("aws_ssm_document", "aws_cloudwatch_metric_alarm")).toEqual([]);
    const { status, stdout } = await destroy();
    expect(status).toBe(0);
    expect(stdout).toContain(
      "stays in AWS: log group, key and bucket of recordings, where an earlier deploy has left them\n",
    );
    expect(await there(...RECORDINGS)).toEqual(RECORDINGS);
    expect(await there("aws_vpc", "aws_instance")).toEqual([]);
  }, 600_000);

  test("are deleted by plain Terraform right after sessions: false", async () => {
    settings({});
    expect(await deploy()).toMatchObject(GOOD);
    settings(false);
    expect((await destroy()).stderr).toContain("would be destroyed with what is to stay in AWS");
    const cwd = join(workspace.folder, "cdktf.out/stacks/dev-sessions");
    const args = ["destroy", "-auto-approve", "-input=false"];
    expect(await capture(terraformProgram(), args, { cwd, env: rehearsalEnv(moto.url) })).toMatchObject(GOOD);
    expect(await there(...RECORDINGS)).toEqual([]);
  }, 600_000);

  test("go with the next destroy where one broke off in the middle of them", async () => {
    const proxy = new AwsProxy(() => moto.url);
    await proxy.start();
    workspace.env.AWS_ENDPOINT_URL = proxy.url;
    settings({ recordings: "delete" });
    expect(await deploy()).toMatchObject(GOOD);
    // As IAM refuses while a policy is attached to somebody.
    proxy.before = ({ action }) =>
      action === "Logs_20140328.DeleteLogGroup"
        ? { status: 400, type: "application/x-amz-json-1.1", body: '{"__type":"AccessDeniedException"}' }
        : undefined;
    const refused = await destroy();
    expect(refused.status).toBe(1);
    expect(lastLines(refused.stderr)).toEqual([
      "done: dev-instances, dev-networking; in part: dev-sessions; not begun: nothing",
      "to go on: npm run destroy -- dev",
    ]);
    proxy.before = () => undefined;
    expect(await destroy()).toMatchObject(GOOD);
    proxy.stop();
    expect(await there()).toEqual([]);
  }, 600_000);

  test("stay in a bucket that is no longer asked for; a stack that is no longer synthesized is not left behind", async () => {
    settings({ archive: {} });
    expect(await deploy()).toMatchObject(GOOD);
    settings({});
    const forgotten = await deploy();
    expect(forgotten).toMatchObject(GOOD);
    expect(await there("aws_s3_bucket")).toEqual(["aws_s3_bucket"]);
    expect(workspace.read("state/dev-sessions.tfstate")).not.toContain('"type": "aws_s3_bucket"');
    settings(undefined);
    const { status, stderr } = await destroy();
    expect(status).toBe(1);
    expect(stderr).toContain("dev-sessions is deployed, and the settings no longer have sessions: ");
    expect(await there("aws_vpc")).toEqual(["aws_vpc"]);
  }, 600_000);
});
