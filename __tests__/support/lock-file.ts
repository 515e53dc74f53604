import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The registries of Terraform and OpenTofu. */
export const REGISTRIES = ["registry.terraform.io", "registry.opentofu.org"] as const;

/** A lock file as Terraform writes it, with these entries: versions by address. The checksums are of nothing. */
export function lockFile(entries: Readonly<Record<string, string>>): string {
  const blocks = Object.entries(entries).map(
    ([address, version]) => `
provider "${address}" {
  version     = "${version}"
  constraints = "${version}"
  hashes = [
    "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
  ]
}
`,
  );
  return `# This file is maintained automatically by "terraform init".\n# Manual edits may be lost in future updates.\n${blocks.join("")}`;
}

/**
 * A mirror of both registries, with an AWS provider that nobody could run: neither to take its checksum nor to install
 * it does Terraform start it.
 */
export function writeMirror(folder: string, version: string, platforms: readonly string[]): void {
  for (const registry of REGISTRIES) {
    for (const platform of platforms) {
      const provider = join(folder, registry, "hashicorp/aws", version, platform);
      mkdirSync(provider, { recursive: true });
      const program = join(provider, `terraform-provider-aws_v${version}_x5`);
      writeFileSync(program, `${registry} ${version} ${platform}`);
      chmodSync(program, 0o755);
    }
  }
}
