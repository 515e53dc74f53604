import { readFileSync } from "node:fs";
import { Agent as HttpAgent, type ClientRequestArgs, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, type RequestOptions, request as httpsRequest } from "node:https";
import { BlockList, type Socket, isIP } from "node:net";
import type { Duplex } from "node:stream";
import { rootCertificates } from "node:tls";
import { problem } from "../../modules/facts/refusal";
import { Failure } from "../terminal/failure";

/** What the SDK's clients connect with; undefined for the SDK's own. */
export interface ProxyAgents {
  readonly httpAgent?: HttpAgent;
  readonly httpsAgent?: HttpsAgent;
}

/** A proxy, and the variable that names it. */
interface Proxy {
  readonly variable: string;
  readonly url: URL;
}

/** What an agent of Node.js is to connect to. */
interface Target {
  readonly host: string;
  readonly port: number;
}

type Connected = (error: Error | null, stream: Duplex) => void;

/** Milliseconds until a proxy is given up that does not answer. */
const PATIENCE = 5_000;

/**
 * Agents that do as the AWS CLI and Terraform do: calls go through the proxy in HTTPS_PROXY (HTTP_PROXY for an endpoint
 * without TLS), but for the hosts in NO_PROXY and this machine; and the certificates in AWS_CA_BUNDLE are trusted as well.
 * The SDK itself reads none of these variables. ALL_PROXY is read by none of the three.
 *
 * @throws where a variable has no address of a proxy, or names a file that cannot be read.
 */
export function proxyAgents(env: NodeJS.ProcessEnv = process.env): ProxyAgents {
  const ca = trusted(env);
  const secure = proxyIn("HTTPS_PROXY", env);
  const plain = proxyIn("HTTP_PROXY", env);
  return {
    ...((secure !== undefined || ca !== undefined) && { httpsAgent: new SecureAgent(secure, env, ca) }),
    ...(plain !== undefined && { httpAgent: new PlainAgent(plain, env, ca) }),
  };
}

class SecureAgent extends HttpsAgent {
  constructor(
    private readonly proxy: Proxy | undefined,
    private readonly env: NodeJS.ProcessEnv,
    ca: readonly string[] | undefined,
  ) {
    super({ keepAlive: true, maxSockets: 50, ...(ca && { ca: [...ca] }) });
  }

  public override createConnection(
    options: RequestOptions,
    connected?: Connected,
  ): Duplex | null | undefined {
    const through = this.proxy && throughProxy(this.proxy, targetOf(options, 443), this.env, this.options.ca);
    if (through === undefined) {
      return super.createConnection(options, connected);
    }
    // TLS is spoken with AWS: the proxy passes on what it cannot read.
    through.then(
      (socket) =>
        connected?.(null, super.createConnection({ ...options, socket } as RequestOptions) as Duplex),
      (error: Error) => connected?.(error, undefined as never),
    );
    return undefined;
  }
}

class PlainAgent extends HttpAgent {
  constructor(
    private readonly proxy: Proxy,
    private readonly env: NodeJS.ProcessEnv,
    private readonly ca: readonly string[] | undefined,
  ) {
    super({ keepAlive: true, maxSockets: 50 });
  }

  public override createConnection(
    options: ClientRequestArgs,
    connected?: Connected,
  ): Duplex | null | undefined {
    const through = throughProxy(this.proxy, targetOf(options, 80), this.env, this.ca);
    if (through === undefined) {
      return super.createConnection(options, connected);
    }
    through.then(
      (socket) => connected?.(null, socket),
      (error: Error) => connected?.(error, undefined as never),
    );
    return undefined;
  }
}

/** A proxy that a variable names, in capitals or not; undefined for none. */
function proxyIn(name: string, env: NodeJS.ProcessEnv): Proxy | undefined {
  const variable = env[name] ? name : name.toLowerCase();
  const given = env[variable];
  if (!given) {
    return undefined;
  }
  const text = given.includes("://") ? given : `http://${given}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && nameAndPassword(url) === undefined) {
    throw new Failure(
      `${variable}: its name or password has a % that begins no character; write % as %25, or unset the variable to go without`,
    );
  }
  if (url === undefined || url.hostname === "" || !["http:", "https:"].includes(url.protocol)) {
    const shown = given.replace(/^([a-z0-9+.-]+:\/\/)?.*@/i, "$1***@");
    const advice = problem(
      "the address of an HTTP proxy, such as http://proxy.example.com:3128",
      "mend it, or unset it to go without",
    );
    throw new Failure(`${variable}: got ${JSON.stringify(shown)}; ${advice}`);
  }
  return { variable, url };
}

/** What a proxy is told of its user; undefined where that is not written as addresses write it. */
function nameAndPassword({ username, password }: URL): string | undefined {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    return undefined;
  }
}

/** All whom calls trust: undefined where Node.js decides. */
function trusted(env: NodeJS.ProcessEnv): string[] | undefined {
  const path = env.AWS_CA_BUNDLE;
  if (!path) {
    return undefined;
  }
  // With a list of its own, Node.js leaves out those of NODE_EXTRA_CA_CERTS.
  const extra = env.NODE_EXTRA_CA_CERTS ? [readPem("NODE_EXTRA_CA_CERTS", env.NODE_EXTRA_CA_CERTS)] : [];
  return [...rootCertificates, ...extra, readPem("AWS_CA_BUNDLE", path)];
}

function readPem(variable: string, path: string): string {
  const allowed = problem("a file of certificates in PEM", "mend the path, or unset the variable");
  try {
    const text = readFileSync(path, "utf8");
    if (text.includes("-----BEGIN CERTIFICATE-----")) {
      return text;
    }
  } catch (error) {
    throw new Failure(`${variable}: got ${path}, which cannot be read (${codeOf(error)}); ${allowed}`);
  }
  throw new Failure(`${variable}: got ${path}, which has no certificate; ${allowed}`);
}

function targetOf({ host, port }: ClientRequestArgs, usual: number): Target {
  return { host: host ?? "localhost", port: Number(port ?? usual) };
}

/** A connection through the proxy; undefined for hosts that are reached without. */
function throughProxy(
  proxy: Proxy,
  target: Target,
  env: NodeJS.ProcessEnv,
  ca: RequestOptions["ca"] | readonly string[],
): Promise<Socket> | undefined {
  return isDirect(target, env) ? undefined : connectThrough(proxy, target, ca as RequestOptions["ca"]);
}

function connectThrough({ variable, url }: Proxy, { host, port }: Target, ca: RequestOptions["ca"]) {
  const wanted = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  // Never with the name and the password that may be in it.
  const named = `the proxy ${url.protocol}//${url.host} in ${variable.toUpperCase()}`;
  const isSecure = url.protocol === "https:";
  const user = nameAndPassword(url) ?? "";
  const headers = {
    host: wanted,
    ...(url.username !== "" && {
      "proxy-authorization": `Basic ${Buffer.from(user).toString("base64")}`,
    }),
  };
  return new Promise<Socket>((resolve, reject) => {
    const asked = (isSecure ? httpsRequest : httpRequest)({
      method: "CONNECT",
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port || (isSecure ? 443 : 80),
      path: wanted,
      headers,
      agent: false,
      timeout: PATIENCE,
      ...(isSecure && ca !== undefined && { ca }),
    });
    asked.once("connect", ({ statusCode = 0, statusMessage = "", headers: said }, socket: Socket) => {
      if (statusCode >= 200 && statusCode < 300) {
        socket.setTimeout(0);
        resolve(socket);
        return;
      }
      socket.destroy();
      const fix =
        statusCode === 407
          ? loginAdvice(String(said["proxy-authenticate"] ?? "Basic"), url.username !== "")
          : `have whoever keeps it let that through, or name the host in NO_PROXY where it is reached without`;
      reject(new Error(`${named} answered ${statusCode} ${statusMessage} to ${wanted}: ${fix}`));
    });
    asked.once("timeout", () => asked.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })));
    asked.once("error", (error) => {
      const message = `${named} does not answer (${codeOf(error)}): check the address, or unset the variable to go without`;
      reject(Object.assign(new Error(message), { code: codeOf(error) }));
    });
    asked.end();
  });
}

/** What to do about a proxy that asks who calls. The AWS CLI and Terraform know the same kind alone. */
function loginAdvice(asked: string, isGiven: boolean): string {
  const kinds = asked.split(",").map((kind) => kind.trim().split(/[ =]/)[0]);
  if (!kinds.some((kind) => kind?.toLowerCase() === "basic")) {
    return `it takes ${kinds.join(", ")} alone, and programs for AWS know Basic: have whoever keeps it let AWS through without, or put a program between that speaks ${kinds[0]}, such as Px or cntlm`;
  }
  return isGiven
    ? "the name or the password in that variable is not the one it asks for"
    : "put the name and the password it asks for into that variable, as http://<name>:<password>@<host>:<port>";
}

/** Whether a host is reached without the proxy: this machine, and what NO_PROXY names, with all below it. */
function isDirect({ host, port }: Target, env: NodeJS.ProcessEnv): boolean {
  if (host === "localhost" || host === "::1" || host.startsWith("127.")) {
    return true;
  }
  const entries = (env.NO_PROXY || env.no_proxy || "")
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((entry) => entry.toLowerCase());
  return entries.some((entry) => {
    if (entry === "*") {
      return true;
    }
    if (isIP(host) !== 0) {
      return entry === host || isWithin(host, entry);
    }
    const [, name = "", of] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry) ?? [];
    const isPort = of === undefined || Number(of) === port;
    return name !== "" && isPort && (host === name || host.endsWith(`.${name}`));
  });
}

function isWithin(address: string, block: string): boolean {
  const [network = "", prefix = ""] = block.split("/");
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  if (isIP(network) !== isIP(address) || !/^\d{1,3}$/.test(prefix)) {
    return false;
  }
  const list = new BlockList();
  try {
    list.addSubnet(network, Number(prefix), family);
  } catch {
    return false; // a prefix that there is not
  }
  return list.check(address, family);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
