import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { App } from "cdktf";

/** What Terraform calls the file of checksums: in the project, and beside the JSON of each stack. */
export const LOCK_FILE = ".terraform.lock.hcl";

/** Where each program looks for providers whose source names no registry. The providers there are not the same bytes. */
export const REGISTRIES = { terraform: "registry.terraform.io", openTofu: "registry.opentofu.org" } as const;

/** Constraints on the version of each provider, by its address, such as `registry.terraform.io/hashicorp/aws`. */
export type RequiredProviders = ReadonlyMap<string, ReadonlySet<string>>;

/** A provider of a lock file. */
export interface LockedProvider {
  /** Registry and source, such as `registry.terraform.io/hashicorp/aws`. */
  readonly address: string;
  /** Version that the checksums are of. */
  readonly version: string;
}

/** Whether OpenTofu takes the place of Terraform. */
export function usesOpenTofu(program = process.env.TERRAFORM_BINARY_NAME ?? ""): boolean {
  return /tofu(\.exe)?$/.test(program);
}

/** What stacks require, from the `terraform` block of each. */
export function requiredProviders(
  blocks: readonly unknown[],
  registry: string = usesOpenTofu() ? REGISTRIES.openTofu : REGISTRIES.terraform,
): RequiredProviders {
  const required = new Map<string, Set<string>>();
  for (const block of blocks as { required_providers?: Record<string, Record<string, string>> }[]) {
    for (const [name, { source = name, version = ">= 0" }] of Object.entries(
      block.required_providers ?? {},
    )) {
      const defaults = [registry, "hashicorp"].slice(0, 3 - source.split("/").length);
      const address = [...defaults, source].join("/");
      required.set(address, (required.get(address) ?? new Set()).add(version));
    }
  }
  return required;
}

const ENTRY = /^provider "([^"]+)" \{\s+version\s+= "([^"]+)"[^}]*^\}\s*/gm;

/** What a lock file holds. */
export function lockedProviders(lock: string): LockedProvider[] {
  return [...lock.matchAll(ENTRY)].map(([, address = "", version = ""]) => ({ address, version }));
}

/** A lock file without the entries that nothing requires, in that version. */
export function lockOf(lock: string, required: RequiredProviders): string {
  const kept = lock.replace(ENTRY, (entry, address: string, version: string) =>
    required.has(address) && otherVersions({ address, version }, required).length === 0 ? entry : "",
  );
  return `${kept.trimEnd()}\n`;
}

/** Why a lock file is not one for what is required, a line each. */
export function lockProblems(lock: string, required: RequiredProviders): string[] {
  const locked = lockedProviders(lock);
  return [
    ...[...required.keys()]
      .filter((address) => !locked.some((one) => one.address === address))
      .map((address) => `${LOCK_FILE} has no ${address}`),
    ...locked.flatMap((one) =>
      otherVersions(one, required).map(
        (pinned) => `${LOCK_FILE} has ${one.address} ${one.version}, and the stacks require ${pinned}`,
      ),
    ),
  ];
}

/** The versions that are required in place of one that is locked. A range of versions is for Terraform to judge. */
function otherVersions({ address, version }: LockedProvider, required: RequiredProviders): string[] {
  return [...(required.get(address) ?? [])].filter(
    (constraint) => /^\d/.test(constraint) && constraint !== version,
  );
}

/**
 * Puts what a stack requires of the project's lock file, where there is one, beside the JSON of every stack that was
 * synthesized, so that init takes no provider but those it has checksums of. What is more than that would have
 * Terraform ask for another init at every synthesis. Where anything is wrong with it, every stack keeps the lock that
 * Terraform has made, but for one of another version, which would keep it from any.
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
  const required = stacks.map(({ synthesizedStackPath }) => {
    const { terraform } = JSON.parse(readFileSync(join(outdir, synthesizedStackPath), "utf8")) as Json;
    return requiredProviders([terraform ?? {}]);
  });
  const problems = new Set(required.flatMap((one) => lockProblems(lock, one)));
  stacks.forEach(({ workingDirectory }, index) => {
    const [copy, needed = new Map()] = [join(outdir, workingDirectory, LOCK_FILE), required[index]];
    if (problems.size === 0) {
      writeFileSync(copy, lockOf(lock, needed));
    } else if (existsSync(copy) && lockProblems(readFileSync(copy, "utf8"), needed).length > 0) {
      rmSync(copy);
    }
  });
  return [...problems];
}

interface Json {
  readonly terraform?: object;
}
