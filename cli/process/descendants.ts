import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";

/** Processes that a process has started, and those that these have: by their ids, none where it cannot be told. */
export function descendants(pid: number): number[] {
  // Linux has it, unless a sandbox leaves it out. A small one has no ps, or one of few options.
  const all = existsSync("/proc/self/stat") ? fromProc() : fromPs();
  const below = (parent: number): number[] =>
    all.flatMap(([child, of]) =>
      child !== undefined && of === parent && child !== parent ? [child, ...below(child)] : [],
    );
  return below(pid);
}

/** Ends a process of Windows, which has no signals, with all that it has started. */
export function endTree(pid: number): void {
  spawnSync("taskkill", ["/pid", `${pid}`, "/t", "/f"], {
    env: process.env,
    stdio: "ignore",
    windowsHide: true,
  });
}

/** Each process and the one that started it. */
function fromProc(): (number | undefined)[][] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        // `<pid> (<name>) <state> <parent> ...`, where the name may have brackets and blanks of its own.
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        return [[Number(pid), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])]];
      } catch {
        return []; // It ended just now.
      }
    });
}

function fromPs(): (number | undefined)[][] {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=", "-o", "ppid="], {
    env: process.env,
    stdio: ["ignore", "pipe", "ignore"],
    encoding: "utf8",
  });
  return (stdout ?? "").split("\n").map((line) => line.trim().split(/\s+/).map(Number));
}
