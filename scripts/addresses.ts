import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { readSynthesized } from "../cli/synthesized";
import { addStacks } from "../stacks";
import { validateEnvironment } from "../stacks/settings/validate";
import { LOCKED } from "./locked-environments";

/** Where the list is. */
export const ADDRESSES = join(__dirname, "../stacks/addresses.json");

/** Addresses of a stack's resources, and what it says has moved. */
export interface StackAddresses {
  /** Every managed resource: `aws_vpc.network`. */
  readonly resources: readonly string[];
  /** Old addresses, each with the new one. */
  readonly moved: Readonly<Record<string, string>>;
}

/** What is synthesized of the locked environments, by stack. */
export function synthesizedAddresses(): Record<string, StackAddresses> {
  const folder = mkdtempSync(join(tmpdir(), "addresses-"));
  try {
    const app = new App({ outdir: folder });
    for (const [name, environment] of Object.entries(LOCKED)) {
      const { settings, problems } = validateEnvironment(name, environment);
      if (settings === undefined) {
        throw new Error(problems.join("\n"));
      }
      addStacks(app, settings);
    }
    app.synth();
    return Object.fromEntries(
      readSynthesized(folder).map(({ name, resources, moved }) => [
        name,
        { resources: resources.map((one) => `${one.type}.${one.name}`).sort(), moved },
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * What keeps synthesized addresses from taking the place of locked ones. An address is where Terraform finds a resource in
 * the state: one that is gone is destroyed, and one that is new is made.
 */
export function addressProblems(
  locked: Readonly<Record<string, readonly string[]>>,
  now: Readonly<Record<string, StackAddresses>>,
): string[] {
  const gone = Object.entries(locked).flatMap(([stack, addresses]) => {
    const { resources = [], moved = {} } = now[stack] ?? {};
    return addresses
      .filter((address) => !resources.includes(address))
      .filter((address) => !resources.includes(moved[address] ?? ""))
      .map(
        (address) =>
          `${stack}: ${address} is gone: whoever has it deployed would lose it, and get another where it has a new address. ` +
          "Give it its id back, or tell Terraform where it is now: in its stack, addOverride" +
          `("moved", [{ from: "${address}", to: "<new address>" }]). If it is really to go, say so in CHANGELOG.md. ` +
          "Then npm run addresses",
      );
  });
  const added = Object.entries(now).flatMap(([stack, { resources }]) =>
    resources
      .filter((address) => !locked[stack]?.includes(address))
      .map((address) => `${stack}: ${address} is not locked yet: npm run addresses`),
  );
  return [...gone, ...added];
}

if (require.main === module) {
  const addresses = Object.entries(synthesizedAddresses()).map(([stack, { resources }]) => [
    stack,
    resources,
  ]);
  writeFileSync(ADDRESSES, `${JSON.stringify(Object.fromEntries(addresses), undefined, 2)}\n`);
}
