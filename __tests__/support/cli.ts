import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { App } from "cdktf";
import { addStacks } from "../../stacks";
import type { Environment } from "../../stacks/settings/environment";
import { leaveOutUnknown } from "./leave-out-unknown";
import { findProgram } from "../../cli/process/find-program";
import { PLUGIN_FOLDERS } from "../../cli/session/plugin-versions";
import { type CliResult, runHere } from "./run-here";
import { settingsOf } from "./synth";

export type { CliResult };

const ROOT = resolve(__dirname, "../..");

// A plugin that is installed on the machine of whoever runs the tests is none of theirs.
PLUGIN_FOLDERS.length = 0;

/** A folder to run commands in, with what is synthesized there, and programs of its own on the PATH. */
export class Workspace {
  public readonly folder = mkdtempSync(join(tmpdir(), "workspace-"));
  /** What commands are given beside the environment of this process. */
  public readonly env: Record<string, string | undefined> = {
    // No credentials of the person who runs the tests, and no service but those that a test names.
    AWS_ACCESS_KEY_ID: "testing",
    AWS_SECRET_ACCESS_KEY: "testing",
    AWS_PROFILE: undefined,
    AWS_DEFAULT_PROFILE: undefined,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ENDPOINT_URL: "http://127.0.0.1:9",
    AWS_MAX_ATTEMPTS: "1",
    CDKTF_OUTDIR: undefined,
    ENVIRONMENT: undefined,
    NO_COLOR: undefined,
    FORCE_COLOR: undefined,
  };

  private readonly programs = join(this.folder, "programs");

  constructor(environments: Readonly<Record<string, Environment>> = {}) {
    mkdirSync(this.programs);
    if (Object.keys(environments).length > 0) {
      this.synthesize(environments);
    }
  }

  /** Writes cdktf.out for these environments, as `npm start` does. */
  public synthesize(environments: Readonly<Record<string, Environment>>): void {
    const app = new App({ outdir: join(this.folder, "cdktf.out") });
    for (const [name, environment] of Object.entries(environments)) {
      addStacks(app, settingsOf(environment, name));
    }
    app.synth();
    if (process.env.FOR_EMULATOR !== undefined) {
      leaveOutUnknown(join(this.folder, "cdktf.out/stacks"));
    }
  }

  /** A file of the folder, read. */
  public read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  /** Every file of the folder, hidden ones too. */
  public files(): string[] {
    return readdirSync(this.folder, { recursive: true }).map(String).sort();
  }

  /** Writes a file of the folder. */
  public write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  /** Has a stack be deployed, with these outputs, also where there is no Terraform. */
  public deployed(stack: string, outputs: Readonly<Record<string, unknown>>): void {
    this.keepState(stack, outputs);
    // How a command has Terraform read a state: it applies a configuration that names it, and has its output printed.
    this.program(
      "terraform",
      `if (args[0] === "output") {
         const json = (path) => JSON.parse(require("node:fs").readFileSync(path, "utf8"));
         const { outputs } = json(json("main.tf.json").data.terraform_remote_state.read.config.path);
         const values = Object.entries(outputs).map(([name, { value }]) => [name, value]);
         console.log(JSON.stringify(Object.fromEntries(values)));
       }`,
    );
  }

  /** Writes the local state of a deployed stack that publishes these outputs, for a real Terraform to read. */
  public keepState(stack: string, outputs: Readonly<Record<string, unknown>>): void {
    const typed = Object.entries(outputs).map(([name, value]) => [name, { value, type: typeOf(value) }]);
    this.write(
      `state/${stack}.tfstate`,
      JSON.stringify({
        version: 4,
        terraform_version: "1.7.0",
        serial: 1,
        lineage: stack,
        outputs: Object.fromEntries(typed),
        // A reader that asked for providers would want this one.
        resources: [
          {
            mode: "managed",
            type: "none_such",
            name: "one",
            provider: `provider["registry.terraform.io/none/such"]`,
            instances: [{ schema_version: 0, attributes: {} }],
          },
        ],
      }),
    );
  }

  /**
   * Puts a program on the PATH in place of a real one. The body is JavaScript, with the arguments in `args`; each call
   * is recorded first, from now on.
   */
  public program(name: string, body = ""): void {
    const path = join(this.programs, name);
    rmSync(join(this.folder, `${name}.calls`), { force: true });
    const calls = join(this.folder, `${name}.calls`);
    const [, text] = /^console\.log\("([\w ./-]+)"\)$/.exec(body) ?? [];
    writeFileSync(
      path,
      text === undefined
        ? `#!${process.execPath}\nconst args = process.argv.slice(2);\n` +
            `require("node:fs").appendFileSync(${JSON.stringify(calls)}, JSON.stringify(args) + "\\n");\n${body}\n`
        : // What says its version alone is asked a hundred times: a shell starts twenty times as fast as Node.js.
          `#!/bin/sh\n[ $# -gt 0 ] && all=$(printf ',"%s"' "$@")\necho "[\${all#,}]" >>'${calls}'\necho '${text}'\n`,
    );
    chmodSync(path, 0o755);
  }

  /** Puts a real program on the PATH, under a name. */
  public link(name: string, path: string): void {
    symlinkSync(path, join(this.programs, name));
  }

  /** Takes everything off the PATH but what {@link program} puts there, and these real programs. */
  public onlyPrograms(...names: readonly string[]): void {
    for (const name of names) {
      symlinkSync(findProgram(name) ?? "", join(this.programs, name));
    }
    this.env.PATH = this.programs;
  }

  /** The calls of a program, in their order: the arguments of each. */
  public calls(name: string): string[][] {
    const path = join(this.folder, `${name}.calls`);
    const lines = existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
    return lines.map((line) => JSON.parse(line) as string[]);
  }

  /** How a command is started as a process: program, arguments and options. */
  public command(...args: readonly string[]): [string, string[], { cwd: string; env: NodeJS.ProcessEnv }] {
    return [
      process.execPath,
      ["-r", join(ROOT, "register-typescript.js"), join(ROOT, "cli/index.ts"), ...args],
      this.place(),
    ];
  }

  /** Runs a command of the project to its end, in this process, and without a terminal. */
  public run(...args: readonly string[]): Promise<CliResult> {
    return runHere(args, this.place());
  }

  /** The same in a process of its own: beside another, or where the process itself is tested. */
  public runApart(...args: readonly string[]): Promise<CliResult> {
    return new Promise((done) => {
      const [program, all, options] = this.command(...args);
      const child = spawn(program, all, { ...options, stdio: ["ignore", "pipe", "pipe"] });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      child.on("close", (status) => done({ status, stdout, stderr }));
    });
  }

  /** Where a command runs, and with which environment. */
  private place(): { cwd: string; env: NodeJS.ProcessEnv } {
    const path = this.env.PATH ?? `${this.programs}:${process.env.PATH}`;
    return { cwd: this.folder, env: { ...process.env, ...this.env, PATH: path } };
  }

  /** Takes the folder away. */
  public remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The type of a value, as a state writes it. */
function typeOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    return ["tuple", value.map(typeOf)];
  }
  if (typeof value === "object" && value !== null) {
    return ["object", Object.fromEntries(Object.entries(value).map(([key, one]) => [key, typeOf(one)]))];
  }
  return typeof value === "boolean" ? "bool" : typeof value;
}
