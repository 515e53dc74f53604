import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEnvironments } from "../../stacks/settings/load";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "environments-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const GOOD = 'region: "eu-central-1", instances: { web: {} }';

function write(name: string, settings = GOOD): void {
  writeFileSync(join(folder, name), `export default { ${settings} };\n`);
}

/** The problems, without the folder's random name. */
function problems(selection?: string): string[] {
  const { environments, problems: found } = loadEnvironments(folder, selection);
  expect(environments).toEqual(found.length > 0 ? [] : environments);
  return found.map((line) => line.replaceAll(/environments-\w+\//g, ""));
}

test("every TypeScript file is an environment, in the order of their names", () => {
  write("prod.ts");
  write("dev.ts");
  writeFileSync(join(folder, "types.d.ts"), "export {};");
  writeFileSync(join(folder, "README.md"), "");
  const { environments, problems: found } = loadEnvironments(folder);
  expect(found).toEqual([]);
  expect(environments.map(({ name }) => name)).toEqual(["dev", "prod"]);
});

test("a folder without environments, or with files that would be left out, is said", () => {
  expect(problems()).toEqual([
    expect.stringMatching(/got no environment; allowed: a folder with a \.ts file for each; add one$/),
  ]);
  write("dev.ts");
  writeFileSync(join(folder, "prod.js"), "");
  writeFileSync(join(folder, "test.mts"), "");
  expect(problems()).toEqual([
    "prod.js: would be left out; allowed: files that end in .ts; rename or remove it",
    "test.mts: would be left out; allowed: files that end in .ts; rename or remove it",
  ]);
  expect(loadEnvironments(join(folder, "none")).problems).toEqual([
    expect.stringMatching(/^none: got no environment/),
  ]);
});

test("a file's name is a prefix like any other", () => {
  write("sg-prod.ts");
  expect(problems()).toEqual([
    expect.stringMatching(/^sg-prod\.ts: namePrefix: got "sg-prod"; .*not with sg-; .*rename the file/),
  ]);
});

test("a selection leaves the others unread", () => {
  write("dev.ts");
  write("prod.ts");
  write("broken.ts", "}{");
  expect(loadEnvironments(folder, " prod, dev ,").environments.map(({ name }) => name)).toEqual([
    "dev",
    "prod",
  ]);
});

test("all problems of all files come together, each with its file", () => {
  write("dev.ts", 'region: "Frankfurt", instances: { web: { hopLimit: 65 } }');
  write("prod.ts", 'region: "eu-central-1"');
  expect(problems()).toEqual([
    expect.stringMatching(/^dev\.ts: region: got "Frankfurt"; allowed: /),
    expect.stringMatching(/^dev\.ts: instances\.web\.hopLimit: got 65; allowed: /),
    expect.stringMatching(/^prod\.ts: instances: got nothing; allowed: /),
  ]);
});

test("an unknown environment is named with the likely one", () => {
  write("dev.ts");
  write("recipe.ts");
  expect(problems("recip,prod")).toEqual([
    'ENVIRONMENT: got "recip"; allowed: dev, recipe; did you mean recipe?',
    'ENVIRONMENT: got "prod"; allowed: dev, recipe; choose among these',
  ]);
});

test("a file that cannot be run is named with its reason, without a stack trace", () => {
  writeFileSync(join(folder, "syntax.ts"), "export default {");
  writeFileSync(join(folder, "throws.ts"), 'throw new Error("no network\\nand more");');
  writeFileSync(join(folder, "without.ts"), "export const environment = {};");
  expect(problems()).toEqual([
    expect.stringMatching(
      /^syntax\.ts: cannot be read: .*; allowed: a TypeScript file that can be run; mend the file$/,
    ),
    "throws.ts: cannot be read: no network; allowed: a TypeScript file that can be run; mend the file",
    "without.ts: got none; allowed: a default export; end the file with: export default environment;",
  ]);
});

test.each(["Dev.ts", "my env.ts", "1st.ts", "eu.west.ts", `${"x".repeat(33)}.ts`])(
  "%s is no name for stacks",
  (name) => {
    write(name);
    expect(problems()).toEqual([
      expect.stringMatching(/allowed: a file name of 1 to 32 lower-case letters.*rename the file/),
    ]);
  },
);

describe("two environments", () => {
  const cloud = (prefix: string) =>
    `${GOOD}, state: { backend: "cloud", organization: "acme", workspacePrefix: "${prefix}" }`;

  test("must not share a workspace", () => {
    write("eu-dev.ts", cloud("ssm"));
    write("dev.ts", cloud("ssm-eu"));
    expect(problems()).toEqual(
      ["networking", "sessions", "instances"].map((layer) =>
        expect.stringMatching(
          `^eu-dev.ts: state: got "app.terraform.io/acme/ssm-eu-dev-${layer}", the state of dev.ts too; allowed: .*another workspacePrefix`,
        ),
      ),
    );
  });

  test("may share a prefix", () => {
    write("dev.ts", cloud("ssm"));
    write("prod.ts", cloud("ssm"));
    expect(problems()).toEqual([]);
  });

  test.each([
    ["role", 'iam: { roleName: "Name" }', 'iam: { roleName: "NAME" }'],
    ["profile", 'iam: { instanceProfileName: "Name" }', 'iam: { instanceProfileName: "name" }'],
    [
      "role",
      "network: { flowLogs: { retentionDays: 1 } }",
      'iam: { roleName: "dev-flow-logs-eu-central-1" }',
    ],
    [
      "account's preferences",
      'sessions: { adoptAccountPreferences: "create" }',
      'sessions: { adoptAccountPreferences: "import" }',
    ],
    [
      "operators' policies",
      'sessions: {}, namePrefix: "x", iam: { roleName: "a", instanceProfileName: "a" }',
      'sessions: {}, namePrefix: "x"',
    ],
    [
      "operators' policies",
      'sessions: {}, namePrefix: "x", iam: { roleName: "a", instanceProfileName: "a" }, region: "eu-west-1"',
      'sessions: {}, namePrefix: "x"',
    ],
  ])("must not share a %s in one account: %s and %s", (what, one, other) => {
    write("dev.ts", `${GOOD}, ${one}`);
    write("prod.ts", `${GOOD}, ${other}`);
    expect(problems()).toEqual([
      expect.stringMatching(
        new RegExp(`^prod\\.ts: namePrefix and iam: got .*, the ${what} of dev\\.ts too; allowed: `),
      ),
    ]);
  });

  test("must not have a document that is another's tunnel", () => {
    const forward = 'forward: { db: { host: "db.internal", port: 5432, cidr: "10.9.0.0/24" } }';
    write("dev.ts", `${GOOD}, sessions: { ${forward} }`);
    write("dev-forward-db.ts", `${GOOD}, sessions: {}`);
    expect(problems()).toEqual([
      expect.stringMatching(
        /^dev-forward-db\.ts: namePrefix and iam: got "SessionManager-dev-forward-db in eu-central-1", the Session document of /,
      ),
    ]);
  });

  const ROLE = "arn:aws:iam::111122223333:role/deploy";
  test.each([
    ["the roles that deploy them are of different accounts", ROLE.replace("1111", "4444"), true],
    ["they are of one", ROLE, false],
    ["there is but one, as the other's account is not known before", undefined, false],
  ])("may share all names only if accounts surely differ: %s", (_, assumeRoleArn, good) => {
    const deployed = (arn?: string): string =>
      `${GOOD}, sessions: {}, namePrefix: "x"${arn === undefined ? "" : `, assumeRoleArn: "${arn}"`}`;
    write("dev.ts", deployed(ROLE));
    write("prod.ts", deployed(assumeRoleArn));
    expect(problems().length === 0).toBe(good);
  });

  test("may share a role's name in different accounts", () => {
    write("dev.ts", `${GOOD}, iam: { roleName: "Role" }, allowedAccountIds: ["111122223333"]`);
    write("prod.ts", `${GOOD}, iam: { roleName: "Role" }, allowedAccountIds: ["444455556666"]`);
    expect(problems()).toEqual([]);
  });

  const inVpc = (services: string, subnet = "subnet-01234567") =>
    `${GOOD}, network: { vpcId: "vpc-01234567", subnetIds: { "eu-central-1a": "${subnet}" }, endpoints: { ${services} } }`;

  test("must not make the same endpoint in one VPC", () => {
    write("dev.ts", inVpc("ec2Messages: false"));
    write("prod.ts", inVpc('ec2Messages: false, services: { ssm: "existing" }'));
    expect(problems()).toEqual([
      'prod.ts: network.endpoints.services: got "ssmmessages in vpc-01234567", the endpoint of dev.ts too; allowed: an endpoint that one environment makes; write "existing" for it in network.endpoints.services here, and deploy this one second',
    ]);
  });

  test("must not share the name of a security group in one VPC", () => {
    const services = 'services: { ssm: "existing", ssmmessages: "existing" }';
    const shared = `${inVpc(services)}, namePrefix: "x"`;
    write("dev.ts", shared);
    write("prod.ts", `${shared}, iam: { roleName: "a", instanceProfileName: "a" }`);
    expect(problems()).toEqual([
      expect.stringMatching(
        /^prod\.ts: namePrefix and iam: got "x-instances in vpc-01234567", the security group of dev\.ts too; /,
      ),
    ]);
  });

  test("may each make a way to S3, for subnets of their own", () => {
    const s3 = 's3Gateway: true, services: { ssm: "existing", ssmmessages: "existing" }';
    write("dev.ts", inVpc(s3));
    write("prod.ts", inVpc(s3, "subnet-89abcdef"));
    expect(problems()).toEqual([]);
    write("test.ts", inVpc(s3));
    expect(problems()).toEqual([
      expect.stringMatching(/^test\.ts: .*got "s3 in subnet-01234567", the endpoint of dev/),
    ]);
  });
});
