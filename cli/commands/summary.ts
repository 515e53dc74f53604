import { Command } from "commander";
import { summarize } from "../assembly/summary";
import { print } from "../terminal/output";

/** `npm start`, once everything is written: what that is. */
export const summary = new Command()
  .description("Tells what was synthesized: per environment the stacks, what they create and what never is")
  .action(() => print(summarize()));
