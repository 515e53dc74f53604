import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "../../cli/process/find-program";
import { type Emulator, startEmulator } from "../../cli/rehearsal/emulator";
import { RehearsedStack } from "../../cli/rehearsal/rehearsed-stack";
import { readSynthesized } from "../../cli/assembly/stacks";
import type { Environment } from "../../stacks/settings/environment";
import { Workspace } from "./cli";

/**
 * `describe` with an emulator of its own where everything is there; elsewhere skipped, as the set-up has said.
 *
 * @param programs what these tests need beside
 */
export function describeE2e(
  name: string,
  tests: (moto: Emulator) => void,
  programs: readonly string[] = [],
): void {
  const lacking = programs.filter((program) => findProgram(program) === undefined);
  if (lacking.length > 0) {
    const notice = `${name}: there is no ${lacking.join(", ")} on the PATH`;
    if (process.env.E2E === "required") {
      throw new Error(notice);
    }
    process.stderr.write(`skipped: ${notice}\n`);
  }
  if (process.env.E2E_MISSING !== undefined || lacking.length > 0) {
    describe.skip(name, () => tests({ url: "", version: "", end: () => undefined }));
    return;
  }
  describe(name, () => {
    // Also of hooks: on its first call of a kind, moto loads what it needs for seconds.
    jest.setTimeout(60_000);
    const moto = { url: "", version: "", end: () => undefined };
    let folder: string;
    let started: Emulator;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "moto-"));
      started = await startEmulator(join(folder, "moto.log"), () => undefined);
      Object.assign(moto, { url: started.url, version: started.version });
    });
    afterAll(() => {
      started.end();
      rmSync(folder, { recursive: true });
    });
    tests(moto);
  });
}

/** Settings that become stacks, deployed to an emulator one by one, again and again. */
export class Deployment {
  /** The project that is deployed: the folder that holds cdktf.out and state. */
  public readonly root: string;

  private readonly workspace = new Workspace();

  constructor(private readonly moto: Emulator) {
    this.root = join(this.workspace.folder, "rehearsal");
  }

  /** Synthesizes these settings as the environment `dev`: its stacks by layer, in their order, with the state there is. */
  public synthesize(
    environment: Environment,
  ): Record<"networking" | "sessions" | "instances", RehearsedStack> {
    rmSync(join(this.workspace.folder, "cdktf.out"), { recursive: true, force: true });
    this.workspace.synthesize({ dev: environment });
    const synthesized = join(this.workspace.folder, "cdktf.out");
    const stacks = readSynthesized(synthesized).map(
      (stack) => [stack.layer, new RehearsedStack(stack, this.root, this.moto)] as const,
    );
    cpSync(join(synthesized, "manifest.json"), join(this.root, "cdktf.out/manifest.json"));
    return Object.fromEntries(stacks) as Record<"networking" | "sessions" | "instances", RehearsedStack>;
  }

  /** Takes the folder away. */
  public remove(): void {
    this.workspace.remove();
  }
}

/** An attribute of a resource in the state of a stack, such as its id. */
export async function attributeOf(stack: RehearsedStack, address: string, name: string): Promise<string> {
  const { stdout } = await stack.terraform("show", "-json");
  const { values } = JSON.parse(stdout) as {
    values: { root_module: { resources: { address: string; values: Record<string, unknown> }[] } };
  };
  return String(values.root_module.resources.find((one) => one.address === address)?.values[name]);
}
