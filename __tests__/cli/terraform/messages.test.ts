import { resolve } from "node:path";
import { isInitNeeded, isLookupAlone, terraformLock, whyFailed } from "../../../cli/terraform/messages";
import { plainStack } from "../../support/plain-stack";

const LOCKED = `\u001b[31m╷\u001b[0m
\u001b[31m│\u001b[0m \u001b[1mError: \u001b[0mError acquiring the state lock
│
│ Error message: resource temporarily unavailable
│ Lock Info:
│   ID:        f94b5e2d-8995-1b53-d5eb-040a7bab2ecd
│   Path:      ../s.tfstate
│   Operation: OperationTypeApply
│   Who:       ana@laptop
│   Version:   1.11.4
│   Created:   2026-11-24 04:14:03.645087084 +0000 UTC
│   Info:
╵
`;

test("who has locked a state is told in a line", () => {
  expect(terraformLock(LOCKED)).toBe(
    "its state is locked by ana@laptop since 2026-11-24 04:14:03 UTC (apply)",
  );
});

test("a lock that tells nothing of itself is a lock, and another error is none", () => {
  expect(terraformLock("\nError: Error acquiring the state lock\n\nError message: 423\n")).toBe(
    "its state is locked by somebody",
  );
  expect(terraformLock("\nError: Invalid reference\n\n  Who: nobody\n")).toBeUndefined();
});

describe("whether a folder is to be initialized", () => {
  const needed = (status: number, stdout: string, stderr = ""): boolean =>
    isInitNeeded({ status, stdout, stderr });

  test.each([
    'Backend initialization required, please run "terraform init"',
    'Backend initialization required: please run "tofu init"',
    'HCP Terraform or Terraform Enterprise initialization required: please run "terraform init"',
    'Terraform Cloud initialization required: please run "terraform init"',
    "Inconsistent dependency lock file",
    "Required plugins are not installed",
    "Missing required provider",
    "Module not installed",
    "Module source has changed",
  ])("%s", (summary) => {
    expect(
      needed(1, "", `\u001b[31m│\u001b[0m \u001b[1m\u001b[31mError: \u001b[0m\u001b[0m\u001b[1m${summary}\n`),
    ).toBe(true);
    expect(needed(1, JSON.stringify({ "@level": "error", "@message": `Error: ${summary}` }))).toBe(true);
  });

  test("no other failure, nor a plan that succeeds, whatever values it has", () => {
    expect(needed(1, "", "Error: Invalid reference\n")).toBe(false);
    expect(needed(1, '+ note = "Module not installed"\nError: creating EC2 Instance: denied\n')).toBe(false);
    expect(needed(2, "Error: Inconsistent dependency lock file")).toBe(false);
    expect(needed(0, "Error: Inconsistent dependency lock file")).toBe(false);
  });
});

describe("why something was not done", () => {
  const stack = { ...plainStack("dev-sessions", resolve("cdktf.out/stacks/dev-sessions"), "eu-central-1") };
  const why = (summary: string, detail = ""): string =>
    whyFailed(
      { ...stack, terraform: { required_version: ">= 1.7" } },
      `\n│ Error: ${summary}\n│ \n│ ${detail}\n`,
    );
  const terraform = "terraform -chdir=cdktf.out/stacks/dev-sessions";

  test.each([
    [
      "what was not made completely is to be kept",
      "Instance cannot be destroyed",
      "Resource aws_kms_key.logging_key has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed.",
      `${terraform} untaint aws_kms_key.logging_key (docs/recovery.md, step 4)`,
    ],
    [
      "a state that was not saved is to be pushed",
      "Failed to save state",
      "Error saving state: denied",
      `${terraform} state push errored.tfstate && rm cdktf.out/stacks/dev-sessions/errored.tfstate (docs/recovery.md, step 5)`,
    ],
    [
      "what is there already leads to its steps",
      "creating IAM Role (dev-instances): EntityAlreadyExists: Role with name dev-instances already exists.",
      "",
      "docs/recovery.md, steps 3 and 7, and docs/recording.md",
    ],
    [
      "a Terraform that is too old is told with the version that is needed",
      "Unsupported Terraform Core version",
      "This configuration does not support Terraform version 1.5.7. To proceed, either choose another supported version",
      "terraform is 1.5.7, and this needs 1.7 or later: https://developer.hashicorp.com/terraform/install",
    ],
    [
      "a state that is kept elsewhere now is to be taken there",
      "Backend configuration changed",
      "A change in the backend configuration has been detected",
      `${terraform} init -migrate-state (docs/state.md)`,
    ],
    [
      "a damaged state is not locked by anybody",
      "Error acquiring the state lock",
      "unexpected EOF",
      "unexpected EOF",
    ],
  ])("%s", (_what, summary, detail, advice) => {
    expect(why(summary, detail)).toContain(advice);
  });
});

test.each([
  ["an image that is gone", ["data.aws_ami.image_ami-0123456789abcdef0"], true],
  ["an image and a key", ["data.aws_ami.image_ami-0123456789abcdef0", "data.aws_kms_key.key_1a2b"], true],
  ["the state of another stack", ["data.terraform_remote_state.dev-networking"], false],
  ["a resource beside an image", ["data.aws_ami.image_ami-0123456789abcdef0", "aws_instance.web"], false],
  ["the provider", ['provider["registry.terraform.io/hashicorp/aws"]'], false],
  ["nothing that it points at", [], false],
])("whether it failed with look-ups alone: %s", (_what, addresses, isAlone) => {
  const errors = addresses.map(
    (address) => `╷\n│ Error: not found\n│\n│   with ${address},\n│   on cdk.tf.json line 1\n╵`,
  );
  expect(isLookupAlone(errors.join("\n") || "Error: no credentials")).toBe(isAlone);
});

test("images that are not there are named, and no others that were read", () => {
  const output = (...images: string[]): string =>
    [
      "data.aws_ami.image_ami-00000000000000000: Read complete after 0s",
      ...images.flatMap((image) => [
        "Error: Your query returned no results. Please change your search criteria and try again.",
        `  with data.aws_ami.image_${image}[0],`,
      ]),
    ].join("\n");
  const why = (...images: string[]): string =>
    whyFailed(plainStack("dev-instances", ".", "eu-central-1"), output(...images));
  expect(why("ami-0123456789abcdef0")).toMatch(
    /^ami-0123456789abcdef0 is not there: an AMI id is of one Region, .* stays as it is, and nothing can be made from it$/,
  );
  expect(why("golden_1a2b3c4d", "ami-0123456789abcdef0")).toMatch(
    /^golden_1a2b3c4d, ami-0123456789abcdef0 are not there: /,
  );
});
