import type { z } from "zod";
import { type ArnPlace, arnPlaceProblem, parseArn } from "../../modules/facts/arn";

/** An ARN that a setting names. */
interface NamedArn {
  readonly path: readonly (string | number)[];
  readonly arn: string;
}

/** The settings that name what is used in the account that is deployed to: IAM takes none of another there. */
const OF_THE_ACCOUNT = [
  ["assumeRoleArn"],
  ["iam", "permissionsBoundaryArn"],
  ["iam", "managedPolicyArns"],
  ["sessions", "deployerRoleArns"],
] as const;

/**
 * Refuses ARNs that cannot fit by what they say themselves: of another partition, Region or account. What is wrong with
 * other settings hides nothing: whatever is no text is left out.
 */
export function checkArns(settings: object, context: z.RefinementCtx): void {
  const { region, allowedAccountIds, state } = settings as Readonly<Record<string, unknown>>;
  const own = OF_THE_ACCOUNT.flatMap((path) => arnsAt(settings, path));
  const keys = arnsAt(settings, ["logGroupKeyArn"]);
  const keysOfVolumes = Object.keys(asGroup(valueAt(settings, ["instances"]))).flatMap((name) =>
    arnsAt(settings, ["instances", name, "rootVolume", "kmsKeyId"]),
  );
  const ofState = ["kmsKeyId", "assumeRoleArn"].flatMap((name) => arnsAt(settings, ["state", name]));
  const accounts = accountsOf(allowedAccountIds, own);
  const report = (named: readonly NamedArn[], place: ArnPlace): void => {
    for (const { path, arn } of named) {
      const message = arnPlaceProblem(arn, place);
      if (message !== undefined) {
        context.addIssue({ code: "custom", path: [...path], message, params: { given: arn } });
      }
    }
  };
  const known = typeof region === "string" ? region : undefined;
  report(own, { region: known, accounts });
  report([...keys, ...keysOfVolumes], { region: known });
  const stateRegion = asGroup(state).region;
  report(ofState, { region: typeof stateRegion === "string" ? stateRegion : undefined });
}

/** The accounts that may be deployed to: as they are listed, else the one that the first ARN of IAM is in. */
function accountsOf(allowed: unknown, own: readonly NamedArn[]): ArnPlace["accounts"] {
  if (Array.isArray(allowed) && allowed.length > 0) {
    return { ids: allowed.map(String), whose: "which allowedAccountIds has" };
  }
  for (const { path, arn } of own) {
    const account = parseArn(arn)?.account;
    if (account !== undefined && account !== "aws") {
      return {
        ids: [account],
        whose: `as ${path.filter((step) => typeof step === "string").join(".")} has it`,
      };
    }
  }
  return undefined;
}

/** The ARNs of a setting that is one or a list of them. */
function arnsAt(settings: object, path: readonly string[]): NamedArn[] {
  const value = valueAt(settings, path);
  return Array.isArray(value)
    ? value.flatMap((arn: unknown, index) =>
        typeof arn === "string" ? [{ path: [...path, index], arn }] : [],
      )
    : typeof value === "string"
      ? [{ path, arn: value }]
      : [];
}

function valueAt(settings: object, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => asGroup(inner)[key], settings);
}

function asGroup(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
