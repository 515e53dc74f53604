import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { stackProblems } from "../../stacks";
import type { EnvironmentSettings } from "../../stacks/settings/environment";
import { loadEnvironments } from "../../stacks/settings/load";
import { isExisting } from "../../stacks/settings/network";
import { sessionUserOf } from "../../stacks/settings/session-user";
import { AccessModule } from "./access-module";
import { exampleRoot } from "./example";
import { InstanceModule } from "./instance-module";
import { leftOut } from "./left-out";
import { NetworkingModule } from "./networking-module";
import { SessionsModule } from "./sessions-module";
import { signed, writeExport } from "./write";

/** Every module that an environment can have. */
const MODULES = ["networking", "sessions", "access", "instance"];

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
      ...(sessions ? [new SessionsModule(app, settings, sessions)] : []),
      new AccessModule(app, settings),
      new InstanceModule(app, Boolean(sessions), sessions ? sessionUserOf(settings) : undefined),
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
    return { files: { ...Object.fromEntries(modules), "example/main.tf": signed(exampleRoot(settings)) } };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** What the command is given. */
const USAGE = "npm run export-module -- <environment> [folder]";

/** `npm run export-module -- <environment> [folder]`: what keeps it from that, if anything does. */
function main([name, folder = `exported/${name}`, ...others]: readonly string[]): readonly string[] {
  const options = [name, folder, ...others].filter((one) => one?.startsWith("-"));
  if (options.some((one) => ["--help", "-h"].includes(one ?? ""))) {
    console.log(
      `${USAGE}\n\nWrites an environment as plain Terraform modules, to exported/<environment> or a folder of yours.`,
    );
    return [];
  }
  if (options.length > 0) {
    return [`got ${options.join(" ")}; there are no options but --help: ${USAGE}`];
  }
  if (!name) {
    return [`which environment? ${USAGE}`];
  }
  if (name.includes(",")) {
    return [`got ${name}; one environment at a time: ${USAGE}`];
  }
  if (others.length > 0) {
    return [`got ${[name, folder, ...others].join(" ")}; one environment and one folder: ${USAGE}`];
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
  const written = writeExport(folder, exported.files, MODULES);
  if ("problems" in written) {
    return written.problems;
  }
  written.done.forEach((line) => console.log(line));
  leftOut(settings).forEach((line) => console.log(`not in the modules: ${line}`));
  return [];
}

if (require.main === module) {
  const problems = main(process.argv.slice(2));
  problems.forEach((line) => console.error(line));
  process.exitCode = Number(problems.length > 0);
}
