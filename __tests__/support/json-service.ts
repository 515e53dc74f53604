import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What a service answers: a body, or an error's name and message. */
export type Answer = object | readonly [name: string, message: string];

/** A service that speaks AWS's JSON protocol as a test has it, for APIs that no emulator has. */
export class JsonService {
  /** Answers an operation, such as `DescribeInstanceInformation`. */
  public answer: (operation: string, input: Record<string, unknown>) => Answer = () => ({});

  private readonly server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
      const answer = this.answer(operation, JSON.parse(body) as Record<string, unknown>);
      const failed = Array.isArray(answer);
      const [type, message] = failed ? (answer as [string, string]) : [];
      response.writeHead(failed ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(failed ? { __type: type, message } : answer));
    });
  });

  /** Where it is, once {@link start} is done. */
  public get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Has it listen. */
  public start(): Promise<void> {
    return new Promise((done) => this.server.listen(0, "127.0.0.1", done));
  }

  /** Has it end. */
  public stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
