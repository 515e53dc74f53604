import { terraformLock } from "../../../cli/terraform/messages";

const LOCKED = `\u001b[31m╷\u001b[0m
\u001b[31m│\u001b[0m \u001b[1mError: \u001b[0mError acquiring the state lock
│
│ Error message: resource temporarily unavailable
│ Lock Info:
│   ID:        f94b5e2d-8995-1b53-d5eb-040a7bab2ecd
│   Path:      ../s.tfstate
│   Operation: OperationTypeApply
│   Who:       ana@laptop
│   Version:   1.11.4
│   Created:   2026-11-24 04:14:03.645087084 +0000 UTC
│   Info:
╵
`;

test("who has locked a state is told in a line", () => {
  expect(terraformLock(LOCKED)).toBe(
    "its state is locked by ana@laptop since 2026-11-24 04:14:03 UTC (apply)",
  );
});

test("a lock that tells nothing of itself is a lock, and another error is none", () => {
  expect(terraformLock("\nError: Error acquiring the state lock\n\nError message: 423\n")).toBe(
    "its state is locked by somebody",
  );
  expect(terraformLock("\nError: Invalid reference\n\n  Who: nobody\n")).toBeUndefined();
});
