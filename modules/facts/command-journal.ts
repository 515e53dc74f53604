/** What a line of the journal begins with. */
export const JOURNAL_MARK = "#ran ";

/**
 * What a shell shows after Enter and before it runs the line, unseen by people: no wrapping, concealed, a line of its own,
 * then up again and erased. `history` knows the line as it was edited; what is not ASCII the agent would garble, so `?`
 * stands for it. The blank at its end ends the last word.
 *
 * @param word what tells this session's lines from others
 */
const prompt = (word: string): string =>
  `'\\e[?7l\\e[8m\\n${JOURNAL_MARK}'${word}' $({ LC_ALL=C h=$(HISTTIMEFORMAT= builtin history 1); h=\${h//[[:cntrl:]]/ }; ` +
  `builtin printf %s "\${h//[^[:print:]]/?} "; } 2>/dev/null)\\e[28m\\e[?7h\\n\\e[A\\e[2K\\e[A\\e[2K\\r'`;

/** What tells people, and readers of the recording, that a journal is kept, and by which word one knows its lines. */
const notice = (word: string): string => `"\\033[H\\033[2J# This session is recorded: ${word}\\n"`;

/**
 * What is typed at the start of every session, so that its shell, and each bash started in it, says what it runs: two
 * lines, the second for bash alone. Where `sh` is another shell, as on Debian, the session goes on in bash. The screen is
 * cleared, as all this would stand on it.
 */
export const JOURNAL_PROFILE = [
  "[ $BASH ]||exec bash --posix",
  `set -- $RANDOM$RANDOM;export PS0=${prompt("$1")} HISTCONTROL= HISTIGNORE=;` +
    `readonly PS0 HISTCONTROL HISTIGNORE HISTSIZE;printf ${notice("$1")}`,
].join("\n");

/** Where the shells of other users find the journal. */
const JOURNAL_FILE = "/etc/profile.d/session-journal.sh";

/** Files that interactive shells read which do not read that folder: of bash on Debian, and of zsh. */
const RC_FILES = "/etc/bash.bashrc /etc/zshrc /etc/zsh/zshrc";

/**
 * The same for shells that what is typed does not reach: those of other users, as after `sudo su`, and zsh. One that
 * inherits a journal keeps its word. Numbers take what is set for texts without a message, as files of users set these.
 */
const JOURNAL_SCRIPT = `case $- in
*i*)
  if [ "$ZSH_VERSION" ]; then
    eval 'session_journal() {
      local LC_ALL=C line=\${1//[[:cntrl:]]/ }
      printf "\\e[?7l\\e[8m\\n${JOURNAL_MARK}%s %5d  %s \\e[28m\\e[?7h\\n\\e[A\\e[2K\\e[A\\e[2K\\r" $session_word $HISTCMD "\${line//[^[:print:]]/?}"
    }
    session_word=\${\${PS0#*${JOURNAL_MARK}}%% *}
    [[ $session_word = <-> ]] || { session_word=$RANDOM$RANDOM; printf ${notice("$session_word")}; }
    readonly session_word; typeset -ga preexec_functions; preexec_functions+=(session_journal)'
  elif [ "$BASH" ]; then
    case $PS0 in
    *'${JOURNAL_MARK}'*) ;;
    *)
      session_word=$RANDOM$RANDOM
      export PS0=${prompt("$session_word")}
      printf ${notice("$session_word")}
      ;;
    esac
    HISTCONTROL= HISTIGNORE=
    declare -i HISTCONTROL HISTIGNORE
  fi
  ;;
esac
`;

/** Makes that file, as root, at every boot: commands of a shell. */
export const INSTALL_JOURNAL = `cat >${JOURNAL_FILE} <<'END'
${JOURNAL_SCRIPT}END
for f in ${RC_FILES}; do
  [ ! -f $f ] || grep -q session-journal $f || echo '. ${JOURNAL_FILE}' >>$f
done`;

/** One line that a shell said it would run. */
export interface JournalLine {
  /** What all lines of a session have in common; empty where a line has none. */
  readonly word: string;
  /** Its number in the shell's history; undefined where the shell did not say what it ran. */
  readonly number: number | undefined;
  /** The line; empty where the shell did not say it. */
  readonly command: string;
}

/** What a recorded line says that a shell ran; undefined where it is no line of a journal. */
export function journalLine(line: string): JournalLine | undefined {
  if (!line.startsWith(JOURNAL_MARK)) {
    return undefined;
  }
  const rest = line.slice(JOURNAL_MARK.length);
  const [, word = "", number, command = ""] = /^(?:(\d+) +| +)(\d+)[ *] (.*)$/.exec(rest) ?? [];
  return number === undefined
    ? { word: /^\d*/.exec(rest)?.[0] ?? "", number: undefined, command: "" }
    : { word, number: Number(number), command: command.trimEnd() };
}

/** The word of a session, where a recorded line is the notice with which its journal begins. */
export function journalWord(line: string): string | undefined {
  return /^# This session is recorded: (\d+)$/.exec(line)?.[1];
}
