import { paint } from "../terminal/output";
import { lossText } from "../terraform/losses";
import { changeLines, countsText } from "../terraform/plan-changes";
import type { StackPlanning } from "../terraform/plan-stack";

/** A plan in a few lines: what is created by type, all else by name, and loudly what cannot be had again. */
export function planLines(planning: Extract<StackPlanning, { state: "planned" }>): string[] {
  const { stack, changed, changes, losses = [] } = planning;
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
  return [
    `${paint.bold(stack)}  ${countsText(changes)}`,
    ...(list.length > 0 ? [`  ${paint.green("+")} ${list.join(", ")}`] : []),
    ...changeLines({ ...changes, resources: others, outputs: [] }).map((line) => `  ${line}`),
    ...lossLines(planning),
  ].concat(losses.length > 0 ? [""] : []);
}

/** What of a plan cannot be had again, each on a line that nobody overlooks. */
export function lossLines({ losses = [] }: Extract<StackPlanning, { state: "planned" }>): string[] {
  return losses.map((loss) => `  ${paint.red(paint.bold("!!"))} ${paint.red(lossText(loss))}`);
}
