import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, startEmulator } from "../../cli/rehearsal/emulator";
import { RehearsedStack } from "../../cli/rehearsal/rehearsed-stack";
import { readSynthesized } from "../../cli/synthesized";
import type { Environment } from "../../stacks/settings/environment";
import { Workspace } from "./cli";

/** `describe` with an emulator of its own where everything is there; elsewhere skipped, as the set-up has said. */
export function describeE2e(name: string, tests: (moto: Emulator) => void): void {
  if (process.env.E2E_MISSING !== undefined) {
    describe.skip(name, () => tests({ url: "", version: undefined, end: () => undefined }));
    return;
  }
  describe(name, () => {
    const moto = { url: "", version: undefined as string | undefined, end: () => undefined };
    let folder: string;
    let started: Emulator;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "moto-"));
      started = await startEmulator(join(folder, "moto.log"), () => undefined);
      Object.assign(moto, { url: started.url, version: started.version });
    }, 60_000);
    afterAll(() => {
      started.end();
      rmSync(folder, { recursive: true });
    });
    tests(moto);
  });
}

/** Settings that become stacks, deployed to an emulator one by one, again and again. */
export class Deployment {
  private readonly root: string;

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
    const stacks = readSynthesized(join(this.workspace.folder, "cdktf.out"));
    return Object.fromEntries(
      stacks.map((stack) => [stack.layer, new RehearsedStack(stack, this.root, this.moto)]),
    ) as Record<"networking" | "sessions" | "instances", RehearsedStack>;
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
