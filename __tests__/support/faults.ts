import type { AwsAnswer, AwsCall, AwsProxy, Fate } from "./aws-proxy";

/** How AWS, or the way to it, fails. */
export type Fault = "throttled" | "broken" | "cut" | "denied";

/** Errors in the words of a protocol. */
interface Protocol {
  readonly type: string;
  readonly body: (code: string) => string;
  readonly codes: Readonly<Record<Exclude<Fault, "cut">, readonly [status: number, code: string]>>;
}

const JSON_PROTOCOL: Protocol = {
  type: "application/x-amz-json-1.1",
  body: (code) => JSON.stringify({ __type: code, message: "so the test has it" }),
  codes: {
    throttled: [400, "ThrottlingException"],
    broken: [500, "InternalServerError"],
    denied: [400, "AccessDeniedException"],
  },
};

const EC2_PROTOCOL: Protocol = {
  type: "text/xml",
  body: (code) =>
    `<Response><Errors><Error><Code>${code}</Code><Message>so the test has it</Message></Error></Errors><RequestID>1</RequestID></Response>`,
  codes: {
    throttled: [503, "RequestLimitExceeded"],
    broken: [500, "InternalError"],
    denied: [403, "UnauthorizedOperation"],
  },
};

const QUERY_PROTOCOL: Protocol = {
  type: "text/xml",
  body: (code) =>
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>so the test has it</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
  codes: {
    throttled: [400, "Throttling"],
    broken: [500, "InternalFailure"],
    denied: [403, "AccessDenied"],
  },
};

/**
 * Has a share of the calls fail, spread evenly, each in one of these ways.
 *
 * @returns gives how many failed, of how many
 */
export function failSome(
  proxy: AwsProxy,
  share: number,
  faults: readonly Fault[],
): () => { readonly failed: number; readonly calls: number } {
  let [failed, calls] = [0, 0];
  proxy.before = (call) => {
    calls += 1;
    // Multiples of the golden ratio: as good as chance, and the same every time.
    if ((calls * 0.618033988749895) % 1 >= share) {
      return undefined;
    }
    failed += 1;
    return fateOf(call, faults[failed % faults.length] ?? "cut");
  };
  return () => ({ failed, calls });
}

function fateOf(call: AwsCall, fault: Fault): Fate {
  const protocol = protocolOf(call);
  if (fault === "cut" || protocol === undefined) {
    return "cut";
  }
  const [status, code] = protocol.codes[fault];
  const answer: AwsAnswer = { status, type: protocol.type, body: protocol.body(code) };
  return answer;
}

/** The protocol that a call speaks; undefined for those that are not known here. */
function protocolOf({ service, action }: AwsCall): Protocol | undefined {
  if (action.includes(".")) {
    return JSON_PROTOCOL;
  }
  if (/[ /]/.test(action)) {
    return undefined;
  }
  return service === "ec2" ? EC2_PROTOCOL : QUERY_PROTOCOL;
}
