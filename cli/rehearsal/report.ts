import { paint, table } from "../terminal/output";
import type { RehearsalStep } from "./rehearsal";

/** Steps as a table, with the time of all. */
export function rehearsalTable(steps: readonly RehearsalStep[]): string {
  const rows = steps.map(({ stack, step, passed, seconds, seen }) => [
    stack,
    step,
    passed ? "pass" : "FAIL",
    `${seconds.toFixed(1)} s`,
    seen,
  ]);
  const [head = "", ...lines] = table(["stack", "step", "result", "time", "seen"], rows).split("\n");
  const coloured = lines.map((line, index) => (steps[index]?.passed ? paint.green : paint.red)(line));
  const total = steps.reduce((sum, { seconds }) => sum + seconds, 0);
  return [head, ...coloured, "", `${total.toFixed(1)} s`].join("\n");
}
