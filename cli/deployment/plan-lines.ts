import { paint } from "../terminal/output";
import { lossText } from "../terraform/losses";
import { changeLines, countsText } from "../terraform/plan-changes";
import type { StackPlanning } from "../terraform/plan-stack";

/** A stack that could be planned. */
export type Planned = Extract<StackPlanning, { state: "planned" }>;

/** A plan in a few lines: what it creates by type, all else by name, and what would be lost. */
export function planLines(planning: Planned): string[] {
  const { stack, changed, changes } = planning;
  if (!changed) {
    return [`${paint.bold(stack)}  no changes`];
  }
  const created = changes.resources.filter(({ mark, detail }) => mark === "+" && detail === undefined);
  const others = changes.resources.filter((one) => !created.includes(one));
  const types = new Map<string, number>();
  for (const { address } of created) {
    const type = address.split(".").at(-2) ?? address;
    types.set(type, (types.get(type) ?? 0) + 1);
  }
  const list = [...types].sort().map(([type, count]) => `${count} ${type}`);
  const losses = lossLines(planning);
  return [
    `${paint.bold(stack)}  ${countsText(changes)}`,
    ...(list.length > 0 ? [`  ${paint.green("+")} ${list.join(", ")}`] : []),
    ...changeLines({ ...changes, resources: others, outputs: [] }).map((line) => `  ${line}`),
    ...losses,
    ...(losses.length > 0 ? [""] : []),
  ];
}

/** The losses of a plan, each on a line that nobody overlooks. */
export function lossLines({ losses = [] }: Planned): string[] {
  return losses.map((loss) => `  ${paint.red(paint.bold("!!"))} ${paint.red(lossText(loss))}`);
}
