import { isInstanceItself } from "../../modules/facts/forward-target";
import { type ChosenInstance, chooseInstance } from "../assembly/choose";
import { type SynthesizedEnvironment, readEnvironments } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import { openingProblem } from "../process/ports";
import { type LocalPort, localPorts } from "../session/local-ports";
import { readySession } from "../session/ready-session";
import { type SessionOptions, sessionCommand } from "../session/options";
import { type EndSignal, exitStatus, whileHandling } from "../process/signals";
import { print, tell } from "../terminal/output";
import { clientLine } from "../session/client-lines";
import { builtinTunnel } from "../session/builtin-tunnel";
import { pluginTunnel } from "../session/plugin-tunnel";
import { sessionEnd } from "../session/session-ends";
import { Tunnel, type TunnelEvent } from "../session/tunnel";
import { sanitize, sanitizeJson } from "../terminal/sanitize";

/** `npm run forward`: tunnels to what an environment names, until they are ended. */
export const forward = sessionCommand("prints what happens as JSON, an object a line")
  .description(
    "Opens tunnels through an instance to the targets that sessions.forward names, and keeps them open:\n" +
      "  npm run forward -- web db cache:16379\n" +
      "A target has a port of its own on this machine, the same each time, unless one is given.",
  )
  .usage("[instance] <target>[:<localPort>]... [options]")
  .argument("<names...>", "name of the instance, where there are several; then the targets")
  .action(async (names: readonly string[], options: SessionOptions) => {
    const environments = readEnvironments();
    const instanceIsNamed = namesInstance(
      names,
      environments.filter(({ name }) => name === (options.environment ?? name)),
    );
    const chosen = await chooseInstance(environments, {
      environment: options.environment,
      instance: instanceIsNamed ? names[0] : undefined,
    });
    const { environment, instance } = chosen;
    const targets = forwardTargets(environment);
    const wanted = instanceIsNamed ? names.slice(1) : names;
    if (wanted.length === 0) {
      throw new Failure(
        `no target given: there is ${targets.map(({ name }) => name).join(", ")}; ` +
          `npm run forward -- ${instance.name} <target>`,
      );
    }
    const ports = await localPorts(wanted, targets, environment.name);
    for (const { target, port } of ports.filter(({ isReplaced }) => isReplaced)) {
      tell(
        `${target.name}: another program, or this tunnel once more, has its port: localhost:${port} this time`,
      );
    }
    const { id, plugin, request, context } = await readySession(
      chosen,
      options,
      environment.recording?.policies.forward,
    );
    const open = plugin === undefined ? builtinTunnel : pluginTunnel(plugin);
    const tunnels = ports.map((port) => {
      let client = options.json ? undefined : clientLine(port);
      const { documentName } = port.target;
      const asked = request({ documentName, parameters: { localPortNumber: `${port.port}` } });
      return new Tunnel({
        open: (hooks) => open(asked, port.port, hooks),
        obstacle: () => openingProblem(port.port),
        explain: (end) => sessionEnd(end, context),
        onEvent: (event) => {
          print(options.json ? asJson(port, chosen, id, event) : asLine(port, chosen, event));
          if (event.event === "open" && client !== undefined) {
            print(`${port.target.name}: client: ${sanitize(client)}`);
            client = undefined; // once is enough, however often the tunnel is opened again
          }
        },
      });
    });
    process.exitCode = await keepOpen(tunnels);
  });

/** Whether the first name is an instance's. It need not be given, but what is neither is taken for one. */
function namesInstance([first = "", ...others]: readonly string[], all: SynthesizedEnvironment[]): boolean {
  const has = (things: readonly { readonly name: string }[] = [], name = first): boolean =>
    things.some((thing) => thing.name === name);
  const isTarget = all.some(({ recording }) => has(recording?.forward, first.split(":")[0]));
  return all.some(({ instances }) => has(instances)) || (others.length > 0 && !isTarget);
}

function forwardTargets({ name, recording }: SynthesizedEnvironment) {
  if (recording === undefined || recording.forward.length === 0) {
    throw new Failure(
      `${name} has no forward target: add one to sessions.forward in environments/${name}.ts, such as ` +
        'db: { host: "db.example.com", port: 5432, cidr: "10.20.0.0/24" }, then npm run deploy -- ' +
        name,
    );
  }
  return recording.forward;
}

/** Runs tunnels until all have ended: the status to end with. */
async function keepOpen(tunnels: readonly Tunnel[]): Promise<number> {
  let signal: EndSignal | undefined;
  const stop = (): void => tunnels.forEach((tunnel) => tunnel.stop());
  process.once("exit", stop);
  const ended = await whileHandling(
    (received) => {
      signal ??= received;
      stop();
    },
    () => Promise.all(tunnels.map((tunnel) => tunnel.run())),
  );
  if (ended.includes(false) || signal === undefined) {
    return 1;
  }
  return tunnels.every(({ wasOpen }) => wasOpen) ? 0 : exitStatus(signal);
}

function asLine({ target, port }: LocalPort, { instance }: ChosenInstance, event: TunnelEvent): string {
  const far = isInstanceItself(target.host)
    ? `port ${target.port} of ${instance.name} itself`
    : `${target.host}:${target.port}`;
  const text = (): string => {
    switch (event.event) {
      case "opening":
        return `opening localhost:${port}, through ${instance.name}`;
      case "open":
        return `open: localhost:${port} is ${far}`;
      case "unreachable":
        return `${instance.name} cannot reach ${far}: ${
          isInstanceItself(target.host)
            ? "a program must listen there, on the loopback address too"
            : "the host must let it in, and be where sessions.forward says it is"
        }`;
      case "away":
        return `connection lost (${event.reason}): coming back for as long as AWS keeps the session`;
      case "back":
        return `connected again, after ${event.seconds.toFixed(1)} s`;
      case "dropped":
        return `dropped (${event.reason}): again in ${event.seconds} s`;
      case "failed":
        return `failed: ${event.reason}`;
      case "closed":
        return "closed";
    }
  };
  // The far end has a say in some of it.
  return `${target.name}: ${sanitize(text())}`;
}

function asJson({ target, port }: LocalPort, chosen: ChosenInstance, id: string, event: TunnelEvent): string {
  return sanitizeJson({
    time: new Date().toISOString(),
    environment: chosen.environment.name,
    instance: chosen.instance.name,
    id,
    tunnel: target.name,
    localPort: port,
    host: target.host,
    port: target.port,
    ...event,
  });
}
