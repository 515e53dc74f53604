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
import { isForgotten } from "./emulator-gaps";
import type { Emulator } from "./emulator";
import { copyStack, rehearsalEnv } from "./override";

const SHOW = ["show", "-json", "rehearsal.tfplan"];

/** One stack, in a folder of its own, on an emulator. */
export class RehearsedStack {
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

  public async init(): Promise<string> {
    await this.run("init", "-input=false");
    return "initialized";
  }

  /** Plans into a file, and says what would change. */
  public async plan(): Promise<string> {
    await this.run("plan", "-input=false", "-out=rehearsal.tfplan");
    return countsText(readChanges(await this.run(...SHOW)));
  }

  public async apply(): Promise<string> {
    await this.run("apply", "-input=false", "rehearsal.tfplan");
    return plural((await this.addresses()).length, "resource");
  }

  /** Plans once more; throws where anything would change but what the emulator forgets. */
  public async planAgain(): Promise<string> {
    await this.run("plan", "-input=false", "-out=rehearsal.tfplan");
    const { unexplained, gaps } = unexplainedChanges(await this.run(...SHOW), this.emulator.version);
    if (unexplained.length > 0) {
      throw new Failure(`the second plan is not empty: ${unexplained.join("; ")}`);
    }
    return gaps === 0 ? "no changes" : `no changes, but for ${gaps} that moto forgets`;
  }

  /** Destroys everything but what the settings retain, and says how much that was. */
  public async destroy(): Promise<string> {
    const retained = retainedBy(this.stack);
    const before = await this.addresses();
    const kept = before.filter((address) => retained.includes(address));
    if (kept.length > 0) {
      await this.run("state", "rm", ...kept);
    }
    await this.run("destroy", "-input=false", "-auto-approve");
    const gone = plural(before.length - kept.length, "resource");
    return kept.length === 0 ? gone : `${gone}; ${kept.length} retained`;
  }

  public async addresses(): Promise<string[]> {
    const { status, stdout, stderr } = await this.terraform("state", "list");
    if (status !== 0 && !stderr.includes("No state file was found")) {
      throw new Failure(terraformReason(stderr));
    }
    return stdout.split("\n").filter((address) => address !== "" && !address.startsWith("data."));
  }

  /** Addresses in the state; throws where they are not those that were synthesized. */
  public async asSynthesized(): Promise<string[]> {
    const { resources } = this.stack;
    const single = resources.filter(({ config }) => !("count" in config || "for_each" in config));
    const there = await this.addresses();
    const missing = single.map(addressOf).filter((address) => !there.includes(address));
    const known = resources.map(addressOf);
    const surplus = there.filter((address) => !known.includes(address.replace(/\[.*$/, "")));
    const problem = (addresses: string[], how: string): string[] =>
      addresses.length > 0 ? [`${addresses.join(", ")} ${how}`] : [];
    const problems = [...problem(missing, "missing"), ...problem(surplus, "too many")];
    if (problems.length > 0) {
      throw new Failure(`the state is not what was synthesized: ${problems.join("; ")}`);
    }
    return there;
  }

  /** Runs Terraform, and keeps its output in the rehearsal's folder. */
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

  private async run(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.terraform(...args);
    if (status !== 0) {
      const reason = whyFailed(this.stack, `${stdout}\n${stderr}`);
      throw new Failure(`${reason} (${this.log} has all that was said)`);
    }
    return stdout;
  }
}

/** What a plan would change beyond what the emulator forgets. */
export function unexplainedChanges(
  json: string,
  moto: string,
): { readonly unexplained: string[]; readonly gaps: number } {
  const updates = readUpdates(json).map(({ address, type, before }) => {
    const changed = [...before].filter(([attribute, value]) => !isForgotten(type, attribute, value, moto));
    return {
      address,
      changed: changed.map(([attribute]) => attribute).join(", "),
      isGap: before.size > 0 && changed.length === 0,
    };
  });
  const gaps = updates.filter(({ isGap }) => isGap).map(({ address }) => address);
  const { resources, outputs } = readChanges(json);
  const lines = resources
    .filter(({ address }) => !gaps.includes(address))
    .map(({ address, mark, detail }) => {
      const what = updates.find((one) => one.address === address)?.changed || detail;
      return `${mark} ${address}${what === undefined ? "" : ` (${what})`}`;
    });
  return { unexplained: [...lines, ...outputs.map((name) => `output ${name}`)], gaps: gaps.length };
}
