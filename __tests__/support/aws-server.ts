import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";

/** Answers of AWS by what is asked, such as `AmazonSSM.DescribeSessions`: JSON, or the name of an error. */
export type Answers = Record<string, (input: Record<string, unknown>) => object | string | Promise<object>>;

/** A server on this machine that answers what a test says, and passes everything else on. */
export class AwsServer {
  /** What was asked, whoever answered. */
  public readonly targets = new Set<string>();
  public answers: Answers = {};
  public url = "";

  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  /** @param behind gives the address of the server that everything else is passed on to */
  constructor(private readonly behind: () => string) {}

  public async start(): Promise<void> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  public stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray());
    const target = String(request.headers["x-amz-target"] ?? "");
    this.targets.add(target);
    const own = this.answers[target];
    if (own === undefined) {
      const headers = { ...(request.headers as Record<string, string>) };
      // These are for this server, and fetch gives its own.
      delete headers.host;
      delete headers.connection;
      const passed = await fetch(`${this.behind()}${request.url}`, { method: request.method, headers, body });
      response.writeHead(passed.status, { "content-type": passed.headers.get("content-type") ?? "" });
      response.end(Buffer.from(await passed.arrayBuffer()));
      return;
    }
    const answer = await own(JSON.parse(body.toString()) as Record<string, unknown>);
    const failed = typeof answer === "string";
    response.writeHead(failed ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(failed ? { __type: answer, message: `the server says ${answer}` } : answer));
  }
}
