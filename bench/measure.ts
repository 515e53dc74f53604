import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How often everything is measured: what is told is the median. */
export const RUNS = 5;

/**
 * Has a process tell what it needed at most, in KiB of resident memory, when it ends. On Linux the figure of getrusage goes
 * over from the process that started it, so that the kernel's own is read there.
 */
const TELL_PEAK = `process.on("exit", () => {
  const fs = require("fs");
  let peak = process.resourceUsage().maxRSS;
  try {
    peak = /VmHWM:\\s+(\\d+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))[1];
  } catch {}
  fs.writeFileSync(process.env.BENCH_PEAK, String(peak));
})`;

/** Something to be measured. */
export interface Contestant {
  /** What it is called in the table. */
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  /** Where it is run. */
  readonly cwd: string;
}

/** What a contestant came to. */
export interface Measured {
  readonly name: string;
  /** Median of the wall-clock times, in seconds. */
  readonly seconds: number;
  /** Highest of the peaks of resident memory, in MiB: of the Node.js process itself. */
  readonly peakMiB: number;
}

/** Measures contestants in turns, so that whatever else the machine does meets all of them. */
export function sideBySide(contestants: readonly Contestant[], runs = RUNS): Measured[] {
  const seen = contestants.map(({ name }) => ({ name, times: [] as number[], peaks: [] as number[] }));
  for (let run = 0; run < runs; run++) {
    contestants.forEach((contestant, index) => {
      const { seconds, peakMiB } = once(contestant);
      seen[index]?.times.push(seconds);
      seen[index]?.peaks.push(peakMiB);
    });
  }
  return seen.map(({ name, times, peaks }) => ({
    name,
    seconds: median(times),
    peakMiB: Math.max(...peaks),
  }));
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

function once({ name, command: [program, ...args], cwd }: Contestant): { seconds: number; peakMiB: number } {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const [peak, preload] = [join(folder, "peak"), join(folder, "preload.js")];
  writeFileSync(preload, TELL_PEAK);
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      // Written when a process ends: the one that was started here ends last.
      NODE_OPTIONS: `--require ${preload}`,
      BENCH_PEAK: peak,
      CHECKPOINT_DISABLE: "1",
      CI: "1",
      // Those of whoever runs this.
      ENVIRONMENT: "",
      CDKTF_OUTDIR: undefined,
    },
  });
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) {
    throw new Error(`${name} failed: ${[program, ...args].join(" ")}\n${stdout}${stderr}`);
  }
  const peakMiB = Number(readFileSync(peak, "utf8")) / 1024;
  rmSync(folder, { recursive: true });
  return { seconds, peakMiB };
}
