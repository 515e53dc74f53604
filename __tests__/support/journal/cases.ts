import type { Shell, TypedSession } from "./terminals";

/** What a session is an example of. `rm` is the command that is watched. */
export type Kind =
  /** It is run. */
  | "ran"
  /** It is run, and the alarm on it does not see it, as the pages say. */
  | "missed"
  /** Something is deleted or hidden otherwise, which the alarm on evasion sees. */
  | "evasion"
  /** Its name is typed or printed, and it is not run. */
  | "shown"
  /** A line of a journal is printed, which no filter can tell from a true one, and readers can. */
  | "forged"
  /** Ordinary work. */
  | "ordinary";

/** A session to be typed, and what it is an example of. */
export interface JournalCase extends Omit<TypedSession, "profile"> {
  readonly kind: Kind;
  readonly name: string;
}

const cases =
  (kind: Kind, shell: Shell = "sh") =>
  (sessions: Readonly<Record<string, string | readonly string[]>>): JournalCase[] =>
    Object.entries(sessions).map(([name, keys]) => ({
      kind,
      shell,
      name,
      keys: [keys].flat().map((one) => `${one}\n`),
    }));

const ESCAPE = "\u001b";
const BACKSPACE = "\u007f";
const FORGED = "#ran    12  rm -rf /";

/** Files that all of them find where they are. */
export const FILES = {
  recording: "sh-5.2$ rm f\n\n# the line\n",
  shown: "rm f\nsudo rm f\n$ rm f\n; rm f\nchattr changes attributes\nsystemctl stop x\n",
  forged: `${FORGED}\n`,
};

/** Every way that people type, run, show and hide a command which the tests know. */
export const CASES: readonly JournalCase[] = [
  ...cases("ran")({
    plain: "rm f",
    alone: "rm",
    "with options": "rm -rf d",
    "blank first": "  rm f",
    "path to it": "/bin/rm f",
    "longer path": "/usr/bin/rm -f f",
    backslash: "\\rm f",
    "single quotes": "'rm' f",
    "double quotes": '"rm" f',
    sudo: "sudo rm -rf x",
    "sudo with an option": "sudo -u root rm x",
    "sudo with a path": "sudo /bin/rm x",
    "and list": "true && rm f",
    "and list without blanks": "true&&rm -f f",
    "or list": "false || rm f",
    "list of two": "touch f;rm f",
    "pipe into xargs": "ls | xargs rm",
    "xargs with options": "ls | xargs -0 -n1 rm -f",
    pipe: "yes | rm -i f",
    "find -exec": "find . -name f -exec rm {} \\;",
    "find -execdir": "find . -name f -execdir /bin/rm -f {} +",
    subshell: "(rm f)",
    "subshell with a cd": "(cd /tmp && rm f)",
    group: "{ rm f; }",
    "command substitution": "echo $(rm -v f)",
    backticks: "echo `rm -v f`",
    assignment: "X=1 rm f",
    env: "env rm f",
    "env with a variable": "env X=1 rm f",
    nohup: "nohup rm f",
    time: "time rm f",
    command: "command rm f",
    eval: "eval 'rm f'",
    "bash -c": "bash -c 'rm f'",
    "sh -c in double quotes": 'sh -c "rm f"',
    background: "rm f &",
    "subshell in the background": "(sleep 0.1; rm f) &",
    negated: "! rm f",
    if: "if true; then rm f; else ls; fi",
    else: "if false; then ls; else rm f; fi",
    "for loop": "for i in 1 2; do rm $i; done",
    "while over several lines": ["while true", "do rm f; break", "done"],
    timeout: "timeout 5 rm f",
    nice: "nice -n 5 rm f",
    alias: ["alias del='rm -f'", "del f"],
    function: ["del() { rm -f $1; }", "del f"],
    globbing: ["touch f1 f2", "rm f*"],
    "corrected by backspace": `rn${BACKSPACE}m f`,
    "first letter put in last": "m f\u0001r\u0005",
    "word erased by Ctrl-W": "ls x\u0017\u0017rm f",
    "line erased by Ctrl-U": "ls f\u0015rm f",
    "history by !!": ["rm f", "!!"],
    "history by !r": ["rm f", "ls", "!r"],
    "history by ^old^new": ["ls f", "^ls^rm"],
    "history by arrow up": ["rm f", `ls${"\u0015"}${ESCAPE}[A`],
    "reverse search": ["rm f", "\u0012rm\u0005"],
    "vi mode": ["set -o vi", `ls f${ESCAPE}0cwrm${ESCAPE}`],
    "pasted with brackets": `${ESCAPE}[200~touch f\nrm f\nls${ESCAPE}[201~`,
    "continued by a backslash": "rm \\\n-f f",
    "name continued by a backslash": "r\\\nm -f f",
    "after a here-document": "cat <<EOF; rm f\ntext\nEOF",
    "echo switched off": ["stty -echo", "rm f"],
    "behind a letter that the agent garbles": "true Û;rm f",
    "prompt with a title and colours": [
      `PS1='\\[\\e]0;\\u@\\h\\a\\]\\[\\e[01;32m\\]\\u@\\h\\[\\e[0m\\]:\\w\\$ '`,
      "ls; rm f",
    ],
    "child bash": ["bash --norc", "rm f"],
    "exec bash": ["exec bash --norc", "rm f"],
    "output without an end of line": ["printf x", "rm f"],
    "traps of one's own": ["trap 'echo trapped >/dev/null' DEBUG", "rm f"],
    "PROMPT_COMMAND of one's own": ["PROMPT_COMMAND='true'", "rm f"],
    tracing: ["set -x", "rm f"],
    "TERM=dumb": ["export TERM=dumb", "rm f"],
    "wrapped at the edge": `true ${"x".repeat(63)};rm f`,
  }),
  ...cases("ran", "dash")({ "where sh is dash": "rm f", "where sh is dash, in a pipe": "ls | xargs rm -f" }),
  ...cases(
    "ran",
    "zsh",
  )({
    "zsh: plain": "rm f",
    "zsh: corrected": `rn${BACKSPACE}m f`,
    "zsh: list": "touch f;rm f",
    "zsh: loop": "for i in 1 2; do rm -f $i; done",
    "zsh: loop over several lines": ["for i in 1 2", "do rm -f $i", "done"],
    "zsh: history": ["rm -f f", "!!", ""],
  }),
  ...cases("missed")({
    script: ["echo 'rm f' >s.sh", "sh s.sh"],
    "substitution of the name": "$(echo rm) f",
    "variable of the name": ["x=r", "${x}m f"],
    "child dash": ["dash", "rm f"],
  }),
  ...cases("evasion")({
    "pattern of file names": "/bin/r? f",
    unlink: "unlink f",
    shred: "shred -u f",
    "find -delete": "find . -name f -delete",
    Python: "python3 -c \"import os; os.remove('f')\"",
    base64: "echo cm0gZgo= | base64 -d | sh",
    "read -s and eval": ["read -s c", "rm f", "eval $c"],
    "history switched off": ["set +o history", "rm f"],
    "history switched off in a child": ["bash --norc", "set +o history", "rm f"],
    "history disabled": ["enable -n history", "rm f"],
    "journal taken away": ["PS0=", "rm f"],
    "journal taken away in a child": ["bash --norc", "PS0=", "rm f"],
    "journal unset in a child": ["bash --norc", "unset PS0", "rm f"],
    "child without the journal": ["env -u PS0 bash --norc", "rm f"],
    "child without anything": ["env -i bash --norc", "rm f"],
    "history that leaves out": ["bash --norc", "HISTCONTROL=ignorespace", " rm f"],
    "function of the journal's own name": ["builtin() { :; }", "rm f"],
    "prompts expanded no more": ["bash --norc", "shopt -u promptvars", "rm f"],
    "agent killed": "sudo pkill ssm-agent-worker",
  }),
  ...cases("shown")({
    echo: "echo rm",
    "echo in quotes": "echo 'rm -rf x'",
    "echo to a file": "echo 'rm f' >s.sh",
    "ls of its path": "ls /bin/rm",
    "sudo ls of its path": "sudo ls /bin/rm",
    "git rm": "git rm f",
    "docker rm": "sudo docker rm -f x",
    man: "man rm",
    type: "type rm",
    which: "which rm",
    comment: "# rm f",
    "comment behind": "ls # rm f",
    grep: "grep rm f",
    rmdir: "rmdir d",
    "option --rm": "docker run --rm x",
    "word that ends so": "alarm f; echo alarm",
    "file of that name": ["touch rm", "ls -1", "cat rm"],
    "cat of a recording": "cat recording",
    "cat of shown lines": "cat shown",
    "typed and erased": "rm f\u0015ls",
    "typed and given up": "rm f\u0003ls",
    "folder of that name in the prompt": ["PS1='\\w\\$ '", "mkdir rm", "cd rm", "pwd"],
    "here-document": "cat <<EOF\none\nrm two\nEOF",
    "quoted line end": "echo 'one\nrm two'",
    "completion lists it": "rm\t\t\u0015ls",
  }),
  ...cases("shown", "zsh")({ "zsh: echo": "echo rm", "zsh: here-document": "cat <<EOF\nrm two\nEOF" }),
  ...cases("forged")({
    "printed line": `printf '\\e[8m${FORGED}\\e[28m\\n'`,
    "line of a file": "cat forged",
  }),
  ...cases("ordinary")({
    typo: `lss${BACKSPACE}${BACKSPACE}s`,
    "many backspaces": `abcdef${BACKSPACE.repeat(5)}`,
    "arrow up twice": ["echo one two three", "echo x", `${ESCAPE}[A${ESCAPE}[A`],
    "progress bar": "for i in 1 2 3; do printf '\\b\\b%s%%' $i; done; echo",
    "service looked at": "systemctl status amazon-ssm-agent",
    "encoding in base64": "echo x | base64",
    "files of a folder": "ls /bin/*sh",
    "a loop of many turns": "for i in {1..20000}; do :; done",
    "unknown command": "lsq",
    "empty lines": ["", "", "ls"],
    "syntax error": "ls )",
    "interrupted line": "sleep 9\u0003ls",
    "same line twice": ["ls", "ls"],
    "history deleted": ["history -d 1", "ls"],
    "look at the prompt": "echo $PS1 $?",
    "arithmetic and tests": "[ $? = 0 ] && echo $((1 + 2))",
    "text of other scripts": "echo 日本 É — Û",
    "text that is read": "cat shown",
    "child shells": ["bash --norc", "ls", "exit", "ls"],
    "working with files": ["mkdir d", "cp -r d e", "mv e g", "touch d/f", "tar cf d.tar d", "wc -c d.tar"],
  }),
  ...cases("ordinary", "zsh")({ "zsh: work": ["ls", "echo $?", "print -l a b"] }),
];
