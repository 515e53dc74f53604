import { isatty } from "node:tty";
import { createColors } from "picocolors";

/** Whether a terminal obeys more than letters: some editors have one that does not, and say so. */
export function isFancy({ isTTY }: { readonly isTTY?: boolean }): boolean {
  return isTTY === true && process.env.TERM !== "dumb";
}

/** Colours, on a terminal alone. */
export const paint = createColors(isFancy(process.stdout) && !process.env.NO_COLOR);

/** Whether somebody is there to answer a question. */
export function isInteractive(): boolean {
  // Asked of the descriptor: what has touched a pipe as process.stdin leaves it without waiting to whoever reads it next.
  return isatty(0) && process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Writes a line to the standard output: what was asked for. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Writes a line to the standard error: what goes on, and what went wrong. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A number of things, in words. */
export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** Columns that are as wide as their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? title.length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(head), ...rows.map(line)].join("\n");
}
