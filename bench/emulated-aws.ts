import { join } from "node:path";
import { AwsProxy } from "../__tests__/support/aws-proxy";
import { pinnedProvider, whyNoProvider } from "../__tests__/support/terraform";
import { inScratchFolder } from "../cli/process/scratch-folder";
import { type Emulator, startEmulator } from "../cli/rehearsal/emulator";
import { median } from "./measure";

/** An emulator of AWS, and what is asked of it. */
export interface EmulatedAws extends Emulator {
  /** Programs that called, once for every call, as they say themselves. */
  readonly callers: readonly string[];
}

/** What some work took. */
export interface Cost {
  readonly seconds: number;
  /** Calls of AWS. */
  readonly calls: number;
}

/**
 * Does something with an emulator, in a folder that is gone when it is done.
 *
 * @throws where Terraform does not have the pinned AWS provider.
 */
export async function withEmulatedAws<T>(work: (folder: string, aws: EmulatedAws) => Promise<T>): Promise<T> {
  const missing = whyNoProvider(pinnedProvider());
  if (missing !== undefined) {
    throw new Error(missing);
  }
  return inScratchFolder(async (folder) => {
    const emulator = await startEmulator(join(folder, "moto.log"), () => undefined);
    const proxy = new AwsProxy(() => emulator.url);
    const callers: string[] = [];
    proxy.before = ({ caller }) => {
      callers.push(caller);
      return undefined;
    };
    try {
      await proxy.start();
      return await work(folder, { ...emulator, url: proxy.url, callers });
    } finally {
      proxy.stop();
      emulator.end();
    }
  });
}

/** Does some work, and tells what it took. */
export async function costOf({ callers }: EmulatedAws, work: () => Promise<void>): Promise<Cost> {
  const [start, before] = [performance.now(), callers.length];
  await work();
  return { seconds: (performance.now() - start) / 1000, calls: callers.length - before };
}

/** The median of each. */
export function medianOf(costs: readonly Cost[]): Cost {
  return { seconds: median(costs.map((one) => one.seconds)), calls: median(costs.map((one) => one.calls)) };
}
