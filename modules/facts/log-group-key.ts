import { form } from "./bound";
import { VOLUME_KEY_ARN } from "./instance-limits";

/** A key that encrypts log groups. */
export const LOG_GROUP_KEY_ARN = form(
  VOLUME_KEY_ARN.pattern,
  VOLUME_KEY_ARN.allowed,
  "copy it from the key's page: CloudWatch Logs takes no alias",
);
