import { join } from "node:path";
import { appendFileSync } from "node:fs";
import { Failure } from "../terminal/failure";
import { countsText, readChanges, readUpdates } from "../terraform/plan-changes";
import { type ProcessResult, capture } from "../process/run";
import { retainedBy } from "../terraform/destroy-refusals";
import { type SynthesizedStack, addressOf } from "../assembly/stacks";
import { plural } from "../terminal/output";
import { terraformReason, whyFailed } from "../terraform/messages";
import { terraformProgram } from "../terraform/program";
import { gapOf } from "./emulator-gaps";
import type { Emulator } from "./emulator";
import { copyStack, rehearsalEnv } from "./override";

/** One stack, in a folder of its own, on an emulator. */
export class RehearsedStack {
  /** Where Terraform is run. */
  public readonly folder: string;

  private readonly log: string;

  constructor(
    public readonly stack: SynthesizedStack,
    root: string,
    private readonly emulator: Emulator,
  ) {
    this.folder = copyStack(stack, root, emulator.url);
    this.log = join(root, `${stack.name}.log`);
  }

  /** Fetches the provider, and makes the state. */
  public async init(): Promise<string> {
    await this.run([0], "init", "-input=false");
    return "initialized";
  }

  /** Plans, into a file: what would be done. */
  public async plan(): Promise<string> {
    await this.run([0, 2], "plan", "-input=false", "-detailed-exitcode", "-out=rehearsal.tfplan");
    return countsText(readChanges(await this.show()));
  }

  /** Does what was planned. */
  public async apply(): Promise<string> {
    await this.run([0], "apply", "-input=false", "rehearsal.tfplan");
    return plural((await this.addresses()).length, "resource");
  }

  /**
   * Plans once more.
   *
   * @throws where anything would change but what the emulator forgets.
   */
  public async planAgain(): Promise<string> {
    await this.run([0, 2], "plan", "-input=false", "-out=rehearsal.tfplan");
    const json = await this.show();
    const { unexplained, gaps } = unexplainedChanges(json, this.emulator.version);
    if (unexplained.length > 0) {
      throw new Failure(`the second plan is not empty: ${unexplained.join("; ")}`);
    }
    return gaps === 0 ? "no changes" : `no changes, but for ${gaps} that moto forgets`;
  }

  /** Destroys everything but what the settings retain: what was destroyed. */
  public async destroy(): Promise<string> {
    const retained = retainedBy(this.stack);
    const before = await this.addresses();
    const kept = before.filter((address) => retained.includes(address));
    if (kept.length > 0) {
      await this.run([0], "state", "rm", ...kept);
    }
    await this.run([0], "destroy", "-input=false", "-auto-approve");
    const gone = plural(before.length - kept.length, "resource");
    return kept.length === 0 ? gone : `${gone}; ${kept.length} retained`;
  }

  /** Addresses of the resources in the state. */
  public async addresses(): Promise<string[]> {
    const { status, stdout, stderr } = await this.terraform("state", "list");
    if (status !== 0 && !stderr.includes("No state file was found")) {
      throw new Failure(terraformReason(stderr));
    }
    return stdout.split("\n").filter((address) => address !== "" && !address.startsWith("data."));
  }

  /**
   * What the state must hold and does not, or holds and should not.
   *
   * @throws where they differ.
   */
  public async asSynthesized(): Promise<string[]> {
    const { resources } = this.stack;
    const single = resources.filter(
      ({ config }) => config.count === undefined && config.for_each === undefined,
    );
    const there = await this.addresses();
    const missing = single.map(addressOf).filter((address) => !there.includes(address));
    const known = resources.map(addressOf);
    const surplus = there.filter((address) => !known.includes(address.replace(/\[.*$/, "")));
    if (missing.length + surplus.length > 0) {
      const parts = [
        ...(missing.length > 0 ? [`${missing.join(", ")} missing`] : []),
        ...(surplus.length > 0 ? [`${surplus.join(", ")} too many`] : []),
      ];
      throw new Failure(`the state is not what was synthesized: ${parts.join("; ")}`);
    }
    return there;
  }

  /** Runs Terraform, and keeps what it says in the rehearsal's folder. */
  public async terraform(...args: readonly string[]): Promise<ProcessResult> {
    const [command = "", ...rest] = args;
    const colourless = command === "state" ? [] : ["-no-color"];
    const result = await capture(terraformProgram(), [command, ...colourless, ...rest], {
      cwd: this.folder,
      env: rehearsalEnv(this.emulator.url),
    });
    if (command !== "show") {
      appendFileSync(this.log, `$ terraform ${args.join(" ")}\n${result.stdout}${result.stderr}\n`);
    }
    return result;
  }

  private async run(good: readonly number[], ...args: readonly string[]): Promise<ProcessResult> {
    const result = await this.terraform(...args);
    if (!good.includes(result.status)) {
      const said = `${result.stdout}\n${result.stderr}`;
      throw new Failure(`${whyFailed(this.stack, said)} (${this.log} has all that was said)`);
    }
    return result;
  }

  private async show(): Promise<string> {
    return (await this.run([0], "show", "-json", "rehearsal.tfplan")).stdout;
  }
}

/** What a plan would change beyond what the emulator forgets. */
export function unexplainedChanges(
  json: string,
  moto: string,
): { readonly unexplained: string[]; readonly gaps: number } {
  const updates = new Map(
    readUpdates(json).map(({ address, type, before }) => {
      const attributes = [...before];
      const left = attributes.filter(
        ([attribute, value]) => !gapOf({ type, attribute, before: value }, moto),
      );
      return [address, { left: left.map(([name]) => name), gap: attributes.length > 0 && left.length === 0 }];
    }),
  );
  const { resources, outputs } = readChanges(json);
  const lines = resources
    .filter(({ address }) => updates.get(address)?.gap !== true)
    .map(({ address, mark, detail }) => {
      const what = updates.get(address)?.left.join(", ") || detail;
      return `${mark} ${address}${what === undefined ? "" : ` (${what})`}`;
    });
  return {
    unexplained: [...lines, ...outputs.map((name) => `output ${name}`)],
    gaps: [...updates.values()].filter(({ gap }) => gap).length,
  };
}
