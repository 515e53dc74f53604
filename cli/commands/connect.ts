import type { RootShells, SynthesizedEnvironment } from "../assembly/environments";
import { instanceOf } from "../assembly/environment-command";
import { type SessionOptions, sessionCommand } from "../session/options";
import { readySession } from "../session/ready-session";
import { openShell } from "../session/shell-client";
import { startSessionArgs } from "../session/start-session";
import { Failure } from "../terminal/failure";
import { print } from "../terminal/output";

/** `npm run connect`: a shell on an instance. */
export const connect = sessionCommand(
  "prints what would open the session as JSON, once it can be, and opens none",
)
  .description("Opens a shell on an instance, recorded where the environment records sessions.")
  .argument("[instance]", "name of the instance; asks where there are several")
  .option("--root", "as the user who may use sudo, where the environment has root shells; recorded too")
  .action(async (name: string | undefined, options: SessionOptions & { readonly root?: boolean }) => {
    const chosen = await instanceOf(name, options);
    const { environment, instance } = chosen;
    const { region } = environment;
    const { documentName, policy } = options.root ? rootShells(environment) : shells(environment);
    const ready = await readySession(chosen, options, policy);
    if (options.json) {
      const { id } = ready;
      const session = { environment: environment.name, instance: instance.name, id, region, documentName };
      const command = ["aws", ...startSessionArgs(ready.request({ documentName }))];
      print(JSON.stringify({ ...session, command }, undefined, 2));
      return;
    }
    process.exitCode = await openShell(ready, documentName);
  });

function shells({ recording }: SynthesizedEnvironment): Partial<RootShells> {
  return { documentName: recording?.documentName, policy: recording?.policies.shell };
}

function rootShells({ name, recording }: SynthesizedEnvironment): RootShells {
  if (recording?.root === undefined) {
    throw new Failure(
      `${name} has no root shells: write rootShell: { user: "ec2-user" } in sessions, then npm run deploy -- ${name}`,
    );
  }
  return recording.root;
}
