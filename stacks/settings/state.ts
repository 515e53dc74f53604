import { z } from "zod";
import { bucketName } from "../../modules/facts/archive";
import { arnForm, arnPattern } from "../../modules/facts/arn";
import { form } from "../../modules/facts/bound";
import { KEY_ID } from "../../modules/facts/instance-limits";
import { problem } from "../../modules/facts/refusal";
import { choice, region, roleArn, section, text } from "./section";

/** A key by ARN, by id, or by its alias's ARN, as the S3 backend takes it. */
const KEY = arnForm(
  `(${arnPattern("kms", `(key\\/(${KEY_ID})|alias\\/[\\w/-]+)`)}|${KEY_ID})`,
  "the ARN or id of a KMS key",
  "copy it from the key's page",
);

const PREFIX = form(
  /^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/,
  "a prefix of letters, digits, _ . - and inner slashes, such as session-manager",
  "name it after the project",
);

const PROFILE = form(
  /^[A-Za-z0-9_.@:/-]{1,128}$/,
  "the name of a profile in ~/.aws/config",
  "name it without blanks or brackets",
);

const ORGANIZATION = form(
  /^[A-Za-z0-9_-]{1,40}$/,
  "the name of an organization: letters, digits, _ and -",
  "copy it from the organization's page",
);

const HOSTNAME = form(
  /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d+)?$/,
  "a host name such as terraform.example.com",
  "leave out https:// and any path",
);

/** The host where none is named. */
const HCP_TERRAFORM = "app.terraform.io";

const PROJECT = form(
  /^[A-Za-z0-9_ -]{3,40}$/,
  "the name of a project: 3 to 40 letters, digits, blanks, _ and -",
  "copy it from the project's page",
);

const WORKSPACE_PREFIX = form(
  /^[A-Za-z0-9_-]{1,40}$/,
  "letters, digits, _ and -, up to 40",
  "name it after the project",
);

const local = section({
  /** State in files, in the folder `state` beside cdktf.out. For one person on one machine. */
  backend: z.literal("local"),
});

const s3 = section({
  /** State in an S3 bucket, encrypted, with a lock file beside each state. */
  backend: z.literal("s3"),
  /** The bucket, which must exist. Switch its versioning on: it is the way back from a damaged state. */
  bucket: text(bucketName("name a bucket that exists already")),
  /** Region of the bucket. */
  region: region(),
  /** What every key in the bucket begins with, so that projects can share it: `<prefix>/<stack>.tfstate`. */
  prefix: text(PREFIX),
  /** KMS key that encrypts the state. Default: the bucket's own encryption. */
  kmsKeyId: text(KEY).optional(),
  /** Role that reads and writes the state. Default: the credentials in use. */
  assumeRoleArn: roleArn().optional(),
  /** Profile of the AWS configuration that reads and writes the state. Default: the one in use. */
  profile: text(PROFILE).optional(),
});

const cloud = section({
  /** State, and runs if you want, in HCP Terraform or Terraform Enterprise: one workspace per stack. */
  backend: z.literal("cloud"),
  /** Organization. */
  organization: text(ORGANIZATION),
  /** Host of Terraform Enterprise. Default: HCP Terraform, app.terraform.io. */
  hostname: text(HOSTNAME)
    // Said aloud it would be another backend to Terraform, with a state of its own.
    .transform((host) => (host === HCP_TERRAFORM ? undefined : host))
    .optional(),
  /** Project that new workspaces are put into. Default: the organization's default project. */
  project: text(PROJECT).optional(),
  /** What every workspace is called: `<workspacePrefix>-<stack>`. */
  workspacePrefix: text(WORKSPACE_PREFIX),
});

const BACKENDS = ["local", "s3", "cloud"] as const;

/** Where the state of an environment's stacks is kept. */
export const stateSettings = z
  .discriminatedUnion("backend", [local, s3, cloud], {
    error: (issue) =>
      issue.code === "invalid_union"
        ? choiceMessage((issue.input as { backend?: unknown }).backend)
        : problem('{ backend: "local" }, or "s3" or "cloud" with their settings', "write { ... }"),
  })
  .default({ backend: "local" });

/** Where the state of an environment's stacks is kept, as validated. */
export type StateSettings = z.output<typeof stateSettings>;

function choiceMessage(given: unknown): string {
  const result = choice(BACKENDS).safeParse(given);
  return result.error?.issues[0]?.message ?? "";
}
