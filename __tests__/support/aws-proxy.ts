import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** One call of AWS. */
export interface AwsCall {
  /** The service, as it signs: `ec2`, `iam`, `logs`, `kms` and so on. */
  readonly service: string;
  /** Name of the action, such as `CreateVpc`, or `AmazonSSM.CreateDocument`; method and path where the protocol has none. */
  readonly action: string;
  /** Whether it may change something. */
  readonly changes: boolean;
  /** What was sent. */
  readonly body: Buffer;
  /** The program that called, as it says itself. */
  readonly caller: string;
}

/** An answer in place of AWS's own. */
export interface AwsAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** What becomes of a call: an answer, a connection that breaks, or nothing special. */
export type Fate = AwsAnswer | "cut" | undefined;

/** Headers that are between two programs, and those that fetch sets itself. */
const OWN_HEADERS = ["host", "connection", "content-length", "transfer-encoding", "expect", "keep-alive"];

/** Actions that only look. */
const LOOKS = /^(?:\w+\.)?(?:Describe|Get|List|Lookup|Head|Batch?Get)|^(?:GET|HEAD) /;

/** A server on this machine that passes calls on to an emulator, and lets a test meddle with each. */
export class AwsProxy {
  public url = "";
  /** Decides before a call is passed on. */
  public before: (call: AwsCall) => Fate | Promise<Fate> = () => undefined;
  /** Decides after a call has had its effect, before its answer is given. */
  public after: (call: AwsCall) => Fate | Promise<Fate> = () => undefined;

  private readonly underWay = new Set<Promise<void>>();

  protected readonly server: Server = createServer((request, response) => {
    // A caller that was killed is not there any more.
    const answered = this.answer(request, response)
      .catch(() => void response.destroy())
      .finally(() => this.underWay.delete(answered));
    this.underWay.add(answered);
  });

  /** @param behind gives the address of the emulator */
  constructor(private readonly behind: () => string) {}

  /** Has it listen. */
  public async start(): Promise<void> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Has it end. */
  public stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** Waits until no call is under way. */
  public async idle(): Promise<void> {
    while (this.underWay.size > 0) {
      await Promise.all(this.underWay);
    }
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray());
    const action = actionOf(request, body);
    // Credential=<key>/<day>/<Region>/<service>/aws4_request
    const [, service = ""] =
      /Credential=[^/]+\/\d+\/[\w-]+\/([\w-]+)\//.exec(request.headers.authorization ?? "") ?? [];
    const caller = request.headers["user-agent"] ?? "";
    const call = { service, action, changes: !LOOKS.test(action), body, caller };
    let fate = await this.before(call);
    if (fate === undefined) {
      const passed = await fetch(`${this.behind()}${request.url}`, {
        method: request.method,
        headers: headersOf(request),
        ...(body.length > 0 && { body }),
      });
      const answered = Buffer.from(await passed.arrayBuffer());
      fate = await this.after(call);
      if (fate === undefined) {
        const headers = [...passed.headers].filter(([name]) => !OWN_HEADERS.includes(name));
        response.writeHead(passed.status, Object.fromEntries(headers));
        response.end(answered);
        return;
      }
    }
    if (fate === "cut") {
      response.destroy();
      return;
    }
    response.writeHead(fate.status, { "content-type": fate.type });
    response.end(fate.body);
  }
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const { headers } = request;
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !OWN_HEADERS.includes(name)),
  ) as Record<string, string>;
}

function actionOf({ method, url, headers }: IncomingMessage, body: Buffer): string {
  const target = headers["x-amz-target"];
  if (typeof target === "string") {
    return target;
  }
  const query = /(?:^|&)Action=(\w+)/.exec(body.toString("latin1"));
  return query?.[1] ?? `${method} ${url}`;
}
