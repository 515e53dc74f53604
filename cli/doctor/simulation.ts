import type { LiveAccount, Request } from "./live-account";
import { unique } from "./unique";

/** What IAM decided. */
export interface Decided {
  /** Actions that are denied. */
  readonly denied: readonly string[];
  /** Actions that are denied unless something is so that cannot be known here, with what that is. */
  readonly undecided: readonly string[];
}

/**
 * Asks IAM whether a principal may do all of this.
 *
 * @throws where IAM is not to be asked.
 */
export async function decide(
  account: LiveAccount,
  principal: string,
  requests: readonly Omit<Request, "principal">[],
): Promise<Decided> {
  const answers = await Promise.all(requests.map((request) => account.decisions({ ...request, principal })));
  const refused = answers.flat().filter(({ EvalDecision }) => EvalDecision !== "allowed");
  const open = refused.filter(
    ({ EvalDecision, MissingContextValues = [] }) =>
      EvalDecision === "implicitDeny" && MissingContextValues.length > 0,
  );
  return {
    denied: unique(
      refused.filter((one) => !open.includes(one)).map(({ EvalActionName = "" }) => EvalActionName),
    ),
    undecided: unique(
      open.map(
        ({ EvalActionName, MissingContextValues = [] }) =>
          `${EvalActionName} (${MissingContextValues.join(", ")})`,
      ),
    ),
  };
}
