import { instanceOf } from "../assembly/environment-command";
import { runInForeground } from "../process/foreground";
import { tellOfDeniedKey } from "../session/key";
import { type SessionOptions, sessionCommand } from "../session/options";
import { readySession } from "../session/ready-session";
import { cliError } from "../session/start-session";
import { print, tell } from "../terminal/output";

/** `npm run connect`: a shell on an instance. */
export const connect = sessionCommand(
  "prints what would open the session as JSON, once it can be, and opens none",
)
  .description("Opens a shell on an instance, recorded where the environment records sessions.")
  .argument("[instance]", "name of the instance; asks where there are several")
  .action(async (name: string | undefined, options: SessionOptions) => {
    const chosen = await instanceOf(name, options);
    const { environment, instance } = chosen;
    const { region, recording } = environment;
    const documentName = recording?.documentName;
    const { program, id, args, explain } = await readySession(chosen, options, recording?.policies.shell);
    if (options.json) {
      const session = { environment: environment.name, instance: instance.name, id, region, documentName };
      print(JSON.stringify({ ...session, command: ["aws", ...args({ documentName })] }, undefined, 2));
      return;
    }
    await tellOfDeniedKey(environment);
    const { status, stderr } = await runInForeground(program, args({ documentName }));
    process.exitCode = status;
    const error = status === 0 ? undefined : cliError(stderr);
    if (error === undefined) {
      process.stderr.write(stderr);
      return;
    }
    tell(explain(error).message);
  });
