import type { RootShells, SynthesizedEnvironment } from "../assembly/environments";
import { instanceOf } from "../assembly/environment-command";
import { runInForeground } from "../process/foreground";
import { tellOfDeniedKey } from "../session/key";
import { type SessionOptions, sessionCommand } from "../session/options";
import { readySession } from "../session/ready-session";
import { cliError } from "../session/start-session";
import { Failure } from "../terminal/failure";
import { print, tell } from "../terminal/output";

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
    const { program, id, args, explain } = await readySession(chosen, options, policy);
    if (options.json) {
      const session = { environment: environment.name, instance: instance.name, id, region, documentName };
      print(JSON.stringify({ ...session, command: ["aws", ...args({ documentName })] }, undefined, 2));
      return;
    }
    await tellOfDeniedKey(environment, policy);
    const { status, stderr } = await runInForeground(program, args({ documentName }));
    process.exitCode = status;
    const error = status === 0 ? undefined : cliError(stderr);
    if (error === undefined) {
      process.stderr.write(stderr);
      return;
    }
    tell(explain(error).message);
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
