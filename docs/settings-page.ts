import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Setting, allSettings } from "./read-settings";

/** The page that lists settings. `npm run docs` writes it, and a test compares it. */
export function settingsPage(settings: readonly Setting[]): string {
  return `<!-- npm run docs writes this from stacks/settings: see docs/settings-page.ts. -->

# Settings

An environment is a file in \`environments/\`, and is named after it. It exports these settings. Only \`region\` and \`instances\` must be
set; what is "required" below them is so within its own group. A wrong value is refused before anything is written, and the message
says what is allowed. Credentials never belong in settings. \`ENVIRONMENT=dev,recipe npm start\` reads only those environments.

${table(settings.filter(({ path }) => !path.startsWith("state.")))}

## Good to know before you change them

- A subnet's block follows from its zone, so another zone changes no existing subnet. Choose once whether zones are counted or
  named: switching would make new subnets with the same blocks, which AWS refuses while the old ones are there.
- Choose \`namePrefix\` once as well: a new one replaces role, profile, log groups and topic, and is refused where recordings are
  retained. So is \`iam.path\`: \`deploy\` and \`plan\` stop before another one ([organizations.md](organizations.md#roles)).
- Before you remove a zone, set another \`zone\` for the instances in it; AWS deletes no subnet that is in use.
- With \`imageUpdates: "keep"\`, patching is up to you. \`terraform apply -replace=aws_instance.web\` replaces one instance with one
  that has the newest image.
- A Windows image, named as \`{ parameter }\`, needs a \`sizeGiB\` of at least 30. Linux is what is tested: see the
  [limits](../README.md#limits).
- AWS's quotas are not checked: 9 policies of \`iam.managedPolicyArns\` (7 with \`inlinePolicies: false\`), 5 security groups on an instance and 60 rules out of each can
  be raised; the 6,144 characters of a policy, which are enough for some 40 targets of \`sessions.forward\`, cannot.
`;
}

/** A table as Prettier has it. */
function table(settings: readonly Setting[]): string {
  const rows = settings.map(({ path, fallback, what }) => [`\`${path}\``, fallback, what]);
  const all = [["Setting", "Default", "What it is"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const [head, ...body] = all.map(
    (row) => `| ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(" | ")} |`,
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [head, rule, ...body].join("\n");
}

if (require.main === module) {
  writeFileSync(join(__dirname, "settings.md"), settingsPage(allSettings()));
}
