import { type AwsCall, AwsProxy, type Fate } from "./aws-proxy";

/** Answers of AWS by what is asked, such as `AmazonSSM.DescribeSessions`: JSON, or an error, or its name alone. */
export type Answers = Record<string, (input: Record<string, unknown>) => object | string | Promise<object>>;

/** A server on this machine that answers what a test says, and passes everything else on. */
export class AwsServer extends AwsProxy {
  /** What was asked, whoever answered. */
  public readonly targets = new Set<string>();
  public answers: Answers = {};

  /** @param behind gives the address of the server that everything else is passed on to */
  constructor(behind: () => string) {
    super(behind);
    this.before = (call) => this.own(call);
  }

  private async own({ action, body }: AwsCall): Promise<Fate> {
    this.targets.add(action);
    const answer = await this.answers[action]?.(JSON.parse(body.toString()) as Record<string, unknown>);
    return answer === undefined ? undefined : jsonAnswer(answer);
  }
}

function jsonAnswer(answer: object | string): Fate {
  if (typeof answer === "string") {
    return jsonAnswer(Object.assign(new Error(`the server says ${answer}`), { name: answer }));
  }
  const failed = answer instanceof Error;
  return {
    status: failed ? 400 : 200,
    type: "application/x-amz-json-1.1",
    body: JSON.stringify(failed ? { __type: answer.name, message: answer.message } : answer),
  };
}
