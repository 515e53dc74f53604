import { type Bound, form, wholeNumbers } from "./bound";
import { JOURNAL_MARK, JOURNAL_PROFILE } from "./command-journal";
import { WATCHED_COMMAND, commandExpression } from "./command-pattern";
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

/** The user that sessions run as where nothing else is said. */
export const SESSION_USER = "ssm-user";

/** The line by which one sees in an instance's user data that its first boot makes the session user without sudo. */
export const SESSION_USER_MARK = `# Sessions run as ${SESSION_USER}, who is made here: SSM Agent would make it with sudo.`;

/** What makes the same of an instance that was booted before: commands for root, without quotes. */
export const MAKE_SESSION_USER = [
  ": >/etc/sudoers.d/ssm-agent-users",
  `id ${SESSION_USER} || useradd -m -s /bin/bash ${SESSION_USER}`,
];

/**
 * Users that images come with, who may use sudo.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/managing-users.html
 */
const SUDOERS = [
  "admin",
  "almalinux",
  "bitnami",
  "centos",
  "cloud-user",
  "core",
  "debian",
  "ec2-user",
  "fedora",
  "opc",
  "rocky",
  "ubuntu",
];

/** A user of the operating system. */
const USER = form(
  /^[a-z_][a-z0-9_-]{0,31}$/,
  "the name of a user: up to 32 lower-case letters, digits, _ and -, beginning with a letter or _",
  "name a user who exists on the instances",
);

/** A user that sessions may run as. */
export const RUN_AS_USER: Bound<string> = {
  ...USER,
  problem: (user) =>
    user === "root" || SUDOERS.includes(user)
      ? problem(
          "a user other than root, and none whom images let use sudo",
          "name a user with the rights that operators need, and no more, and whoever may use sudo in rootShell",
        )
      : USER.problem(user),
};

/** What is wrong with a user that root shells run as, who gets to be root with sudo, beside that of all other sessions. */
export function rootShellProblem(user: string, runAsUser = SESSION_USER): string | undefined {
  if (user === "root") {
    return problem("a user who may use sudo", "name one such as ec2-user: SSM Agent refuses root itself");
  }
  return [runAsUser, SESSION_USER].includes(user)
    ? problem("another user than that of all other sessions", "name one who may use sudo, such as ec2-user")
    : USER.problem(user);
}

/** As many characters as a shell profile can have. */
export const MAX_SHELL_PROFILE = 512;

/**
 * What is typed where nothing else is: SSM Agent makes a session's log stream with the first line that ends, so an idle
 * prompt would look like a session without a recording. Every shell knows `:`, which does nothing; not all take an
 * interactive `#` for a comment.
 */
const RECORDED_NOTICE = ": This session is recorded";

/** What is typed at the start of every session: the journal of commands where one is kept, and a line at least. */
export function typedProfile(profile = "", journal = true): string {
  const own = profile.trim() === "" ? [] : [profile];
  return [...(journal ? [JOURNAL_PROFILE] : []), ...own].join("\n") || RECORDED_NOTICE;
}

/** What is wrong with a text that should be typed at the start of every session. */
export function shellProfileProblem(
  profile: string | undefined,
  watchedCommands: readonly string[],
  journal = true,
): string | undefined {
  const excess = typedProfile(profile, journal).length - MAX_SHELL_PROFILE;
  if (excess > 0) {
    return problem(
      `up to ${(profile ?? "").length - excess} characters${journal ? " beside the journal of commands" : ""}`,
      `put the commands into a file of the image, and run that${journal ? ", or set commandJournal: false" : ""}`,
    );
  }
  const lines = (profile ?? "").split("\n");
  // A command that cannot be watched is the alarm's to refuse.
  const watchable = watchedCommands.filter((command) => WATCHED_COMMAND.problem(command) === undefined);
  const watched = watchable.find((command) => {
    const expression = new RegExp(commandExpression(command, journal));
    return lines.some((line) => expression.test(journal ? `${JOURNAL_MARK}1     1  ${line} ` : `$ ${line}`));
  });
  return watched === undefined
    ? undefined
    : problem(
        "no watched command, as the profile is typed and recorded in every session",
        `leave out ${watched}, or do not watch it: every session would raise its alarm`,
      );
}
