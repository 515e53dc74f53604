import vectors from "../support/rm-vectors.json";
import { matchesPattern } from "../support/filter-pattern";
import { MINIMAL, synthEnvironment } from "../support/synth";

/**
 * Terminal sessions that were really typed, in the agent's own log format: what the synthesized pattern for `rm` makes
 * of each. `pos` must be found, `neg` must not; what evades it and what is taken for a use is written down as it is.
 */
const filters = synthEnvironment({ ...MINIMAL, sessions: {} }).sessions.resources(
  "aws_cloudwatch_log_metric_filter",
);
const patterns = {
  // Terraform reads the pattern as a template, which turns $${ into ${.
  rm: filters["alarm_command-rm-filter"]?.pattern.replace(/([$%])\1\{/g, "$1{") as string,
  evasion: filters["alarm_evasion-filter"]?.pattern.replace(/([$%])\1\{/g, "$1{") as string,
};

const found = (pattern: string, name: string): boolean =>
  vectors
    .filter((vector) => vector.name === name)
    .some(({ events }) => events.some((event) => matchesPattern(pattern, event)));

const names = (kind: string): string[] =>
  vectors.filter((vector) => vector.kind === kind).map(({ name }) => name);

test("the vectors are all there", () => {
  expect(vectors).toHaveLength(39);
  expect(names("pos")).toHaveLength(17);
});

test.each(names("pos"))("rm is found: %s", (name) => {
  expect(found(patterns.rm, name)).toBe(true);
});

test("what is not rm is not taken for it, but for a file of that name at the end of a line", () => {
  expect(Object.fromEntries(names("neg").map((name) => [name, found(patterns.rm, name)]))).toEqual({
    rmdir: false,
    terraform: false,
    "--rm": false,
    "rm-foo": false,
    alarm: false,
    "file called rm listing": true,
  });
});

test("what evades the command's pattern, and which of that the evasion filter sees", () => {
  const outcome = names("evade").map((name) => [
    name,
    { rm: found(patterns.rm, name), evasion: found(patterns.evasion, name) },
  ]);
  expect(Object.fromEntries(outcome)).toEqual({
    "history up": { rm: true, evasion: false },
    "bang bang": { rm: true, evasion: false },
    "tab completion cmd": { rm: true, evasion: true },
    "backslash split": { rm: false, evasion: false },
    glob: { rm: false, evasion: false },
    alias: { rm: true, evasion: false },
    "stty -echo": { rm: false, evasion: true },
    "python unlink": { rm: false, evasion: false },
    "find -delete": { rm: false, evasion: true },
    "unlink cmd": { rm: false, evasion: true },
    "script file": { rm: false, evasion: false },
  });
});

test("mentions of rm are taken for uses", () => {
  expect(names("fp").map((name) => found(patterns.rm, name))).toEqual(names("fp").map(() => true));
});
