import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LOCK_FILE, lockOf, lockedProviders } from "../../../../stacks/provider-lock";
import { lockFile, writeMirror } from "../../../support/lock-file";
import { copyProject, runIn } from "../../../support/project";
import { describeTerraform } from "../../../support/terraform";

const AWS = "registry.terraform.io/hashicorp/aws";
const OPENTOFU_AWS = "registry.opentofu.org/hashicorp/aws";
const PLATFORMS = ["darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64", "windows_amd64"];

// Each synthesizes the project, and runs Terraform, a few times.
jest.setTimeout(60_000);

const project = copyProject();
const file = join(project, LOCK_FILE);
const stacks = join(project, "cdktf.out/stacks");
const mirror = join(project, "mirror");
const configuration = join(project, "terraformrc");

// The provider of these tests must not come into the cache that other tests take theirs from.
const run = (folder: string, command: string, env?: NodeJS.ProcessEnv) =>
  runIn(folder, command, { TF_PLUGIN_CACHE_DIR: undefined, TF_CLI_CONFIG_FILE: undefined, ...env });
const start = (env?: NodeJS.ProcessEnv) => run(project, "npm start --silent", env);
const lock = (args = "", env?: NodeJS.ProcessEnv) => run(project, `npm run --silent lock -- ${args}`, env);
/** Where the mirror alone has providers. */
const init = (stack: string, program: string) =>
  run(join(stacks, stack), `${program} init -backend=false -lockfile=readonly -no-color`, {
    TF_CLI_CONFIG_FILE: configuration,
  });

let pinned: string;
beforeAll(() => {
  expect(start().status).toBe(0);
  const json = JSON.parse(readFileSync(join(stacks, "dev-networking/cdk.tf.json"), "utf8")) as {
    terraform: { required_providers: { aws: { version: string } } };
  };
  pinned = json.terraform.required_providers.aws.version;
  writeMirror(mirror, pinned, PLATFORMS);
  writeFileSync(
    configuration,
    `provider_installation {\n  filesystem_mirror {\n    path = "${mirror}"\n  }\n}\n`,
  );
});

beforeEach(() => {
  rmSync(file, { force: true });
  rmSync(join(project, "cdktf.out"), { recursive: true });
  mkdirSync(stacks, { recursive: true });
});

const copies = () => readdirSync(stacks).filter((stack) => existsSync(join(stacks, stack, LOCK_FILE)));

const copyOf = (stack: string) => readFileSync(join(stacks, stack, LOCK_FILE), "utf8");

const there = (program: string): boolean => spawnSync(program, ["version"]).status === 0;

const PROGRAMS = [
  ["terraform", AWS],
  ["tofu", OPENTOFU_AWS],
] as const;

describe.each(PROGRAMS)("npm run lock, with %s", (program, address) => {
  const testReal = there(program) ? test : test.skip;
  if (!there(program)) {
    process.stderr.write(`skipped: npm run lock: there is no ${program} on the PATH\n`);
  }
  const env = { TERRAFORM_BINARY_NAME: program };
  const [other = ""] = [AWS, OPENTOFU_AWS].filter((one) => one !== address);
  const next = "next:  npm start, and commit the file\n";

  testReal("keeps checksums for every platform, by which init takes a provider and refuses another", () => {
    writeFileSync(file, lockFile({ [other]: pinned }));
    expect(lock("-fs-mirror=mirror", env)).toEqual({
      status: 0,
      stdout: [OPENTOFU_AWS, AWS].map((one) => `${LOCK_FILE} has ${one} ${pinned}\n`).join("") + next,
      stderr: "fetching providers, to take their checksums\n",
    });
    const text = readFileSync(file, "utf8");
    expect(text.match(/"h1:[\w+/]{43}="/g)).toHaveLength(PLATFORMS.length + 1);

    expect(start(env)).toMatchObject({ status: 0, stderr: "" });
    expect(copies()).toEqual(readdirSync(stacks));
    const own = lockOf(text, new Map([[address, new Set([pinned])]]));
    expect(copies().map(copyOf)).toEqual(copies().map(() => own));
    // Read-only: init has nothing to write that is not in it, and nothing to take away.
    expect(init("dev-networking", program)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(
        "Reusing previous version of hashicorp/aws from the dependency lock file",
      ),
    });
    expect(copyOf("dev-networking")).toBe(own);

    for (const platform of PLATFORMS) {
      const folder = join(mirror, address, pinned, platform);
      readdirSync(folder).forEach((name) => writeFileSync(join(folder, name), "another provider"));
    }
    const refused = init("dev-instances", program);
    writeMirror(mirror, pinned, PLATFORMS);
    expect(refused.status).toBe(1);
    expect(refused.stderr.replace(/[│\s]+/g, " ")).toContain("doesn't match any of the checksums");
  });

  testReal("starts anew from a file of another version", () => {
    writeFileSync(file, lockFile({ [OPENTOFU_AWS]: "1.0.0", [AWS]: "1.0.0" }));
    expect(lock("-fs-mirror=mirror", env).stdout).toBe(
      `${LOCK_FILE} has ${address} ${pinned}\n${LOCK_FILE} no longer has ${other} 1.0.0\n${next}`,
    );
    expect(lockedProviders(readFileSync(file, "utf8"))).toEqual([{ address, version: pinned }]);
  });
});

describeTerraform("npm run lock", () => {
  test("says which platforms a mirror lacks, and writes nothing", () => {
    const small = join(project, "small");
    writeMirror(small, pinned, ["linux_amd64"]);
    expect(lock("-fs-mirror=small")).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(
        / is not available for linux_arm64: name the platforms there are, such as npm run lock -- -platform=linux_amd64\n$/,
      ),
    });
    expect(existsSync(file)).toBe(false);
    // Terraform takes a value after = and as the next argument.
    for (const args of ["-fs-mirror=small -platform=linux_amd64", "-fs-mirror small -platform linux_amd64"]) {
      rmSync(file, { force: true });
      expect(lock(args).status).toBe(0);
      expect(readFileSync(file, "utf8").match(/"h1:/g)).toHaveLength(1);
    }
  });

  test.each([
    ["-fs-miror=mirror", "no option -fs-miror; npm run lock -- --help"],
    ["-fs-mirror=nowhere", expect.stringContaining("nowhere: no such file or directory")],
    ["-platform=amiga", expect.stringMatching(/^Invalid target platform The string "amiga" given/)],
    ["-net-mirror=https://127.0.0.1:9/", expect.stringMatching(/ connection refused$/)],
  ])("refuses %s in a line, and keeps the file there was", (args, reason) => {
    const before = lockFile({ [AWS]: pinned });
    writeFileSync(file, before);
    const { status, stdout, stderr } = lock(args);
    const [doing, said = "", ...more] = stderr.split("\n");
    expect({ status, stdout, doing, more }).toEqual({
      status: 1,
      stdout: "",
      doing: "fetching providers, to take their checksums",
      more: [""],
    });
    expect(said.replace(`${LOCK_FILE} is not written: `, "")).toEqual(reason);
    expect(readFileSync(file, "utf8")).toBe(before);
  });
});

test("npm start says of a lock file of another version what to do, and goes on without", () => {
  writeFileSync(file, lockFile({ [AWS]: "1.0.0" }));
  expect(start({ TERRAFORM_BINARY_NAME: undefined })).toEqual({
    status: 0,
    stdout: expect.stringContaining("next:  npm run deploy -- dev"),
    stderr:
      `${LOCK_FILE} has ${AWS} 1.0.0, and the stacks require ${pinned}: ` +
      "init verifies no checksums until npm run lock has fetched them\n",
  });
  expect(copies()).toEqual([]);
});

describe("with a program that is none", () => {
  const programs = join(project, "programs");
  const path = `${programs}:${process.env.PATH}`;
  /** A program that says this, and fails; what it was given is kept beside it. */
  const failing = (said: string) => {
    mkdirSync(programs, { recursive: true });
    const script = `#!/bin/sh\nls > "${project}/given"; cat main.tf.json >> "${project}/given"\ncat >&2 <<END\n${said}END\nexit 1\n`;
    writeFileSync(join(programs, "terraform"), script);
    chmodSync(join(programs, "terraform"), 0o755);
  };

  test("a registry that cannot be reached is told in a line, with the ways there are", () => {
    failing(UNREACHABLE);
    expect(lock("", { PATH: path, TERRAFORM_BINARY_NAME: "terraform", ENVIRONMENT: "recipe" })).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "fetching providers, to take their checksums\n" +
        `${LOCK_FILE} is not written: ${AWS}: could not connect to registry.terraform.io: failed to request discovery ` +
        'document: Get "https://registry.terraform.io/.well-known/terraform.json": dial tcp: lookup ' +
        "registry.terraform.io: no such host: let terraform reach its registry, or name a mirror, npm run lock -- " +
        "-fs-mirror=<folder>\n",
    });
    const [files = "", json = ""] = readFileSync(join(project, "given"), "utf8").split(/(?<=\n)(?=\{)/);
    expect(files).toBe("main.tf.json\n");
    expect(JSON.parse(json)).toEqual({
      terraform: { required_providers: { "provider-0": { source: AWS, version: pinned } } },
    });
  });

  test("what is wrong in the settings is told as at npm start", () => {
    const broken = join(project, "environments/broken.ts");
    writeFileSync(broken, "export default {};");
    const { status, stdout, stderr } = lock("", { PATH: path });
    const { stderr: expected } = start();
    rmSync(broken);
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: "", stderr: expected });
  });

  test("no program is told before anything is done", () => {
    expect(lock("", { TERRAFORM_BINARY_NAME: "no-terraform" })).toEqual({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(/^no no-terraform on the PATH: install Terraform/),
    });
  });
});

const UNREACHABLE = `╷
│ Error: Could not retrieve providers for locking
│
│ Terraform failed to fetch the requested providers for linux_amd64 in order to
│ calculate their checksums: some providers could not be installed:
│ - registry.terraform.io/hashicorp/aws: could not connect to
│ registry.terraform.io: failed to request discovery document: Get
│ "https://registry.terraform.io/.well-known/terraform.json": dial tcp: lookup
│ registry.terraform.io: no such host.
╵
`;
