import type { z } from "zod";
import { type ArnPlace, arnPlaceProblem, parseArn } from "../../modules/facts/arn";
import { valueAt } from "./section";

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
 * Refuses ARNs that cannot fit by what they say themselves: of another partition, Region or account. Region and accounts are
 * good by then. What is wrong with other settings hides nothing: whatever is no text is left out.
 */
export function checkArns(
  settings: { readonly region: string; readonly allowedAccountIds?: readonly string[] | undefined },
  context: z.RefinementCtx,
): void {
  const { region, allowedAccountIds } = settings;
  const own = OF_THE_ACCOUNT.flatMap((path) => arnsAt(settings, path));
  const keys = arnsAt(settings, ["logGroupKeyArn"]);
  const keysOfVolumes = Object.keys(valueAt(settings, ["instances"]) ?? {}).flatMap((name) =>
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
  report(own, { region, accounts });
  report([...keys, ...keysOfVolumes], { region });
  const stateRegion = valueAt(settings, ["state", "region"]);
  report(ofState, { region: typeof stateRegion === "string" ? stateRegion : undefined });
}

/** The accounts that may be deployed to: as they are listed, else the one that the first ARN of IAM is in. */
function accountsOf(allowed: readonly string[] | undefined, own: readonly NamedArn[]): ArnPlace["accounts"] {
  if (allowed !== undefined) {
    return { ids: allowed, whose: "which allowedAccountIds has" };
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
