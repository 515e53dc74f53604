import { WATCHED_COMMAND, commandPattern, evasionPattern } from "../../../modules/facts/command-pattern";
import { matchesPattern } from "../../support/filter-pattern";

const line = (text: string): string => JSON.stringify({ sessionData: [text] });

const journal = (text: string): string => line(`#ran 1234     7  ${text} `);

test.each(["dd if=/dev/zero", "true;dd if=x", "(dd)", "ls | xargs dd", "/bin/dd x", "sudo dd", "sudo -n dd"])(
  "%s is a use of dd, in a journal and on the screen",
  (text) => {
    expect(matchesPattern(commandPattern("dd"), journal(text))).toBe(true);
    expect(matchesPattern(commandPattern("dd", false), line(`$ ${text}`))).toBe(true);
  },
);

test.each(["add x", "git --dd", "ddrescue x", "dd-like", "dd=1", "x.dd y", "file_dd"])(
  "%s is none",
  (text) => {
    expect(matchesPattern(commandPattern("dd"), journal(text))).toBe(false);
    expect(matchesPattern(commandPattern("dd", false), line(`$ ${text}`))).toBe(false);
  },
);

test.each(["echo dd", "man dd", "ls /bin/dd", "sudo podman dd x"])("%s mentions dd", (text) => {
  expect(matchesPattern(commandPattern("dd"), journal(text))).toBe(false);
  expect(matchesPattern(commandPattern("dd", false), line(`$ ${text}`))).toBe(true);
});

test("a longer command is not taken for its end", () => {
  expect(
    ["umount x", "sudo umount x", "; umount"].map((one) =>
      matchesPattern(commandPattern("mount"), journal(one)),
    ),
  ).toEqual([false, false, false]);
});

test("a command's own dots and pluses stand for themselves", () => {
  expect(matchesPattern(commandPattern("mkfs.ext4"), journal("mkfs.ext4 /dev/x"))).toBe(true);
  expect(matchesPattern(commandPattern("mkfs.ext4"), journal("mkfsxext4 /dev/x"))).toBe(false);
  expect(matchesPattern(commandPattern("g++"), journal("g++ x.cc"))).toBe(true);
  expect(matchesPattern(commandPattern("g++"), journal("g x.cc"))).toBe(false);
  expect(matchesPattern(commandPattern("g++", false), line("$ g\\++ x"))).toBe(true);
});

test.each([1, 2, 8, 9, 16, 30, 63, 64])(
  "patterns of a name of %d characters fit CloudWatch's limits",
  (length) => {
    for (const name of ["x".repeat(length), `_${"+".repeat(length - 1)}`]) {
      for (const pattern of [commandPattern(name), commandPattern(name, false)]) {
        expect(pattern.length).toBeLessThanOrEqual(1024);
        expect(matchesPattern(pattern, line("nothing"))).toBe(false);
      }
      // However long the name is, the usual places are there.
      for (const text of [`${name} f`, `ls; ${name} f`, `/bin/${name} f`, `sudo ${name} f`]) {
        expect([text, matchesPattern(commandPattern(name), journal(text))]).toEqual([text, true]);
      }
    }
  },
);

test("the patterns for evasion fit as well", () => {
  for (const pattern of [evasionPattern(), evasionPattern(false)]) {
    expect(pattern.length).toBeLessThanOrEqual(1024);
    expect(matchesPattern(pattern, line("nothing"))).toBe(false);
  }
});

test.each(["rm", "mkfs.ext4", "apt-get", "g++", "_x"])("%s can be watched", (command) => {
  expect(WATCHED_COMMAND.problem(command)).toBeUndefined();
});

test.each(["", "rm -rf", "/bin/rm", "rm;", "-rf", "r(m)", "r%m", "ä", "x".repeat(65)])(
  "%j cannot",
  (command) => {
    expect(WATCHED_COMMAND.problem(command)).toMatch(/allowed: the name of a command/);
  },
);

test("the evaluator refuses what CloudWatch Logs has not", () => {
  for (const expression of ["(a|b)", "a%b", "a'b", "\\bx", "é"]) {
    expect(() => matchesPattern(`{ $.sessionData[*] = %${expression}% }`, line("x"))).toThrow();
  }
});

test("a pattern is made of names alone", () => {
  expect(() => commandPattern("rm -rf")).toThrow(
    'command: got "rm -rf"; allowed: the name of a command: 1 to 64 letters, digits and _ . + -, beginning with none of the ' +
      "last three; name the program alone, without path, options or blanks",
  );
});
