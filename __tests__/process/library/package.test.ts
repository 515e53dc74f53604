import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { StackJson } from "../../support/synth";

const ROOT = resolve(__dirname, "../../..");
const EXAMPLES = readdirSync(join(ROOT, "examples")).map((file) => file.replace(/\.ts$/, ""));

interface Manifest {
  readonly version: string;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
}

const own = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;

/** Packages of which an app has one: those of the library that the project itself is written with. */
const PEERS = Object.keys(own.peerDependencies).filter((name) => name in own.devDependencies);

// Packages are installed, from npm's cache where they are in it.
jest.setTimeout(300_000);

/** A project that is not ours: what is packed is all it has of this one. */
describe("the packed library", () => {
  let folder: string;
  let packed: string[];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "stranger-"));
    const [result] = JSON.parse(run(ROOT, "npm", "pack", "--json", "--pack-destination", folder)) as {
      filename: string;
      files: { path: string }[];
    }[];
    packed = result?.files.map(({ path }) => path) ?? [];
    const pinned = (...names: string[]) =>
      Object.fromEntries(names.map((name) => [name, own.devDependencies[name]]));
    const manifest = {
      name: "stranger",
      private: true,
      dependencies: {
        ...pinned(...PEERS),
        "cdktf-session-manager": `file:${result?.filename}`,
      },
      devDependencies: pinned("typescript", "@types/node"),
    };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    // As the template of the cdktf CLI has it.
    const compilerOptions = {
      target: "ES2020",
      module: "CommonJS",
      moduleResolution: "node",
      lib: ["es2020"],
      strict: true,
      noUnusedLocals: true,
      skipLibCheck: true,
      outDir: "out",
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
    mkdirSync(join(folder, "src"));
    for (const example of EXAMPLES) {
      cpSync(join(ROOT, "examples", `${example}.ts`), join(folder, "src", `${example}.ts`));
    }
    run(folder, "npm", "install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error");
    run(folder, "npx", "--no-install", "tsc");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("has the constructs, compiled and typed, and nothing else of the project", () => {
    const others = packed.filter(
      (path) => !/^dist\/(cdktn\/)?((facts|private|rules)\/)?[\w-]+(\.js|\.d\.ts)$/.test(path),
    );
    expect(others.sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
    const modules = readdirSync(join(ROOT, "modules"), { recursive: true })
      .map(String)
      .filter((path) => path.endsWith(".ts"));
    for (const module of modules.flatMap((one) => [one, `cdktn/${one}`])) {
      expect(packed).toContain(`dist/${module.replace(/\.ts$/, ".js")}`);
      expect(packed).toContain(`dist/${module.replace(/\.ts$/, ".d.ts")}`);
    }
    expect(packed).toHaveLength(others.length + 4 * modules.length);
  });

  test("brings what the constructs import, and the peers of whoever uses it", () => {
    const imported = new Set(
      readdirSync(join(ROOT, "modules"), { recursive: true })
        .map(String)
        .filter((path) => path.endsWith(".ts"))
        .flatMap((path) => [
          ...readFileSync(join(ROOT, "modules", path), "utf8").matchAll(/from "([^".][^"]*)"/g),
        ])
        .map(([, name = ""]) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? "")
        .filter((name) => !name.startsWith("node:")),
    );
    expect([...imported].sort()).toEqual([...Object.keys(own.dependencies), ...PEERS].sort());
    // One copy: with two, aspects and types would not know each other.
    const library = PEERS.find((name) => /^cdkt[fn]$/.test(name)) ?? "";
    const copies = run(folder, "npm", "ls", "--all", library).matchAll(/(cdkt[fn])@0\.\d+\.\d+(?! deduped)/g);
    expect([...copies].map(([, name]) => name)).toEqual([library]);
  });

  test("type-checks where the types of libraries are checked too", () => {
    run(folder, "npx", "--no-install", "tsc", "--noEmit", "--skipLibCheck", "false", "--types", "node");
  });

  test("cannot be reached behind its front door", () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ["-e", 'require("cdktf-session-manager/dist/cidr")'],
      { cwd: folder, encoding: "utf8" },
    );
    expect(status).toBe(1);
    expect(stderr).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  /** What an example synthesizes: every stack. */
  const synthesize = (example: string): Record<string, StackJson> => {
    const outdir = join(folder, `${example}.out`);
    run(folder, process.execPath, `out/${example}.js`, { CDKTF_OUTDIR: outdir });
    return Object.fromEntries(
      readdirSync(join(outdir, "stacks")).map((stack) => [
        stack,
        new StackJson(
          JSON.parse(readFileSync(join(outdir, "stacks", stack, "cdk.tf.json"), "utf8")) as object,
        ),
      ]),
    );
  };

  test("makes an instance reachable in a stack that is there already", () => {
    expect(synthesize("three-lines").orders?.inventory()).toEqual({
      aws_iam_instance_profile: 1,
      aws_iam_policy: 1,
      aws_iam_role: 1,
      aws_iam_role_policy: 1,
      aws_iam_role_policy_attachment: 1,
      aws_instance: 1,
      aws_security_group: 2,
      aws_subnet: 1,
      aws_vpc: 1,
      aws_vpc_endpoint: 2,
      aws_vpc_security_group_egress_rule: 1,
      aws_vpc_security_group_ingress_rule: 1,
      terraform_data: 1,
    });
  });

  test("makes an instance in a VPC that others look after", () => {
    expect(synthesize("existing-vpc").reports?.inventory()).toEqual({
      aws_iam_instance_profile: 1,
      aws_iam_policy: 1,
      aws_iam_role: 1,
      aws_iam_role_policy: 1,
      aws_iam_role_policy_attachment: 1,
      aws_instance: 1,
      aws_security_group: 1,
      aws_vpc_security_group_egress_rule: 1,
      terraform_data: 1,
    });
  });

  test("makes many environments", () => {
    const { dev, prod } = synthesize("many-environments");
    expect(dev?.inventory()).toEqual({
      aws_cloudwatch_event_rule: 1,
      aws_cloudwatch_event_target: 1,
      aws_cloudwatch_log_group: 1,
      aws_cloudwatch_log_metric_filter: 2,
      aws_cloudwatch_metric_alarm: 2,
      aws_default_security_group: 1,
      aws_iam_instance_profile: 1,
      aws_iam_policy: 3,
      aws_iam_role: 1,
      aws_iam_role_policy: 2,
      aws_iam_role_policy_attachment: 1,
      aws_instance: 1,
      aws_kms_alias: 1,
      aws_kms_key: 1,
      aws_route_table: 1,
      aws_route_table_association: 2,
      aws_security_group: 2,
      aws_sns_topic: 1,
      aws_sns_topic_policy: 1,
      aws_ssm_document: 1,
      aws_subnet: 2,
      aws_vpc: 1,
      aws_vpc_endpoint: 4,
      aws_vpc_security_group_egress_rule: 1,
      aws_vpc_security_group_ingress_rule: 1,
      terraform_data: 2,
    });
    expect(prod?.inventory()).toEqual({ ...dev?.inventory(), aws_instance: 2, terraform_data: 4 });
  });

  test.each(EXAMPLES)("%s: instances boot once the endpoints beside them are there", (example) => {
    for (const stack of Object.values(synthesize(example))) {
      const ways = ["aws_vpc_endpoint", "aws_vpc_security_group_ingress_rule"].flatMap((type) =>
        Object.keys(stack.resources(type)).map((name) => `${type}.${name}`),
      );
      const instances = Object.values(stack.resources("aws_instance"));
      expect(instances.length).toBeGreaterThan(0);
      instances.forEach(({ depends_on }) => expect(depends_on).toEqual(expect.arrayContaining(ways)));
    }
  });

  test("every example is tried", () => {
    expect(EXAMPLES.sort()).toEqual(["existing-vpc", "many-environments", "three-lines"]);
  });

  test("says what is wrong with props, without the library's own files in it", () => {
    writeFileSync(
      join(folder, "wrong.js"),
      `const { App, TerraformStack } = require("cdktf");
       const { IsolatedNetwork } = require("cdktf-session-manager");
       const stack = new TerraformStack(new App(), "dev");
       try {
         new IsolatedNetwork(stack, "network", { name: "dev", region: "eu-central-1", cidr: "8.8.0.0/16", availabilityZones: 9, endpointServices: [] });
       } catch ({ message }) {
         console.log(message);
       }`,
    );
    expect(run(folder, process.execPath, "wrong.js")).toBe(
      '[dev/network] cidr: got "8.8.0.0/16"; allowed: a private block, inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10; choose one, such as "10.10.0.0/23"\n' +
        "[dev/network] availabilityZones: got 9; allowed: a whole number of zones from 1 to 6; two are enough for most environments\n",
    );
  });
});

/** Runs a program that has to end well: what it writes. */
function run(cwd: string, program: string, ...rest: (string | NodeJS.ProcessEnv)[]): string {
  const args = rest.filter((one) => typeof one === "string");
  const env = Object.assign({ ...process.env }, ...rest.filter((one) => typeof one === "object")) as object;
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8", env: { ...env } });
  if (status !== 0) {
    throw new Error(`${program} ${args.join(" ")}: ${stdout}${stderr}`);
  }
  return stdout;
}
