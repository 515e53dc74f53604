import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Setting, allSettings } from "./read-settings";
import { changeRows } from "./setting-changes";

/** The page that lists settings. `npm run docs` writes it, and a test compares it. */
export function settingsPage(settings: readonly Setting[]): string {
  return `<!-- npm run docs writes this from stacks/settings: see docs/settings-page.ts. -->

# Settings

An environment is a file in \`environments/\`, and is named after it. It exports these settings. Only \`region\` and \`instances\` must be
set; what is "required" below them is so within its own group. A wrong value is refused before anything is written, and the message
says what is allowed. Credentials never belong in settings. \`ENVIRONMENT=dev,recipe npm start\` reads only those environments.

${table(
  ["Setting", "Default", "What it is"],
  settings
    .filter(({ path }) => !path.startsWith("state."))
    .map(({ path, fallback, what }) => [`\`${path}\``, fallback, what]),
)}

## What a change does to what is deployed

\`npm run plan -- dev\` and \`npm run diff -- dev\` say it of your change before it is done, and name what is lost.

${table(["What a change does", "Of which settings"], changeRows(settings))}

### Another name

The name of an instance is part of where Terraform finds it. Say what it was called, and it keeps its disk, its id and its address:

\`\`\`ts
instances: {
  frontend: { renamedFrom: "web" },
},
\`\`\`

The next plan moves the instance, and all that belongs to it alone, from \`web\` to \`frontend\`: nothing is destroyed, tags and
outputs change in place, and its own security group, where \`egress\` gives it one, keeps the name it has in AWS. Once every
environment with that file is deployed you can take \`renamedFrom\` out; left in, it does nothing. Deploy a rename by itself: a new
instance of the old name, two names that change places, and a row of renames take a deploy each. Whoever asks for \`web\` is told what
it is named now.

Without it, \`web\` would be destroyed with its disk, and \`frontend\` be made: that is applied only where \`web\` is named with
\`--replace\`. A file's name is that of its environment: [state.md](state.md#another-name-for-an-environment) says how to carry it
over.

## Good to know before you change them

- A default that is written out means the same as leaving the setting out, and so do an empty \`network\`, \`iam\` or \`rootVolume\`,
  and \`undefined\`. Only a \`zone\` is a choice once it is written: another one would replace the instance, and a calculated one
  never does.
- A subnet's block follows from its zone, so another zone changes no existing subnet. Choose once whether zones are counted or
  named: switching would make new subnets with the same blocks, which AWS refuses while the old ones are there.
- Before you remove a zone, set another \`zone\` for the instances in it; AWS deletes no subnet that is in use.
- An organization may prescribe keys, in whatever case, and values of \`Environment\`, \`ManagedBy\`, \`Name\` and further tags. Where it
  admits certain keys alone, \`SessionManagerStack\`, \`SessionAccess\` and \`SessionRecordings\` must be among them: commands, policies and
  \`destroy\` go by these, and no setting changes them.
- With \`imageUpdates: "keep"\`, patching is up to you. \`terraform apply -replace=aws_instance.web\` replaces one instance with one
  that has the newest image.
- A Windows image, named as \`{ parameter }\`, needs a \`sizeGiB\` of at least 30. Linux is what is tested: see the
  [limits](../README.md#limits).
- \`npm start\` names images that get no security updates any more, or will not in half a year, by the name of their parameter.
  Amazon Linux 2 got its last on 2026-06-30; write \`"al2023"\`, which replaces the instance.
- A new network must have an address for every instance, in the zone where it goes, and every endpoint: what does not fit is refused
  with the sum and what mends it. One address a subnet is kept for \`ec2messages\`, unless \`ec2Messages\` is set. How many are free in an
  [existing network](existing-network.md#what-is-checked), a plan checks.
- What AWS gives to nobody is refused: a policy of more than 6,144 characters, which are enough for some 40 targets of
  \`sessions.forward\`; 10,240 for all of a role's own; 25 policies on a role, 16 security groups on an instance, 500 rules out of each.
- What an account has by itself, and can have more of, \`npm start\` says (\`quota:\`) and accepts: 10 policies on a role, 5 security groups
  on an instance, 60 rules out of each, 5 VPCs in a Region. How much of these quotas is in use, and those of running instances, is not checked.

## What is read of an image

Of \`{ parameter }\` and \`{ amiId }\`, but for AWS's own parameters of Amazon Linux, Terraform reads at every plan what the image says of itself (\`ec2:DescribeImages\`, which launching
takes too). Volumes that it brings beside the root are encrypted with the key of the root volume, as gp3; the setting of the account
that encrypts by default is not relied on. A volume that a running instance has got already stays as it is: replace the instance. This
was never seen on AWS.

The plan stops where an instance would boot from an image that does not fit: a larger root than \`rootVolume.sizeGiB\`, another
architecture than that of \`instanceType\`, a root in the instance's own store, paravirtualization, Windows where sessions are recorded,
or, without \`userData\` that could install it, an image known to come without SSM Agent (Red Hat, CentOS, Rocky Linux, AlmaLinux,
Oracle Linux, Debian, FreeBSD, minimal ones). An instance that runs from an earlier image is left alone. Whether an image of your own
has the agent, nobody can read: the instance then does not show up, and \`npm run doctor\` says so.

An image that is not there stops the plan, unless all that names it runs: then \`npm run plan\` and \`deploy\` do
without it, and refuse only to replace what nothing could take the place of. (Terraform by hand takes
\`-var='gone_images=["ami-..."]'\`.) To keep what is on the disk, make an image of the instance
(\`aws ec2 create-image --instance-id i-...\`) and name that as \`{ amiId }\`: the next deploy replaces the instance with one of the
same disk.

## What is checked of things that others made

${table(
  ["Named", "Refused by `npm start`, as the name tells", "Refused at plan, by a look-up"],
  [
    [
      "roles and policies, by ARN",
      "another partition than the Region's, or another account than that of `allowedAccountIds` or `assumeRoleArn`",
      "by `npm run plan` and `deploy`: a policy that is not there; where `iam:GetPolicy` is missing, that it is not known",
    ],
    [
      "key: `rootVolume.kmsKeyId`, `logGroupKeyArn`",
      "another partition or Region",
      "a key that is not enabled, or not for encryption",
    ],
    ["groups: `securityGroupIds`", "the form", "a group that is not there, or in another VPC"],
    ["groups and prefix lists of `egress`, `forward`", "the form", "one that is not there"],
    [
      "image",
      "known by its parameter to lack the agent, or to hold no AMI id",
      "[above](#what-is-read-of-an-image)",
    ],
    [
      "VPC and subnets",
      "the form, zones of another Region",
      "[existing-network.md](existing-network.md#what-is-checked)",
    ],
    [
      "bucket of copies",
      "names that S3 gives to no bucket",
      "another Region; by `npm run plan` and `deploy`, encryption that sessions do not take; where that may not be read, that it is not known",
    ],
    [
      "state: bucket, key, role",
      "ARNs of another partition, a key of another Region",
      "Terraform cannot start",
    ],
  ],
)}
`;
}

/** A table as Prettier has it. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const [head, ...body] = all.map(
    (row) => `| ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(" | ")} |`,
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [head, rule, ...body].join("\n");
}

if (require.main === module) {
  writeFileSync(join(__dirname, "settings.md"), settingsPage(allSettings()));
}
