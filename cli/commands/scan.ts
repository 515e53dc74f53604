import { Command } from "commander";
import { scanEnvironments } from "../scan/scan";

/** `npm run scan`: a second opinion on every environment. */
export const scan = new Command()
  .description("Has checkov judge every stack, and compares what it finds with what is accepted")
  .action(() => {
    process.exitCode = scanEnvironments();
  });
