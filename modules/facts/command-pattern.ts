import { form } from "./bound";
import { JOURNAL_MARK } from "./command-journal";
import { describeGiven, onceProblem, problem } from "./refusal";

/** CloudWatch Logs takes five regular expressions per log group, and the evasion filter is one of them. */
const MAX_WATCHED_COMMANDS = 4;

/** The name of a command to watch. */
export const WATCHED_COMMAND = form(
  /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}$/,
  "the name of a command: 1 to 64 letters, digits and _ . + -, beginning with none of the last three",
  "name the program alone, without path, options or blanks",
);

/** The most characters that a filter pattern may have. */
const MAX_PATTERN = 1024;

/** What cannot stand before a command's name, or it would be the end of another word: `alarm`, `--rm`, `.rm`. */
const BEFORE = "[^\\w.-]";

/** What cannot stand behind it, or it would be the beginning of another word: `rmdir`, `rm-cache`, `rm=`. */
const BEHIND = "[^\\w.=/-]";

/** The beginning of a line of the journal, and of its command. */
const JOURNAL = `^${JOURNAL_MARK}.*`;
const COMMAND = `^${JOURNAL_MARK}[\\d* ]*`;

/** What a command can stand behind: `;`, `&`, `|`, `(`, `{`, a backtick. */
const SEPARATOR = "[;|{\\x26\\x28\\x60]\\s*";

/** Quotation marks and backslashes, as shells take them away. */
const QUOTES = "[\\x22\\x27\\x5c]*";

/** A word of which the name is the last part: `/bin/rm`, `\rm`, `"rm"`. */
const LAST_PART = "\\S*[/\\x22\\x27\\x5c]";

/**
 * Where in a journal a name is a command, the most usual place first. Words that run another command come with what they
 * run; those with options, or a path, with anything up to the name.
 */
const inJournal = (name: string): string[] => {
  const command = `${name}${BEHIND}`;
  const [behindWord, behindOptions] = [`\\s+${command}`, `\\s+[-/][^;|]*${BEFORE}${command}`];
  return [
    `${COMMAND}${command}`,
    `${JOURNAL}${SEPARATOR}${command}`,
    `${COMMAND}${LAST_PART}${command}`,
    // Also `sudo`.
    `${JOURNAL}do${behindWord}`,
    `${JOURNAL}xargs${behindWord}`,
    `${JOURNAL}exec[dir]*${behindWord}`,
    `${JOURNAL}${SEPARATOR}${LAST_PART}${command}`,
    `${JOURNAL}sudo${behindOptions}`,
    `${JOURNAL}xargs${behindOptions}`,
    `${JOURNAL}\\s-[a-z]*c\\s+[\\x22\\x27]${command}`,
    // The prompt of a shell that may keep no journal, as after `sudo su`: `[root@host ~]# `.
    `^[^#s].*[@\\x7e][^$#]*[$#] ${command}`,
    // That of a bash before 4.4, which can keep none.
    `^[bash]+-4\\.[0-3].*${BEFORE}${command}`,
    // An alias, or a variable that a command is made of.
    `${JOURNAL}\\s\\w+=${QUOTES}${command}`,
    `${COMMAND}\\w+=\\S*${behindWord}`,
    `${JOURNAL}exec[dir]*${behindOptions}`,
    `${JOURNAL}env\\s+[^;|]*=\\S*${behindWord}`,
    `${JOURNAL}then${behindWord}`,
    `${JOURNAL}env${behindWord}`,
    `${JOURNAL}time${behindWord}`,
    `${JOURNAL}nohup${behindWord}`,
    `${JOURNAL}command${behindWord}`,
    `${JOURNAL}eval\\s+${QUOTES}${command}`,
    `${JOURNAL}else${behindWord}`,
    `${JOURNAL}busybox${behindWord}`,
    `${COMMAND}\\x21 ${command}`,
    `${JOURNAL}gs ${name}$`,
    `${JOURNAL}timeout\\s[^;|]*\\d[smhd]*${behindWord}`,
    `${JOURNAL}nice\\s[^;|]*\\d*${behindWord}`,
  ];
};

/**
 * Where a name is shown as it is typed, in any place: plain or split by quotes, then wrapped at the edge of the screen,
 * corrected in the middle, continued on another line, or cut back from a longer word.
 */
const onScreen = (name: string): string[] => {
  const characters = name.match(/\\?./g) ?? [];
  const cuts = characters
    .slice(1)
    .map((_, index): [string, string] => [
      characters.slice(0, index + 1).join(""),
      characters.slice(index + 1).join(""),
    ]);
  return [
    `${BEFORE}${name}${BEHIND}`,
    `${BEFORE}${name}$`,
    `^${name}${BEHIND}`,
    `${BEFORE}${characters.join(QUOTES)}${BEHIND}`,
    ...cuts.map(([first, rest]) => `${BEFORE}${first}.\\x08${rest}${BEHIND}`),
    ...cuts.map(([first, rest]) => `${BEFORE}${first} ${rest}${BEHIND}`),
    ...cuts.map(([first, rest]) => `${BEFORE}${first}[^\\x08]*\\x08+${rest}${BEHIND}`),
    ...cuts.map(([first]) => `${BEFORE}${first}\\x5c$`),
    ...[1, 2, 3].map((count) => `${BEFORE}${name}[a-z]{${count}}\\x08{${count}}[^\\x08a-z]`),
  ];
};

/** A filter pattern for events in which a line matches a regular expression. */
const linesLike = (expression: string): string => `{ $.sessionData[*] = %${expression}% }`;

/**
 * The regular expression by which a command is found in recorded lines: as many alternatives as a pattern has room for, so
 * that of a long name the least usual places are left out.
 *
 * @throws where that is no such name: it could match anything else, or nothing.
 */
export function commandExpression(command: string, journal: boolean): string {
  const bad = WATCHED_COMMAND.problem(command);
  if (bad !== undefined) {
    throw new Error(`command: ${describeGiven(command)}; ${bad}`);
  }
  const name = command.replace(/[.+]/g, "\\$&");
  const alternatives = journal ? inJournal(name) : onScreen(name);
  for (let count = alternatives.length; ; count--) {
    const expression = alternatives.slice(0, count).join("|");
    if (linesLike(expression).length <= MAX_PATTERN) {
      return expression;
    }
  }
}

/**
 * A filter pattern that finds a command in streamed session logs. In a journal of commands it is looked for where a command
 * stands: at the beginning, in lists, pipes and subshells, behind `sudo`, `xargs`, `find -exec` and the like, and with a
 * path or in quotes. `echo rm` and `git rm` are none, and nor is what a program prints.
 *
 * Without a journal it is looked for in what the terminal showed, as a word of its own, wherever in the line. Then a mention
 * is taken for a use, and what is typed without an echo is not seen.
 *
 * Neither sees what a script or another program does, or a name that the shell puts together (`/bin/r?`). One event holds
 * what was shown within about a second, so two uses in a second count once.
 *
 * Written in the subset of regular expressions that CloudWatch Logs has: no parentheses and no look-around.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 *
 * @param command name of a program, without path, options or blanks
 * @param journal whether shells write a journal of commands
 * @throws where that is no such name: it could match anything else, or nothing.
 */
export function commandPattern(command: string, journal = true): string {
  return linesLike(commandExpression(command, journal));
}

/** A journal that was switched off: empty, as it stands in the prompt, or by a line that does it. */
const SWITCHED_OFF = [
  `^${JOURNAL_MARK}[0-9]*\\s*$`,
  `^${JOURNAL_MARK}[0-9]*\\s?\\$`,
  `${JOURNAL}set\\s+\\+o\\s+h`,
  `${JOURNAL}[^\${]PS0`,
  `${JOURNAL}HIST[CI][A-Z]+=`,
  `${JOURNAL}HISTSIZE=0`,
  `${JOURNAL}enable\\s+-n`,
  `${JOURNAL}env\\s+-i.*sh\\s`,
  // A command that a pattern of file names stands for.
  `${COMMAND}/[a-z/]*[?*]`,
];

/** Attempts to hide, deletion by other means than a watched command, and tampering with the agent. */
const HIDING = [
  "stty\\s[^;]*-echo",
  "base64\\s+--?[dD]",
  "xxd\\s+-r",
  "chattr\\s",
  "systemctl\\s+stop",
  "systemctl\\s+[kdmr][a-z]+\\s+[a-z-]*ssm",
  "kill[a-z]*\\s[^;]*ssm",
  "unlink[^a-z]",
  "shred\\s",
  "os\\.remove",
  "rmtree",
  "\\s-delete",
  "read\\s+-[a-z]*s",
  "\\$\\x27\\x5c[xu0-7]",
  "/var/lib/amazon/ssm",
];

/**
 * A filter pattern for attempts to hide: switched-off echo, decoding into a shell, deletion by other means than a watched
 * command, tampering with the agent, and with a journal whatever switches that off. With one, nothing but its lines is
 * looked at, so that what a program prints is none.
 *
 * @param journal whether shells write a journal of commands
 */
export function evasionPattern(journal = true): string {
  if (!journal) {
    return linesLike([...HIDING, "/bin/[a-z]*[?*]"].join("|"));
  }
  const [switchedOff, hiding] = [SWITCHED_OFF, HIDING.map((one) => `${JOURNAL}${one}`)].map((some) =>
    some.join("|"),
  );
  return `{ ($.sessionData[*] = %${switchedOff}%) || ($.sessionData[*] = %${hiding}%) }`;
}

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
