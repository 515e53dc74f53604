import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { type SynthesizedResource, addressOf, readSynthesized } from "../cli/assembly/stacks";
import { addStacks } from "../stacks";
import type { Environment } from "../stacks/settings/environment";
import { validateEnvironment } from "../stacks/settings/validate";
import { LOCKED } from "./locked-environments";

/** Where the list is. */
export const ADDRESSES = join(__dirname, "../stacks/addresses.json");

/** Addresses of a stack's resources, and what it says has moved. */
export interface StackAddresses {
  /**
   * Every managed resource: `aws_vpc.network`, with `[each]` or `[count]` where Terraform makes it per element, as
   * instances of the one are nothing to the other.
   */
  readonly resources: readonly string[];
  /** Old addresses, each with the new one. */
  readonly moved: Readonly<Record<string, string>>;
}

type Locked = Readonly<Record<string, readonly string[]>>;
type Synthesized = Readonly<Record<string, StackAddresses>>;

/**
 * What is synthesized of environments, by stack.
 *
 * @throws where their settings are refused.
 */
export function synthesizedAddresses(
  environments: Readonly<Record<string, Environment>> = LOCKED,
): Record<string, StackAddresses> {
  const folder = mkdtempSync(join(tmpdir(), "addresses-"));
  try {
    const app = new App({ outdir: folder });
    for (const [name, environment] of Object.entries(environments)) {
      const { settings, problems } = validateEnvironment(name, environment);
      if (settings === undefined) {
        throw new Error(problems.map(({ path, message }) => `${name}: ${path}: ${message}`).join("\n"));
      }
      addStacks(app, settings);
    }
    app.synth();
    return Object.fromEntries(
      readSynthesized(folder).map(({ name, resources, moved }) => [
        name,
        { resources: resources.map(lockedAddress).sort(), moved },
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function lockedAddress(resource: SynthesizedResource): string {
  const { for_each, count } = resource.config;
  const elements = for_each !== undefined ? "[each]" : count !== undefined ? "[count]" : "";
  return `${addressOf(resource)}${elements}`;
}

/**
 * What keeps synthesized addresses from taking the place of locked ones. An address is where Terraform finds a resource in
 * the state: one that is gone is destroyed, and one that is new is made.
 */
export function addressProblems(locked: Locked, now: Synthesized): string[] {
  const added = Object.entries(now).flatMap(([stack, { resources }]) =>
    resources
      .filter((address) => !locked[stack]?.includes(address))
      .map((address) => `${stack}: ${address} is not locked yet: npm run addresses`),
  );
  return [...goneAddresses(locked, now), ...added];
}

/** Locked addresses that are gone, and have not moved, each with what to do. */
function goneAddresses(locked: Locked, now: Synthesized): string[] {
  return Object.entries(locked).flatMap(([stack, addresses]) => {
    const { resources = [], moved = {} } = now[stack] ?? {};
    return addresses
      .filter((address) => !resources.includes(address) && !hasMoved(address, resources, moved))
      .map(
        (address) =>
          `${stack}: ${address} is gone: whoever has it deployed would lose it, and get another where it has a new address. ` +
          "Give it its id back, or tell Terraform where it is now: in its stack, addOverride" +
          `("moved", [{ from: "${withoutKey(address)}", to: "<new address>" }]), then npm run addresses. ` +
          "If it is really to go, say so in CHANGELOG.md, then npm run addresses -- --forget",
      );
  });
}

/** Whether a `moved` block takes an address to a resource that is there: as it is, or an element by its key. */
function hasMoved(
  address: string,
  resources: readonly string[],
  moved: Readonly<Record<string, string>>,
): boolean {
  const name = withoutKey(address);
  return Object.entries(moved).some(
    ([from, to]) =>
      withoutKey(from) === name &&
      resources.some((one) =>
        `${from}${to}`.includes("[")
          ? withoutKey(one) === withoutKey(to)
          : one === to + address.slice(name.length),
      ),
  );
}

function withoutKey(address: string): string {
  return address.replace(/\[.*/, "");
}

if (require.main === module) {
  const now = synthesizedAddresses();
  const gone = goneAddresses(JSON.parse(readFileSync(ADDRESSES, "utf8")) as Locked, now);
  if (gone.length > 0 && !process.argv.includes("--forget")) {
    console.error(gone.join("\n"));
    process.exitCode = 1;
  } else {
    const addresses = Object.entries(now).map(([stack, { resources }]) => [stack, resources]);
    writeFileSync(ADDRESSES, `${JSON.stringify(Object.fromEntries(addresses), undefined, 2)}\n`);
  }
}
