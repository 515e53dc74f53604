import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { App } from "cdktf";
import { stackProblems } from "../../stacks";
import type { EnvironmentSettings } from "../../stacks/settings/environment";
import { loadEnvironments } from "../../stacks/settings/load";
import { isExisting } from "../../stacks/settings/network";
import { AccessModule } from "./access-module";
import { exampleRoot } from "./example";
import { InstanceModule } from "./instance-module";
import { NetworkingModule } from "./networking-module";
import { SessionsModule } from "./sessions-module";

/**
 * What an environment is as plain Terraform: files by path. The environment says what there is (zones, endpoints, recording,
 * watched commands, tunnels); variables say the rest, with the environment's values as defaults.
 *
 * @returns the files, or why there are none
 */
export function exportedModule(
  settings: EnvironmentSettings,
): { readonly files: Readonly<Record<string, string>> } | { readonly problems: readonly string[] } {
  const { network, sessions } = settings;
  if (isExisting(network)) {
    return {
      problems: [
        `${settings.name} uses an existing network, which a module cannot make: call access and instance of another environment with its VPC`,
      ],
    };
  }
  const outdir = mkdtempSync(join(tmpdir(), "export-"));
  try {
    const app = new App({ outdir, skipValidation: true });
    const stacks = [
      new NetworkingModule(app, settings, network),
      ...(sessions ? [new SessionsModule(app, sessions)] : []),
      new AccessModule(app, settings),
      new InstanceModule(app, Boolean(sessions)),
    ];
    const problems = stackProblems(app);
    if (problems.length > 0) {
      return { problems };
    }
    app.synth();
    const modules = stacks.map(({ node: { id } }) => {
      const json = readFileSync(join(outdir, "stacks", id, "cdk.tf.json"), "utf8");
      return [`${id}/main.tf.json`, `${JSON.stringify(JSON.parse(json), undefined, 2)}\n`] as const;
    });
    return { files: { ...Object.fromEntries(modules), "example/main.tf": exampleRoot(settings) } };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** `npm run export-module -- <environment> [folder]`: what keeps it from that, if anything does. */
function main([name, folder = `exported/${name}`]: readonly string[]): readonly string[] {
  if (name === undefined) {
    return ["which environment? npm run export-module -- <environment> [folder]"];
  }
  const environments = join(__dirname, "../../environments");
  const { environments: [settings] = [], problems } = loadEnvironments(environments, name);
  if (settings === undefined) {
    return problems;
  }
  const exported = exportedModule(settings);
  if ("problems" in exported) {
    return exported.problems;
  }
  for (const [path, text] of Object.entries(exported.files)) {
    const file = join(folder, path);
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    } catch (error) {
      return [`${file} cannot be written: ${(error as Error).message}`];
    }
    console.log(file);
  }
  return [];
}

if (require.main === module) {
  const problems = main(process.argv.slice(2));
  problems.forEach((line) => console.error(line));
  process.exitCode = Number(problems.length > 0);
}
