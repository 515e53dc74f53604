import { duration, localTime, milliseconds } from "../../../cli/terminal/times";

test.each([
  ["90s", 90_000],
  ["5m", 300_000],
  ["2h", 7_200_000],
  ["7d", 604_800_000],
  ["1w", 604_800_000],
  ["", undefined],
  ["0h", undefined],
  ["2", undefined],
  ["h", undefined],
  ["-2h", undefined],
  ["2 h", undefined],
  ["2h30m", undefined],
  ["1.5h", undefined],
  ["yesterday", undefined],
])("%j is %p milliseconds", (text, expected) => {
  expect(milliseconds(text)).toBe(expected);
});

test.each([
  [0, "0s"],
  [-5_000, "0s"],
  [59_499, "59s"],
  [60_000, "1m 0s"],
  [725_000, "12m 5s"],
  [3_599_900, "1h 0m"],
  [90_061_000, "25h 1m"],
])("%p milliseconds are %s", (length, expected) => {
  expect(duration(length)).toBe(expected);
});

test.each([
  [60, "2026-01-01T00:30:00+01:00"],
  [0, "2025-12-31T23:30:00+00:00"],
  [-210, "2025-12-31T20:00:00-03:30"],
  [345, "2026-01-01T05:15:00+05:45"],
])("a time is told at an offset of %p minutes", (offset, expected) => {
  expect(localTime(new Date("2025-12-31T23:30:00.900Z"), offset)).toBe(expected);
});
