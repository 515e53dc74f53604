import type { LiveAccount, Request } from "./live-account";

/**
 * Asks IAM whether a principal may do all of this: which actions are denied, and which depend on something that cannot
 * be known here, each with what that is.
 *
 * @throws where IAM cannot be asked.
 */
export async function decide(
  account: LiveAccount,
  principal: string,
  requests: readonly Omit<Request, "principal">[],
): Promise<{ denied: string[]; undecided: string[] }> {
  const answers = await Promise.all(requests.map((request) => account.decisions({ ...request, principal })));
  const refused = answers.flat().filter(({ EvalDecision }) => EvalDecision !== "allowed");
  const open = refused.filter(
    ({ EvalDecision, MissingContextValues = [] }) =>
      EvalDecision === "implicitDeny" && MissingContextValues.length > 0,
  );
  const denied = refused
    .filter((one) => !open.includes(one))
    .map(({ EvalActionName = "" }) => EvalActionName);
  const undecided = open.map(
    ({ EvalActionName, MissingContextValues = [] }) =>
      `${EvalActionName} (${MissingContextValues.join(", ")})`,
  );
  return { denied: [...new Set(denied)], undecided: [...new Set(undecided)] };
}
