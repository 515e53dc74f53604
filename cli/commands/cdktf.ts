import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command } from "commander";
import { usesOpenTofu } from "../../stacks/provider-lock";
import { likelyName } from "../../stacks/settings/likely-name";
import { Failure } from "../failure";
import { destroyRefusals } from "../terraform/destroy-refusals";
import { whileHandling } from "../signals";
import { synthesize } from "../synthesis";
import { byEnvironment, readSynthesized } from "../synthesized";

/** The commands of the cdktf CLI that know environments. */
export type CdktfCommand = "synth" | "deploy" | "destroy" | "diff";

/** What to call, or why nothing can be called. */
export type CdktfCalls =
  | { readonly calls: readonly (readonly string[])[]; readonly refusal?: undefined }
  | { readonly refusal: string };

/**
 * The calls of the cdktf CLI that do a command for one environment. Stacks are named exactly: a pattern such as
 * `dev-*` would take in `dev-eu-networking` too.
 *
 * @param environments names of the stacks of each environment, in deploy order
 */
export function cdktfCalls(
  command: CdktfCommand,
  args: readonly string[],
  environments: ReadonlyMap<string, readonly string[]>,
  interactive: boolean,
  openTofu = false,
): CdktfCalls {
  const [environment, ...given] = args;
  const names = [...environments.keys()];
  const stacks = environment === undefined ? undefined : environments.get(environment);
  if (environment === undefined || stacks === undefined) {
    const meant = environment === undefined ? undefined : likelyName(environment, names);
    const what = environment === undefined ? "no environment given" : `no environment ${environment}`;
    const advice = meant
      ? `did you mean npm run ${command} -- ${meant}?`
      : `npm run ${command} -- <environment>`;
    return { refusal: `${what}: there is ${names.join(", ")}; ${advice}` };
  }
  // The CLI looks in the lock file for the provider of Terraform's registry: with OpenTofu's it would lock at every call.
  const lockAnew = openTofu && !given.some((option) => SKIP_PROVIDER_LOCK.test(option));
  const options = lockAnew ? [...given, "--skip-provider-lock"] : given;
  // The CLI plans one stack at a time. What follows needs the one before to be deployed.
  if (command === "diff") {
    return { calls: stacks.map((stack) => ["diff", stack, "--skip-synth", ...options]) };
  }
  if (!interactive && !options.includes("--auto-approve")) {
    return {
      refusal: `nobody can approve here, as this is no terminal: npm run ${command} -- ${environment} --auto-approve`,
    };
  }
  return { calls: [[command, ...stacks, "--skip-synth", ...options]] };
}

/** In any way that the CLI understands: `--no-skip-provider-lock` has it look all the same. */
const SKIP_PROVIDER_LOCK = /^--(no-)?skip-?provider-?lock\b/i;

/** What is said of each command. */
const DESCRIPTIONS: Readonly<Record<CdktfCommand, string>> = {
  synth: "Synthesizes with the cdktf CLI",
  deploy: "Synthesizes and deploys an environment, its stacks in order",
  destroy: "Destroys an environment, its stacks in reverse order",
  diff: "Tells what a deploy of an environment would change",
};

/** `npm run synth`, `deploy`, `destroy` and `diff`: the cdktf CLI, for one environment. */
export function cdktf(command: CdktfCommand): Command {
  return new Command()
    .description(`${DESCRIPTIONS[command]}. Further options are those of cdktf ${command}.`)
    .argument(command === "synth" ? "[options...]" : "[environment] [options...]")
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_argument: unknown, _options: unknown, { args }: Command) => {
      process.exitCode = await run(command, args);
    });
}

async function run(command: CdktfCommand, args: readonly string[]): Promise<number> {
  if (command === "synth") {
    return runCdktf(["synth", ...args]);
  }
  const status = synthesize("inherit");
  if (status !== 0) {
    return status;
  }
  const stacks = byEnvironment(readSynthesized());
  const environments = new Map([...stacks].map(([name, all]) => [name, all.map((stack) => stack.name)]));
  const planned = cdktfCalls(command, args, environments, process.stdin.isTTY === true, usesOpenTofu());
  if (planned.refusal !== undefined) {
    throw new Failure(planned.refusal);
  }
  if (command === "destroy") {
    const refusals = await destroyRefusals(stacks.get(args[0] ?? "") ?? []);
    if (refusals.length > 0) {
      throw new Failure(refusals.join("\n"));
    }
  }
  for (const call of planned.calls) {
    const status = await runCdktf(call);
    if (status !== 0) {
      return status;
    }
  }
  return 0;
}

/** The program of the cdktf CLI, under whatever name: CDK Terrain's is another. */
export function cdktfProgram(): string {
  const manifest = require.resolve("cdktf-cli/package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: Record<string, string> };
  return join(dirname(manifest), Object.values(bin)[0] ?? "");
}

function runCdktf(args: readonly string[]): Promise<number> {
  // Ctrl-C reaches the CLI too, which ends Terraform in good order: wait for it.
  return whileHandling(
    () => undefined,
    () =>
      new Promise((resolve) => {
        spawn(process.execPath, [cdktfProgram(), ...args], { stdio: "inherit" }).on("close", (code) =>
          resolve(code ?? 1),
        );
      }),
  );
}
