import { Command } from "commander";
import { chooseEnvironment, environmentName } from "../choose";
import { readEnvironments } from "../environments";
import type { OrphanSearch } from "../orphans";
import { progress } from "../progress";
import { plural, print, table, tell } from "../terminal";
import { visible, visibleJson } from "../visible";

interface Options {
  readonly environment?: string;
  readonly json?: boolean;
}

/** Of a key, where the state has another. */
const KEEP = "keep it: recordings may need it, and nobody can tell which";

/** `npm run orphans`: what an interrupted deploy left behind. */
export const orphans = new Command()
  .description(
    "Lists what AWS has of an environment and Terraform does not know, as after a deploy that was interrupted, and how " +
      "to delete it. Deletes nothing.",
  )
  .argument("[environment]", "name of the environment")
  .option("--environment <name>", "the same, as an option")
  .option("--json", "prints JSON in place of a table")
  .action(async (argument: string | undefined, options: Options) => {
    const environment = await chooseEnvironment(
      readEnvironments(),
      environmentName(argument, options.environment),
    );
    const found = await progress(`looking for what no state of ${environment.name} knows`, async (say) => {
      // The clients take a while to load, and help needs none.
      const { findOrphans } = await import("../orphans");
      return findOrphans(environment, say);
    });
    if (found.hiddenKeys > 0) {
      tell(`${plural(found.hiddenKeys, "key")} could not be looked at: denied: kms:ListResourceTags`);
    }
    print(
      options.json
        ? visibleJson({ environment: environment.name, account: found.account, orphans: found.orphans }, 2)
        : orphanTable(environment.name, found),
    );
    process.exitCode = Number(found.orphans.length > 0);
  });

/** Orphans as a table, and what to make of them. */
export function orphanTable(
  environment: string,
  { account, role, orphans: all, emptyStates }: OrphanSearch,
): string {
  if (all.length === 0) {
    return `${environment}: nothing in account ${account} that its states do not know`;
  }
  const rows = all.map(({ id, what, command = KEEP }) => [id, visible(what), command]);
  const empty = emptyStates.join(", ");
  const advice = [
    `${plural(all.length, "orphan")} in account ${account}. What an interrupted deploy has just made is used by nobody: once it is certain that ` +
      "nobody is deploying, run these in this order, then deploy again. Else find out first who made it.",
    ...(role === undefined
      ? []
      : [
          `They take ${role}: run them with a profile that has it as role_arn, and without a key in AWS_ACCESS_KEY_ID.`,
        ]),
    ...(emptyStates.length === 0
      ? []
      : [
          `The state of ${empty} is empty: where it was deployed before, its state is elsewhere, and these are what it consists of: run none.`,
        ]),
    ...(all.some(({ command }) => command?.includes(" delete-") === true)
      ? ["DependencyViolation: what was deleted takes some minutes to be gone; run the command again."]
      : []),
  ];
  return [table(["id", "what", "command"], rows), "", ...advice].join("\n");
}
