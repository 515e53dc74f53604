import { existsSync } from "node:fs";
import { join } from "node:path";
import { JSON_FORMAT } from "../../stacks/contract";
import { Workspace } from "./cli";

/** A stack of resources that Terraform has built in: it plans and applies them for real, without a provider. */
export interface BuiltInStack {
  /** What `terraform_data.one` is given. */
  readonly input?: unknown;
  /** Values of outputs, by name. */
  readonly output?: Readonly<Record<string, unknown>>;
  /** Names of the stacks that it reads, with the output it reads of each. */
  readonly reads?: Readonly<Record<string, string>>;
  /** A command of a shell that creating `terraform_data.two` runs. */
  readonly command?: string;
  /** A command of a shell that destroying `terraform_data.one` runs. */
  readonly destroyed?: string;
}

/** An environment of which one stack reads another, and one stands alone. */
export const STACKS: Readonly<Record<string, BuiltInStack>> = {
  "dev-networking": { output: { vpc_id: "vpc-1", unread: "a" } },
  "dev-sessions": {},
  "dev-instances": { reads: { "dev-networking": "vpc_id" } },
};

/** An environment that records its sessions, of which two stacks stand alone and the last reads both. */
export const RECORDING_STACKS = {
  "dev-networking": { output: { vpc_id: "vpc-1" } },
  "dev-sessions": { output: { key_arn: "key" } },
  "dev-instances": { reads: { "dev-networking": "vpc_id", "dev-sessions": "key_arn" } },
} satisfies Readonly<Record<string, BuiltInStack>>;

/** A folder for such stacks: none needs a provider, and what Terraform says of a configuration would be in the way. */
export function stacksWorkspace(): Workspace {
  const workspace = new Workspace();
  // They are written by a test, and not by an app.
  workspace.write("cdktf.json", JSON.stringify({ app: "true" }));
  workspace.env.TF_CLI_CONFIG_FILE = undefined;
  return workspace;
}

/** Which stacks have a state that has something. */
export function deployedStacks(workspace: Workspace): string[] {
  return workspace
    .files()
    .flatMap((file) => /^state\/([^.].*)\.tfstate$/.exec(file)?.[1] ?? [])
    .filter((name) => workspace.read(`state/${name}.tfstate`).includes("terraform_data"))
    .sort();
}

/** What is kept of the plans of dev. */
export function keptPlans(workspace: Workspace): string[] {
  return workspace.files().filter((file) => file.startsWith("plans/"));
}

/** Writes stacks to cdktf.out, in place of what is there. */
export function writeStacks(workspace: Workspace, stacks: Readonly<Record<string, BuiltInStack>>): void {
  const manifest = Object.entries(stacks).map(([name, stack]) => {
    const synthesizedStackPath = `stacks/${name}/cdk.tf.json`;
    workspace.write(`cdktf.out/${synthesizedStackPath}`, JSON.stringify(jsonOf(name, stack)));
    return [name, { name, synthesizedStackPath, dependencies: Object.keys(stack.reads ?? {}) }];
  });
  workspace.write(
    "cdktf.out/manifest.json",
    JSON.stringify({ stacks: Object.fromEntries(manifest) as object }),
  );
}

/** A command of a shell that says that it has begun, and ends with {@link goOn}, or after ten seconds. */
export const WAIT =
  "trap '' INT; touch ../../../begun; for i in $(seq 200); do [ -e ../../../go ] && exit 0; sleep 0.05; done";

/** Waits until {@link WAIT} has begun; not for ever, as it may have failed. */
export async function begun(workspace: Workspace): Promise<void> {
  for (let look = 0; !existsSync(join(workspace.folder, "begun")); look++) {
    if (look === 200) {
      throw new Error("the command did not begin");
    }
    await new Promise((again) => setTimeout(again, 50));
  }
}

/** Lets {@link WAIT} end when Terraform has heard that it is to stop: it may hear it late on a busy machine. */
export async function goOnWhenHeard(workspace: Workspace): Promise<void> {
  const heard = (): boolean =>
    workspace
      .files()
      .some((file) => file.startsWith("logs/") && workspace.read(file).includes("Interrupt received"));
  for (let look = 0; look < 100 && !heard(); look++) {
    await new Promise((again) => setTimeout(again, 50));
  }
  goOn(workspace);
}

/** Lets {@link WAIT} end. */
export function goOn(workspace: Workspace): void {
  workspace.write("go", "");
}

function jsonOf(
  name: string,
  { input = "a", output = {}, reads = {}, command, destroyed }: BuiltInStack,
): object {
  const states = Object.keys(reads).map((producer) => [
    producer,
    { backend: "local", config: { path: statePath(producer) } },
  ]);
  const read = Object.entries(reads).map(
    ([producer, value]) => `\${data.terraform_remote_state.${producer}.outputs.${value}}`,
  );
  return {
    "//": { metadata: { format: JSON_FORMAT } },
    terraform: { backend: { local: { path: statePath(name) } } },
    ...(states.length > 0 && { data: { terraform_remote_state: Object.fromEntries(states) as object } }),
    resource: {
      terraform_data: {
        one: {
          input: read.length > 0 ? read : input,
          ...(destroyed !== undefined && {
            provisioner: { "local-exec": { when: "destroy", command: destroyed } },
          }),
        },
        ...(command !== undefined && { two: { provisioner: { "local-exec": { command } } } }),
      },
    },
    // Terraform takes no empty block of outputs.
    ...(Object.keys(output).length > 0 && {
      output: Object.fromEntries(Object.entries(output).map(([key, value]) => [key, { value }])) as object,
    }),
  };
}

function statePath(stack: string): string {
  return `../../../state/${stack}.tfstate`;
}
