import { main } from "../../cli";

/** What a command came to. */
export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let isRunning = false;

/**
 * Calls a command in this process, which is to it what a process of its own would be: what it writes is caught, what it
 * would do at its exit is done, and nothing of it is left for the next.
 *
 * @throws where another runs: the two would share folder, environment and output. One of them needs its own process.
 */
export async function runHere(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<CliResult> {
  if (isRunning) {
    throw new Error("another command runs in this process: runApart gives one a process of its own");
  }
  isRunning = true;
  const before = { env: process.env, folder: process.cwd(), handlers: process.listeners("exit") };
  const [out, err] = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, "write").mockReturnValue(true),
  );
  const said = (stream: typeof out): string =>
    (stream?.mock.calls ?? []).map(([chunk]) => String(chunk)).join("");
  process.env = definedIn(env);
  process.chdir(cwd);
  process.exitCode = undefined;
  try {
    const status = await main(args);
    for (const handler of process.listeners("exit").filter((one) => !before.handlers.includes(one))) {
      process.off("exit", handler);
      handler.call(process, status);
    }
    return { status, stdout: said(out), stderr: said(err) };
  } finally {
    process.exitCode = undefined;
    process.chdir(before.folder);
    process.env = before.env;
    out?.mockRestore();
    err?.mockRestore();
    isRunning = false;
  }
}

/** Variables without those that are undefined: process.env would have them as the text "undefined". */
export function definedIn(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}
