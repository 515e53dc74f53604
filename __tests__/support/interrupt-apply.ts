import { spawn } from "node:child_process";
import type { RehearsedStack } from "../../cli/rehearsal/rehearsed-stack";
import { rehearsalEnv } from "../../cli/rehearsal/override";
import { terraformProgram } from "../../cli/terraform/program";
import type { AwsCall, AwsProxy, Fate } from "./aws-proxy";

/** What Ctrl-C sends, and what nothing survives. */
export type Interruption = "SIGINT" | "SIGKILL";

/** Applies a stack, and counts the calls that change something. */
export async function countChanges(stack: RehearsedStack, proxy: AwsProxy): Promise<number> {
  let changes = 0;
  proxy.before = ({ changes: counts }) => {
    changes += Number(counts);
    return undefined;
  };
  await stack.plan();
  await stack.apply();
  proxy.before = () => undefined;
  return changes;
}

/**
 * Applies a stack, and sends a signal to Terraform and its provider at one of the calls that change something.
 *
 * @param at which: 1 is the first call, lost on its way to AWS, 2 the same call, carried out and never answered, and so on
 * @returns the call, or undefined where Terraform ended before it came to that
 */
export async function interruptApply(
  stack: RehearsedStack,
  proxy: AwsProxy,
  { signal, at }: { readonly signal: Interruption; readonly at: number },
): Promise<string | undefined> {
  const { folder } = stack;
  const args = ["apply", "-auto-approve", "-input=false", "-no-color"];
  // In a group of its own, as in a terminal or a job of a pipeline, that all get the signal.
  const child = spawn(terraformProgram(), args, {
    cwd: folder,
    env: rehearsalEnv(proxy.url),
    detached: true,
    stdio: "ignore",
  });
  const ended = new Promise((done) => child.on("close", done));
  let seen = 0;
  let interrupted: string | undefined;
  const meet = async (when: string, { action, changes }: AwsCall): Promise<Fate> => {
    if (!changes) {
      return undefined;
    }
    seen += 1;
    if (seen === at) {
      interrupted = `${when} ${action}`;
      process.kill(-(child.pid ?? 0), signal);
      // A network's time: whoever called gives up before there is an answer.
      await new Promise((done) => setTimeout(done, 300));
      return "cut";
    }
    return undefined;
  };
  proxy.before = (call) => meet("before", call);
  proxy.after = (call) => meet("after", call);
  await ended;
  await proxy.idle();
  proxy.before = () => undefined;
  proxy.after = () => undefined;
  return interrupted;
}
