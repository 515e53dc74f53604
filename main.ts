import { join } from "node:path";
import { App } from "cdktf";
import { refusedStacks, stackProblems } from "./stacks";
import { LOCK_FILE, placeLock } from "./stacks/provider-lock";
import { loadEnvironments } from "./stacks/settings/load";
import { refuse } from "./stacks/settings/refuse";
import { leaveOutTokenTraces } from "./stacks/token-traces";

leaveOutTokenTraces();
const { environments, problems } = loadEnvironments(join(__dirname, "environments"), process.env.ENVIRONMENT);
refuse(problems);

// CDKTF would check each stack as it writes it: here all are checked before the first is written.
const app = new App({ skipValidation: true });
refuse(environments.flatMap((environment) => refusedStacks(app, environment)));
refuse(stackProblems(app));
app.synth();
for (const problem of placeLock(app, join(__dirname, LOCK_FILE))) {
  process.stderr.write(`${problem}: init verifies no checksums until npm run lock has fetched them\n`);
}
