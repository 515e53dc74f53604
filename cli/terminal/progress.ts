import { writeSync } from "node:fs";
import { isFancy, tell } from "./output";

/**
 * Shows that something takes time, on the standard error: a line that moves on a terminal and goes when it is done, and
 * elsewhere a line for each new thing that is said.
 */
export async function progress<T>(
  title: string,
  work: (say: (text: string) => void) => Promise<T>,
): Promise<T> {
  if (!isFancy(process.stderr)) {
    let last = "";
    const say = (text: string): void => {
      if (text !== last) {
        last = text;
        tell(text);
      }
    };
    say(title);
    return work(say);
  }
  // Only where it is shown: it takes a tenth of a second to load.
  const { Listr, ListrLogger, ProcessOutput } = await import("listr2");
  const logger = new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
  let result: T | undefined;
  // The line that moves hides the cursor, and keeps back what is written; a signal ends us before it shows either.
  const showCursor = (): void => {
    try {
      writeSync(process.stderr.fd, "\u001b[?25h");
    } catch {
      // The terminal is closed.
    }
  };
  process.once("exit", showCursor);
  await new Listr(
    [
      {
        title,
        task: async (_, task) => {
          result = await work((text) => {
            task.title = text;
          });
        },
      },
    ],
    {
      registerSignalListeners: false,
      fallbackRendererCondition: false,
      rendererOptions: { clearOutput: true, showErrorMessage: false, logger },
    },
  )
    .run()
    .finally(() => process.off("exit", showCursor));
  return result as T;
}
