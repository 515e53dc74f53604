import { type EnvironmentOptions, environmentCommand } from "../assembly/environment-command";
import { chooseEnvironment, environmentName } from "../assembly/choose";
import { readEnvironments } from "../assembly/environments";
import type { OrphanSearch } from "../orphans/find";
import { orphansText } from "../orphans/words";
import { progress } from "../terminal/progress";
import { plural, print, tell } from "../terminal/output";
import { sanitizeJson } from "../terminal/sanitize";

interface Options extends EnvironmentOptions {
  readonly json?: boolean;
  readonly stateIsLost?: boolean;
}

/** `npm run orphans`: what an interrupted deploy left behind. */
export const orphans = environmentCommand(
  "Lists what AWS has of an environment and Terraform does not know, as after a deploy that was interrupted, and how " +
    "to delete it. Deletes nothing.",
)
  .option(
    "--state-is-lost",
    "lists what deletes a stack whose state is empty: where nobody has that state any more",
  )
  .option("--json", "prints JSON in place of a table")
  .action(async (argument: string | undefined, options: Options) => {
    const environments = readEnvironments();
    const environment = await chooseEnvironment(environments, environmentName(argument, options.environment));
    const found = await progress(`looking for what no state of ${environment.name} knows`, async (say) => {
      // The clients take a while to load, and help needs none.
      const { findOrphans } = await import("../orphans/find");
      return findOrphans(environment, environments, { say, stateIsLost: options.stateIsLost });
    });
    found.unread.forEach((reason) => tell(`${reason}; what that state knows may be listed`));
    if (found.hiddenKeys > 0) {
      tell(`${plural(found.hiddenKeys, "key")} could not be looked at: denied: kms:ListResourceTags`);
    }
    print(
      options.json
        ? sanitizeJson(orphansJson(environment.name, found), 2)
        : orphansText(environment.name, found),
    );
    process.exitCode = Number(found.orphans?.length !== 0 || found.perhaps.length > 0);
  });

/** The same for programs: without `orphans` where nothing may be deleted, so that none takes that for no orphans. */
function orphansJson(environment: string, search: OrphanSearch): object {
  const { account, orphans: all, identified, perhaps } = search;
  const lost = search.lost.map(({ stack, place, things }) => ({
    stack: stack.name,
    place,
    things: things.map(thingJson),
  }));
  return {
    environment,
    account,
    ...(all && { orphans: all }),
    ...(lost.length > 0 && { emptyStates: lost }),
    ...(identified.without > 0 && { withoutIdentity: identified.without }),
    ...(perhaps.length > 0 && { perhaps: perhaps.map(thingJson) }),
  };
}

function thingJson({ id, what, since, running }: OrphanSearch["perhaps"][number]): object {
  return { id, what, since, running };
}
