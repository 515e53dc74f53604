import { awsProgram, cliError, sessionFailure, startSessionArgs } from "../session/start-session";
import { chooseInstance } from "../assembly/choose";
import { readEnvironments } from "../assembly/environments";
import { handOver } from "../process/foreground";
import { patience, reachable } from "../instance/wait-until-online";
import { tellOfDeniedKey } from "../session/key";
import { type SessionOptions, sessionCommand } from "../session/options";
import { print, tell } from "../terminal/output";

/** `npm run connect`: a shell on an instance. */
export const connect = sessionCommand(
  "prints what would open the session as JSON, once it can be, and opens none",
)
  .description("Opens a shell on an instance, recorded where the environment records sessions.")
  .argument("[instance]", "name of the instance; asks where there are several")
  .action(async (name: string | undefined, options: SessionOptions) => {
    const chosen = await chooseInstance(readEnvironments(), {
      environment: options.environment,
      instance: name,
    });
    const { environment, instance } = chosen;
    const { region, recording } = environment;
    const documentName = recording?.documentName;
    const policy = recording?.policies.shell;
    const aws = awsProgram();
    const id = await reachable(chosen, patience(options.timeout), policy);
    const args = startSessionArgs({ region, id, documentName, reason: options.reason });
    if (options.json) {
      const session = { environment: environment.name, instance: instance.name, id, region, documentName };
      print(JSON.stringify({ ...session, command: ["aws", ...args] }, undefined, 2));
      return;
    }
    await tellOfDeniedKey(environment);
    const { status, stderr } = await handOver(aws, args);
    process.exitCode = status;
    const error = status === 0 ? undefined : cliError(stderr);
    if (error === undefined) {
      process.stderr.write(stderr);
      return;
    }
    tell(sessionFailure(error, { ...chosen, policy }).message);
  });
