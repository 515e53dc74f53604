import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, type Socket, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Names that the certificate is for: a star stands for one label. */
const NAMES = ["*.amazonaws.com", "*.eu-central-1.amazonaws.com", "*.sso.eu-central-1.amazonaws.com"];

/**
 * A proxy of a company: it takes CONNECT, and answers in the place of AWS with a certificate of its own. What it is asked to
 * connect to is listed.
 */
export class InterceptingProxy {
  public url = "";
  /** Hosts with ports, in the order in which they were asked for. */
  public readonly connected: string[] = [];
  /** What was sent to prove who asks, each time. */
  public readonly authorizations: (string | undefined)[] = [];
  /** A refusal, in place of a connection. */
  public refusal: string | undefined;

  private readonly folder = mkdtempSync(join(tmpdir(), "proxy-"));
  private readonly sockets = new Set<Socket>();
  private aws: Server | undefined;

  private readonly server = createServer();

  /** @param answer what AWS answers, by host */
  constructor(private readonly answer: (host: string, request: IncomingMessage, body: string) => string) {}

  /** The certificate that whoever calls has to trust. */
  public get certificate(): string {
    return join(this.folder, "certificate.pem");
  }

  /** Why it cannot be had here; undefined where it can. */
  public static missing(): string | undefined {
    return spawnSync("openssl", ["version"]).status === 0
      ? undefined
      : "there is no openssl on the PATH, for a certificate";
  }

  /** Has it listen. */
  public async start(): Promise<void> {
    const key = join(this.folder, "key.pem");
    const names = `subjectAltName=${NAMES.map((name) => `DNS:${name}`).join(",")}`;
    spawnSync("openssl", [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=proxy"],
      ...["-addext", names, "-keyout", key, "-out", this.certificate],
    ]);
    const pair = { key: readFileSync(key), cert: readFileSync(this.certificate) };
    this.aws = createSecureServer(pair, (request, response) => void this.serve(request, response));
    const awsPort = await listen(this.aws);
    this.server.on("connect", (request, socket: Socket) => {
      this.connected.push(request.url ?? "");
      this.authorizations.push(request.headers["proxy-authorization"]);
      this.keep(socket);
      if (this.refusal !== undefined) {
        socket.end(`HTTP/1.1 ${this.refusal}\r\n\r\n`);
        return;
      }
      const behind = this.keep(connect(awsPort, "127.0.0.1"));
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      behind.pipe(socket).pipe(behind);
    });
    this.url = `http://127.0.0.1:${await listen(this.server)}`;
  }

  /** Has it end. */
  public stop(): void {
    this.server.close();
    this.aws?.close();
    this.sockets.forEach((socket) => socket.destroy());
    rmSync(this.folder, { recursive: true });
  }

  private keep(socket: Socket): Socket {
    this.sockets.add(socket);
    return socket.on("error", () => undefined);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray()).toString();
    const text = this.answer(request.headers.host ?? "", request, body);
    response.writeHead(200, { "content-type": text.startsWith("<") ? "text/xml" : "application/json" });
    response.end(text);
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}
