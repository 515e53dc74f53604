import { spawnSync } from "node:child_process";

/** Processes that a process has started, and those that these have: by their ids, none where it cannot be told. */
export function descendants(pid: number): number[] {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=", "-o", "ppid="], {
    stdio: ["ignore", "pipe", "ignore"],
    encoding: "utf8",
  });
  const all = (stdout ?? "").split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    all.flatMap(([child, of]) =>
      child !== undefined && of === parent && child !== parent ? [child, ...below(child)] : [],
    );
  return below(pid);
}
