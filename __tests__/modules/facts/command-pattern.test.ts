import { commandPattern, EVASION_PATTERN, WATCHED_COMMAND } from "../../../modules/facts/command-pattern";
import { matchesPattern } from "../../support/filter-pattern";

const line = (text: string): string => JSON.stringify({ sessionData: [text] });

test.each(["sh-5.2# dd if=/dev/zero", "true;dd if=x", "(dd)", "xargs dd", "/bin/dd x", "sudo dd"])(
  "%s is a use of dd",
  (text) => {
    expect(matchesPattern(commandPattern("dd"), line(text))).toBe(true);
  },
);

test.each(["add x", "git --dd", "ddrescue x", "dd-like", "dd=1", "x.dd y", "file_dd"])(
  "%s is none",
  (text) => {
    expect(matchesPattern(commandPattern("dd"), line(`$ ${text}`))).toBe(false);
  },
);

test("a command's own dots and pluses stand for themselves", () => {
  expect(matchesPattern(commandPattern("mkfs.ext4"), line("$ mkfs.ext4 /dev/x"))).toBe(true);
  expect(matchesPattern(commandPattern("mkfs.ext4"), line("$ mkfsxext4 /dev/x"))).toBe(false);
  expect(matchesPattern(commandPattern("g++"), line("$ g++ x.cc"))).toBe(true);
  expect(matchesPattern(commandPattern("g++"), line("$ g x.cc"))).toBe(false);
});

test("every pattern fits CloudWatch's limits", () => {
  for (const pattern of [commandPattern("x".repeat(64)), EVASION_PATTERN]) {
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
