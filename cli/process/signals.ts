const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/** What may end a command from outside. */
export type EndSignal = keyof typeof SIGNALS;

type Handler = (signal: EndSignal) => void;

/** Ends the process in good order: what is registered for its exit is done, as it is not when a signal kills it. */
const exit: Handler = (signal) => process.exit(exitStatus(signal));

let current: Handler = exit;

/** The status of a process that a signal has ended. */
export function exitStatus(signal: EndSignal): number {
  return 128 + SIGNALS[signal];
}

/** Has Ctrl-C, and a request to end, leave nothing behind. */
export function installSignals(): void {
  for (const signal of Object.keys(SIGNALS) as EndSignal[]) {
    process.on(signal, () => current(signal));
  }
}

/** Whether a command has said what a signal does, as it has something to end in good order. */
export function isBusy(): boolean {
  return current !== exit;
}

/** Has a command decide what a signal does while it works: a child that shares the terminal hears Ctrl-C itself. */
export async function whileHandling<T>(handler: Handler, work: () => Promise<T>): Promise<T> {
  const before = current;
  current = handler;
  try {
    return await work();
  } finally {
    current = before;
  }
}
