import { problem } from "./refusal";

/** The retention periods CloudWatch Logs has: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
export const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** What is wrong with a number that should be a retention period of CloudWatch Logs. */
export function retentionProblem(days: number): string | undefined {
  return RETENTION_DAYS.includes(days)
    ? undefined
    : problem(
        `one of CloudWatch's periods, in days: ${RETENTION_DAYS.join(", ")}`,
        "choose the next longer one",
      );
}
