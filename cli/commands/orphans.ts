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
        ? visibleJson({ environment: environment.name, orphans: found.orphans }, 2)
        : orphanTable(environment.name, found),
    );
    process.exitCode = Number(found.orphans.length > 0);
  });

/** Orphans as a table, and what to make of them. */
export function orphanTable(environment: string, { orphans: all, anythingKnown }: OrphanSearch): string {
  if (all.length === 0) {
    return `${environment}: nothing that its states do not know`;
  }
  const rows = all.map(({ id, what, command }) => [id, visible(what), command]);
  const advice = anythingKnown
    ? "What an interrupted deploy has just made is used by nobody: run these in this order, then deploy again. Else " +
      "find out first who made it."
    : `The states of ${environment} are empty. After a first deploy that was interrupted, run these in this order and ` +
      "deploy again. If it was deployed before, these are what it consists of, and its state is elsewhere: run none.";
  return [table(["id", "what", "command"], rows), "", `${plural(all.length, "orphan")}. ${advice}`].join(
    "\n",
  );
}
