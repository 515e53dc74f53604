import { arnForm, arnPattern } from "./arn";
import { type Bound, form, wholeNumbers } from "./bound";
import { QUOTAS, quotaProblem } from "./quotas";
import { problem } from "./refusal";

/** Network hops that a metadata response may take. */
export const HOP_LIMIT = wholeNumbers(
  "a whole number",
  [1, 64],
  "use 1, or 2 where containers on the instance ask for credentials",
);

/** Size of a root volume. */
export const VOLUME_GIB = wholeNumbers(
  "a whole number of GiB",
  [8, 65536],
  "Amazon Linux needs 8; a gp3 volume ends at 65536",
);

/** The id of a KMS key. */
export const KEY_ID = "[0-9a-f-]{36}|mrk-[0-9a-f]{32}";

/** The key of a root volume. EC2 answers with its ARN whatever it was given. */
export const VOLUME_KEY_ARN = arnForm(
  arnPattern("kms", `key\\/(${KEY_ID})`),
  "the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>",
  "copy it from the key's page, or leave it out for the account's: an alias or a bare id would replace the instance at every apply",
);

/** What a security group of an instance's own is called after: with what is added, EC2 takes 255 such characters. */
export const GROUP_LABEL = form(
  /^(?!sg-)[a-z0-9 _.:/=+@-]{1,218}$/i,
  "with egress, 1 to 218 letters without accents, digits, blanks and _ . : / = + - @, not beginning with sg-",
  "shorten or rename it: a security group is called after it",
);

/** As many bytes as EC2 takes of a script for the first boot. */
export const MAX_USER_DATA = 16384;

const allowed = `a text of up to ${MAX_USER_DATA} bytes, the most EC2 takes`;

/** A script for the first boot. */
export const USER_DATA: Bound<string> = {
  allowed,
  problem: (script) =>
    /^#![^\n]*\r\n/.test(script)
      ? problem(
          "a script whose lines end in \\n alone",
          "have your editor or git write those: Linux finds no interpreter whose name ends in \\r",
        )
      : Buffer.byteLength(script) > MAX_USER_DATA
        ? problem(allowed, "fetch the rest from S3 at boot")
        : undefined,
};

/** What is wrong with an instance's further security groups, or with its ways out, for their number. */
export function groupsProblem({
  egress,
  securityGroupIds,
}: {
  readonly egress: readonly unknown[];
  readonly securityGroupIds: readonly string[];
}): { readonly field: "egress" | "securityGroupIds"; readonly problem: string }[] {
  // The group of all instances, and one for ways of its own.
  const groups = 1 + (egress.length > 0 ? 1 : 0) + securityGroupIds.length;
  const found = {
    egress: quotaProblem(QUOTAS.rulesOfGroup, egress.length, "join blocks, or name a prefix list"),
    securityGroupIds: quotaProblem(QUOTAS.groupsOfInterface, groups, "join some, with those that are added"),
  };
  return (["egress", "securityGroupIds"] as const).flatMap((field) => {
    const message = found[field];
    return message === undefined ? [] : [{ field, problem: message }];
  });
}
