import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { type ProcessResult, capture } from "../../cli/process/run";
import { addContractStacks } from "../support/contract-stacks";
import { HcpServer } from "../support/hcp-server";
import { BINARY, describeTerraform, terraformEnv } from "../support/terraform";

const NETWORKING = "session-manager-test-networking";
const INSTANCES = "session-manager-test-instances";

const missing = HcpServer.missing();
if (missing !== undefined) {
  process.stderr.write(`skipped: state in HCP Terraform: ${missing}\n`);
}
const describeHcp = missing === undefined ? describeTerraform : describe.skip;

jest.setTimeout(60_000);

describeHcp("stacks share state in HCP Terraform", () => {
  const hcp = new HcpServer();
  let project: string;
  beforeAll(() => hcp.start());
  afterAll(() => hcp.stop());
  beforeEach(() => {
    hcp.reset(NETWORKING, INSTANCES);
    project = mkdtempSync(join(tmpdir(), "hcp-"));
    writeFileSync(join(project, "terraformrc"), `credentials "${hcp.hostname}" { token = "${hcp.token}" }\n`);
  });
  afterEach(() => rmSync(project, { recursive: true }));

  /** Synthesizes both stacks. */
  const synthesize = (zones: readonly string[] = ["zone-1"], organization = hcp.organization): void => {
    const app = new App({ outdir: join(project, "cdktf.out") });
    const { hostname } = hcp;
    const state = { backend: "cloud", organization, hostname, workspacePrefix: "session-manager" } as const;
    addContractStacks(app, { state, zones, wanted: zones.at(-1) ?? "" });
    app.synth();
  };
  const run = (stack: string, ...args: string[]): Promise<ProcessResult> =>
    capture(BINARY, [...args, ...(args[0] === "state" ? [] : ["-no-color"])], {
      cwd: join(project, "cdktf.out/stacks", stack),
      env: {
        ...terraformEnv(),
        SSL_CERT_FILE: hcp.certificate,
        TF_CLI_CONFIG_FILE: join(project, "terraformrc"),
      },
    });
  const apply = async (stack: string): Promise<void> => {
    expect(await run(stack, "init")).toMatchObject({ status: 0 });
    expect(await run(stack, "apply", "-auto-approve")).toMatchObject({ status: 0 });
  };
  const outputs = async (stack: string): Promise<object> =>
    (JSON.parse((await run(stack, "state", "pull")).stdout) as { outputs: object }).outputs;
  const told = ({ stdout, stderr }: ProcessResult): string => `${stdout}${stderr}`.replace(/\s+/g, " ");

  test("what one publishes the other reads, and a second plan is empty", async () => {
    synthesize();
    await apply("test-networking");
    await apply("test-instances");
    expect(await outputs("test-instances")).toMatchObject({
      subnet: { value: "subnet-of-zone-1" },
      vpc: { value: "vpc-1" },
    });
    expect([hcp.versions(NETWORKING), hcp.versions(INSTANCES)]).toEqual([1, 1]);
    for (const stack of ["test-networking", "test-instances"]) {
      expect(await run(stack, "plan", "-detailed-exitcode")).toMatchObject({ status: 0 });
    }
  });

  test("a change of one is seen by the other, from wherever it is run", async () => {
    synthesize();
    await apply("test-networking");
    await apply("test-instances");
    rmSync(join(project, "cdktf.out"), { recursive: true });
    synthesize(["zone-1", "zone-2"]);
    await run("test-instances", "init");
    const early = await run("test-instances", "plan");
    expect(early.status).toBe(1);
    expect(told(early)).toContain(
      "test-networking does not publish zone-2 in subnet_ids yet: what is deployed is older than these settings, or " +
        "destroyed. Deploy test-networking first.",
    );
    await apply("test-networking");
    await apply("test-instances");
    expect(await outputs("test-instances")).toMatchObject({ subnet: { value: "subnet-of-zone-2" } });
  });

  test("workspaces that are not there are made under the names that the other stack knows", async () => {
    hcp.reset();
    synthesize();
    await apply("test-networking");
    await apply("test-instances");
    expect([hcp.versions(NETWORKING), hcp.versions(INSTANCES)]).toEqual([1, 1]);
  });

  test("a plan made too early names the stack to deploy first", async () => {
    synthesize();
    await run("test-instances", "init");
    const { status, ...said } = await run("test-instances", "plan");
    expect(status).toBe(1);
    expect(told({ status, ...said })).toMatch(
      /Error: Unable to find remote state .*with data\.terraform_remote_state\.test-networking/,
    );
  });

  test("a workspace that somebody has locked is left alone", async () => {
    synthesize();
    await apply("test-networking");
    hcp.lock(NETWORKING, "somebody");
    const result = await run("test-networking", "apply", "-auto-approve");
    expect(result.status).toBe(1);
    expect(told(result)).toContain("Error acquiring the state lock");
    expect(hcp.versions(NETWORKING)).toBe(1);
  });

  test("without a token it says how to get one, and without the organization which", async () => {
    synthesize();
    writeFileSync(join(project, "terraformrc"), "");
    const without = await run("test-networking", "init", "-input=false");
    expect(without.status).toBe(1);
    expect(told(without)).toMatch(
      /Error: Required token could not be found Run the following command to generate a token for localhost:\d+: (terraform|tofu) login localhost:/,
    );
    writeFileSync(join(project, "terraformrc"), `credentials "${hcp.hostname}" { token = "wrong" }\n`);
    expect(told(await run("test-networking", "init", "-input=false"))).toMatch(
      /API token for localhost:\d+ is valid|unauthorized/,
    );
    writeFileSync(join(project, "terraformrc"), `credentials "${hcp.hostname}" { token = "${hcp.token}" }\n`);
    synthesize(["zone-1"], "nobody");
    expect(told(await run("test-networking", "init", "-input=false"))).toContain(
      `organization "nobody" at host ${hcp.hostname} not found. Please ensure that the organization and hostname are correct`,
    );
  });
});
