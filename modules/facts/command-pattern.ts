import { form } from "./bound";
import { describeGiven, onceProblem, problem } from "./refusal";

/** CloudWatch Logs takes five regular expressions per log group, and the evasion filter is one of them. */
const MAX_WATCHED_COMMANDS = 4;

/** The name of a command to watch. */
export const WATCHED_COMMAND = form(
  /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}$/,
  "the name of a command: 1 to 64 letters, digits and _ . + -, beginning with none of the last three",
  "name the program alone, without path, options or blanks",
);

/** What cannot stand before a command's name, or it would be the end of another word: `alarm`, `--rm`, `.rm`. */
const BEFORE = "[^A-Za-z0-9_.-]";

/** What cannot stand behind it, or it would be the beginning of another word: `rmdir`, `rm-cache`, `rm=`. */
const BEHIND = "[^A-Za-z0-9_.=/-]";

/**
 * A filter pattern that finds a command in streamed session logs: events whose `sessionData` lines contain the
 * command's name as a word of its own, wherever in the line (`true&&rm -f x`, `xargs rm`, `/bin/rm x`).
 *
 * It sees what the terminal showed. It cannot see what was typed without an echo, what a script or another program
 * does, or a name that the shell puts together (`r\m`, `/bin/r?`). It takes a mention for a use: `git rm`, `man rm`,
 * `echo rm`, `ls /bin/rm`. One event holds what was shown within about a second, so two uses in a second count once.
 *
 * Written in the subset of regular expressions that CloudWatch Logs has: no parentheses and no look-around.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 *
 * @param command name of a program, without path, options or blanks
 * @throws where that is no such name: it could match anything else, or nothing.
 */
export function commandPattern(command: string): string {
  const bad = WATCHED_COMMAND.problem(command);
  if (bad !== undefined) {
    throw new Error(`command: ${describeGiven(command)}; ${bad}`);
  }
  const name = command.replace(/[.+]/g, "\\$&");
  const expression = [`${BEFORE}${name}${BEHIND}`, `${BEFORE}${name}$`, `^${name}${BEHIND}`].join("|");
  return `{ $.sessionData[*] = %${expression}% }`;
}

/**
 * A filter pattern for attempts to hide: switched-off echo, decoding into a shell, repeated backspaces, deletion by
 * other means than a watched command, and tampering with the agent's own records.
 */
export const EVASION_PATTERN =
  "{ $.sessionData[*] = %stty\\s+-echo|base64\\s+-d|\\x08\\x08|chattr|systemctl\\s+stop|unlink\\s|-delete% }";

/** What is wrong with a list of commands to watch, as a list. */
export function watchedCommandsProblem(commands: readonly string[]): string | undefined {
  const twice = onceProblem(commands);
  if (twice !== undefined) {
    return twice;
  }
  return commands.length <= MAX_WATCHED_COMMANDS
    ? undefined
    : problem(
        `up to ${MAX_WATCHED_COMMANDS} commands, as CloudWatch Logs takes five regular expressions per log group and hiding is watched for by one`,
        "watch the most dangerous ones",
      );
}
