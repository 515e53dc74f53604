/** Ends the program with exit status 1 and every problem on a line of its own, if there is any. */
export function refuse(problems: readonly string[]): void {
  if (problems.length === 0) {
    return;
  }
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  process.stderr.write(`${problems.join("\n")}\n\n${count}: nothing was synthesized.\n`);
  process.exit(1);
}
