import { form } from "./bound";
import { VOLUME_KEY_ARN } from "./instance-limits";
import { problem } from "./refusal";

/** A key that encrypts log groups. */
export const LOG_GROUP_KEY_ARN = form(
  VOLUME_KEY_ARN.pattern,
  VOLUME_KEY_ARN.allowed,
  "copy it from the key's page: CloudWatch Logs takes no alias",
);

/** What keeps a log group of a Region from being encrypted with a key, whose ARN is a good one. */
export function logGroupKeyProblem(arn: string, region: string): string | undefined {
  return arn.split(":")[3] === region
    ? undefined
    : problem(`a key in ${region}`, "name one there: CloudWatch Logs uses no key of another Region");
}
