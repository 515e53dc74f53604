import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { addStacks } from "../../stacks";
import { loadEnvironments } from "../../stacks/settings/load";
import { MIXED } from "../support/existing-network";
import { settingsOf } from "../support/synth";
import { describeProvider, fitProvider, terraform } from "../support/terraform";

const outdir = join(mkdtempSync(join(tmpdir(), "validate-")), "cdktf.out");
const app = new App({ outdir });
const { environments } = loadEnvironments(join(__dirname, "../../environments"));
const everything = settingsOf(
  {
    region: "eu-central-1",
    network: {
      availabilityZones: ["eu-central-1a", "eu-central-1c"],
      endpoints: { s3Gateway: true },
      flowLogs: { retentionDays: 365 },
    },
    sessions: {
      archive: {},
      alertEmails: ["ops@example.com"],
      adoptAccountPreferences: "import",
      shellProfile: "echo ${HOME}",
      forward: { db: { host: "db.internal", port: 5432, cidr: "10.20.0.0/16" } },
    },
    instances: {
      web: {
        image: { amiId: "ami-0123456789abcdef0" },
        zone: "eu-central-1a",
        userData: "#!/bin/sh\necho ${HOME} %{x}",
        egress: [{ cidr: "10.0.0.0/8", ports: { from: 1, to: 2 }, description: "${x}" }],
      },
      db: { imageUpdates: "follow" },
    },
  },
  "everything",
);
[...environments, everything, settingsOf(MIXED, "existing")].forEach((environment) =>
  addStacks(app, environment),
);
app.synth();

afterAll(() => rmSync(join(outdir, ".."), { recursive: true }));

const VERSION = (
  JSON.parse(readFileSync(join(outdir, "stacks/dev-networking/cdk.tf.json"), "utf8")) as {
    terraform: { required_providers: { aws: { version: string } } };
  }
).terraform.required_providers.aws.version;

const stackFolder = (stack: string): string => join(outdir, "stacks", stack);

describeProvider("Terraform accepts what is synthesized", VERSION, () => {
  const stacks = ["dev", "everything", "existing", "recipe"].flatMap((name) => [
    `${name}-networking`,
    `${name}-instances`,
  ]);
  test.each([...stacks, "dev-sessions", "everything-sessions"])(
    "%s",
    (stack) => {
      expect(terraform(stackFolder(stack), "init")).toMatchObject({ status: 0 });
      if (stack.endsWith("-sessions")) {
        fitProvider(stackFolder(stack));
      }
      expect(terraform(stackFolder(stack), "validate")).toEqual({
        status: 0,
        output: expect.stringContaining("Success! The configuration is valid."),
      });
    },
    60_000,
  );
});
