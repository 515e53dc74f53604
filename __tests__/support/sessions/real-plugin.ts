import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join, resolve } from "node:path";

const MODULE = join(__dirname, "plugin");
const PACKAGE = "github.com/aws/session-manager-plugin/src/sessionmanagerplugin-main";

/** AWS's own plugin, built from its sources once; undefined where that cannot be, which is said. */
export function realPlugin(): string | undefined {
  const hash = createHash("sha256")
    .update(readFileSync(join(MODULE, "go.sum")))
    .digest("hex")
    .slice(0, 16);
  const folder = resolve(__dirname, `../../../node_modules/.cache/session-manager-plugin-${hash}`);
  const program = join(folder, "session-manager-plugin");
  if (existsSync(program)) {
    return program;
  }
  mkdirSync(folder, { recursive: true });
  // Another file of tests may build it at the same time: whoever is last replaces it at once.
  const made = `${program}.${process.pid}`;
  const { status, stderr, error } = spawnSync(
    "go",
    ["build", "-trimpath", "-ldflags=-s -w", "-o", made, PACKAGE],
    { cwd: MODULE, encoding: "utf8", timeout: 300_000, env: { ...process.env, GOFLAGS: "-mod=readonly" } },
  );
  if (status !== 0) {
    const [why] = (error?.message ?? stderr ?? "").trim().split("\n").slice(-1);
    process.stderr.write(`skipped: sessions with AWS's own plugin: it cannot be built: ${why}\n`);
    return undefined;
  }
  renameSync(made, program);
  return program;
}
