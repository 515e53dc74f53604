import { type Bound } from "./bound";
import { problem } from "./refusal";

/** The retention periods CloudWatch Logs has: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
export const RETENTION_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const allowed = `one of CloudWatch's periods, in days: ${RETENTION_DAYS.join(", ")}`;

/** How long CloudWatch Logs can keep something. */
export const RETENTION: Bound<number> = {
  allowed,
  problem: (days) =>
    RETENTION_DAYS.includes(days) ? undefined : problem(allowed, "choose the next longer one"),
};
