import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { App } from "cdktf";

/** What Terraform calls the file of checksums: in the project, and beside the JSON of each stack. */
export const LOCK_FILE = ".terraform.lock.hcl";

/** Constraints on the version of each provider, by its source, such as `hashicorp/aws`. */
export type RequiredProviders = ReadonlyMap<string, ReadonlySet<string>>;

/** A provider of a lock file. */
export interface LockedProvider {
  /** Registry and source, such as `registry.terraform.io/hashicorp/aws`. Terraform and OpenTofu have one each. */
  readonly address: string;
  /** Version that the checksums are of. */
  readonly version: string;
}

/** What stacks require, from the `terraform` block of each. */
export function requiredProviders(blocks: readonly unknown[]): RequiredProviders {
  const required = new Map<string, Set<string>>();
  for (const block of blocks as { required_providers?: Record<string, Record<string, string>> }[]) {
    for (const [name, { source = name, version = ">= 0" }] of Object.entries(
      block.required_providers ?? {},
    )) {
      const whole = source.includes("/") ? source : `hashicorp/${source}`;
      required.set(whole, (required.get(whole) ?? new Set()).add(version));
    }
  }
  return required;
}

/** What a lock file holds. */
export function lockedProviders(lock: string): LockedProvider[] {
  return [...lock.matchAll(/^provider "([^"]+)" \{\s+version\s+= "([^"]+)"/gm)].map(
    ([, address = "", version = ""]) => ({ address, version }),
  );
}

/** Why a lock file is not one for what is required, a line each; a range of versions is for Terraform to judge. */
export function lockProblems(lock: string, required: RequiredProviders): string[] {
  const locked = lockedProviders(lock);
  return [...required].flatMap(([source, constraints]) => {
    const entries = locked.filter(({ address }) => address === source || address.endsWith(`/${source}`));
    if (entries.length === 0) {
      return [`${LOCK_FILE} has no ${source}`];
    }
    return entries.flatMap(({ address, version }) =>
      [...constraints]
        .filter((constraint) => /^\d/.test(constraint) && constraint !== version)
        .map((pinned) => `${LOCK_FILE} has ${address} ${version}, and the stacks require ${pinned}`),
    );
  });
}

/**
 * Puts a copy of the project's lock file, where there is one, beside the JSON of every stack that was synthesized, so
 * that `terraform init` takes no provider but those it has checksums of. A lock file of other versions would keep it
 * from any: then there is none beside any stack.
 *
 * @returns what is wrong with the lock file, a line each
 */
export function placeLock({ outdir, manifest }: App, file: string): string[] {
  if (!existsSync(file)) {
    return [];
  }
  const lock = readFileSync(file, "utf8");
  const stacks = Object.values(manifest.stacks).filter((stack) =>
    stack.synthesizedStackPath.endsWith(".json"),
  );
  const blocks = stacks.map(({ synthesizedStackPath }) => {
    const json = JSON.parse(readFileSync(join(outdir, synthesizedStackPath), "utf8")) as {
      terraform?: object;
    };
    return json.terraform ?? {};
  });
  const problems = lockProblems(lock, requiredProviders(blocks));
  for (const { workingDirectory } of stacks) {
    const copy = join(outdir, workingDirectory, LOCK_FILE);
    if (problems.length === 0) {
      writeFileSync(copy, lock);
    } else {
      rmSync(copy, { force: true });
    }
  }
  return problems;
}
