import { form, wholeNumbers } from "./bound";
import { commandPattern } from "./command-pattern";
import { problem } from "./refusal";

/** Minutes without input after which Session Manager can end a session. */
export const IDLE_MINUTES = wholeNumbers("a whole number of minutes", [1, 60], "choose one in that range");

/** Minutes after which Session Manager can end a session in any case. */
export const MAX_MINUTES = wholeNumbers("a whole number of minutes", [1, 1440], "choose one in that range");

/** The name of a document of Systems Manager. */
export const DOCUMENT_NAME = form(
  /^[a-zA-Z0-9_.-]{3,128}$/,
  "the name of a document: 3 to 128 letters, digits and _ . -",
  "name one that records sessions",
);

/** A user of the operating system. */
const USER = form(
  /^[a-z_][a-z0-9_-]{0,31}$/,
  "the name of a user: up to 32 lower-case letters, digits, _ and -, beginning with a letter or _",
  "name a user who exists on the instances",
);

/** A user that sessions may run as. */
export const RUN_AS_USER = {
  ...USER,
  problem: (user: string) =>
    user === "root"
      ? problem("a user other than root", "name a user with the rights that operators need, and no more")
      : USER.problem(user),
};

/** As many characters as a shell profile can have. */
export const MAX_SHELL_PROFILE = 512;

/** What is wrong with a text that should be typed at the start of every session. */
export function shellProfileProblem(
  profile: string | undefined,
  watchedCommands: readonly string[],
): string | undefined {
  if (profile === undefined) {
    return undefined;
  }
  if (profile.length > MAX_SHELL_PROFILE) {
    return problem(
      `up to ${MAX_SHELL_PROFILE} characters`,
      "put the commands into a file of the image, and run that",
    );
  }
  const lines = profile.split("\n");
  const watched = watchedCommands.find((command) =>
    lines.some((line) => new RegExp(/%(.+)%/.exec(commandPattern(command))?.[1] as string).test(`$ ${line}`)),
  );
  return watched === undefined
    ? undefined
    : problem(
        "no watched command, as the profile is typed and recorded in every session",
        `leave out ${watched}, or do not watch it: every session would raise its alarm`,
      );
}
