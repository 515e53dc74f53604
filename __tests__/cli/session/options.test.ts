import { sessionReason, timeoutSeconds } from "../../../cli/session/options";

test("seconds are seconds", () => {
  expect([timeoutSeconds("0"), timeoutSeconds("3600")]).toEqual([0, 3600]);
  for (const text of ["", "-1", "1.5", "3601", "10000", "1m", "Infinity"]) {
    expect(() => timeoutSeconds(text)).toThrow(
      `--timeout: got ${text}; allowed: 0 to 3600 seconds; 0 asks once`,
    );
  }
});

test("a reason is one line of a length that AWS takes", () => {
  expect(sessionReason("ticket 1")).toBe("ticket 1");
  for (const text of ["", "a\nb", "x".repeat(257)]) {
    expect(() => sessionReason(text)).toThrow(
      `--reason: got ${text.length} characters; allowed: one line of 1 to 256 characters`,
    );
  }
});
