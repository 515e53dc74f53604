import { DefaultTokenResolver, StringConcat, Token, Tokenization } from "cdktf";
import type { Construct } from "constructs";
import { problem } from "../facts/refusal";

/**
 * Characters that a managed policy may have:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const MAX_POLICY = 6144;

/** Characters that the policies within a role may have together, on the same page. */
const MAX_IN_ROLE = 10_240;

/** What is in a policy, for {@link policySizeProblem}. */
export interface SizedPolicy {
  /** The policy document, with what only Terraform will know. */
  readonly document: string;
  /** How long props are at most, by their value: it counts for those that only Terraform will know. */
  readonly lengths: ReadonlyMap<string, number>;
  /** What makes the policy long, such as `targets`. */
  readonly what: string;
}

/** What is wrong with a managed policy that IAM might refuse for its length; undefined where it fits in any case. */
export function policySizeProblem(
  scope: Construct,
  { document, lengths, what }: SizedPolicy,
): string | undefined {
  const size = longest(scope, document, lengths).length;
  return size <= MAX_POLICY
    ? undefined
    : problem(
        `as many ${what} as one IAM policy of ${MAX_POLICY} characters holds: with these it may have ${size}`,
        "leave some out, or shorten their names",
      );
}

/** What is wrong with policies of a role that IAM might refuse for their length: together, or each where they are managed. */
export function policiesInRoleProblem(
  scope: Construct,
  documents: readonly string[],
  what: string,
  inline = true,
): string | undefined {
  const sizes = documents.map((document) => longest(scope, document, new Map()).length);
  const [size, most, whose] = inline
    ? [sizes.reduce((sum, one) => sum + one, 0), MAX_IN_ROLE, "a role's own policies"]
    : [Math.max(0, ...sizes), MAX_POLICY, "a managed policy"];
  return size <= most
    ? undefined
    : problem(
        `as many ${what} as the ${most} characters of ${whose} hold: with these there may be ${size}`,
        "leave some out",
      );
}

/** A text as long as it can be once Terraform has put in what it alone knows. */
function longest(scope: Construct, document: string, lengths: ReadonlyMap<string, number>): string {
  const known = [...lengths]
    .filter(([prop]) => Token.isUnresolved(prop))
    .reduce((text, [prop, length]) => text.replaceAll(prop, "x".repeat(length)), document);
  const resolver = new DefaultTokenResolver(new StringConcat());
  const written = String(Tokenization.resolve(known, { scope, resolver, preparing: false }));
  return written.replace(/\$?\$\{[^}]+\}/g, (found) =>
    // A variable of IAM stays, without the sign that hides it from Terraform.
    found.startsWith("$$") ? found.slice(1) : "x".repeat(longestValue(found)),
  );
}

function longestValue(reference: string): number {
  if (reference.startsWith("${data.aws_partition.")) {
    return "aws-us-gov".length;
  }
  if (reference.startsWith("${data.aws_caller_identity.")) {
    return "111122223333".length;
  }
  // The longest name of a document; ARNs of keys and log groups, and names of buckets, are shorter.
  return 128;
}
