import { type Form, form, wholeNumbers } from "./bound";
import { DEFAULTS } from "./defaults";
import { problem } from "./refusal";

/** As many characters as the name of a bucket can have. */
export const MAX_BUCKET_NAME = 63;

/**
 * The name of an S3 bucket: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 *
 * @param fix what to do about any other name
 */
export function bucketName(fix: string): Form {
  return form(
    new RegExp(
      `^(?!.*\\.\\.)(?!(xn--|sthree-|amzn-s3-demo-))(?!.*(-s3alias|--ol-s3|\\.mrap|--x-s3|--table-s3)$)(?!\\d+(\\.\\d+){3}$)[a-z0-9][a-z0-9.-]{1,${MAX_BUCKET_NAME - 2}}[a-z0-9]$`,
    ),
    `the name of an S3 bucket: 3 to ${MAX_BUCKET_NAME} lower-case letters, digits, dots and hyphens, and no alias of an access point`,
    fix,
  );
}

/** The name of a bucket that copies of recordings are kept in. */
export const ARCHIVE_BUCKET = bucketName(
  "name a bucket that exists already, or leave it out to have one made",
);

/**
 * Days that a bucket keeps and locks copies of recordings; S3 locks nothing for more than a hundred years:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
 */
export const EXPIRE_DAYS = wholeNumbers(
  "a whole number of days",
  [1, 36_500],
  "choose more than the log group's, and no more than S3 can lock",
);

/**
 * Who may delete a copy before its time: with `governance` those who have `s3:BypassGovernanceRetention`, with
 * `compliance` nobody, not even root. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 */
export const LOCK_MODES = ["governance", "compliance"] as const;

type LockMode = (typeof LOCK_MODES)[number];

/** What is wrong with what is said of a bucket that is not made. */
export function archiveProblems(archive: {
  readonly bucketName?: string;
  readonly expireDays?: number;
  readonly lockMode?: LockMode;
}): { readonly field: "expireDays" | "lockMode"; readonly problem: string }[] {
  const what = { expireDays: "days", lockMode: "a lock" };
  return (["expireDays", "lockMode"] as const)
    .filter((field) => archive.bucketName !== undefined && archive[field] !== undefined)
    .map((field) => {
      const allowed = `${what[field]} for a bucket that is made`;
      return { field, problem: problem(allowed, "leave it out: your bucket has rules of its own") };
    });
}

/** What is wrong with days of copies that end before those of what they are copies of; as many as by default are enough. */
export function shortArchiveProblem(
  expireDays: number | undefined,
  retentionDays: number,
): string | undefined {
  const least = Math.min(retentionDays, DEFAULTS.expireDays);
  return expireDays !== undefined && expireDays < least
    ? problem(
        `${least} days or more, as long as the log group keeps what they are copies of`,
        "keep copies longer, or choose a shorter retentionDays",
      )
    : undefined;
}

/** What is wrong with a lock that nobody can lift, where destroying is to delete what it holds. */
export function lockProblem(lockMode: LockMode | undefined, recordings: string): string | undefined {
  return lockMode === "compliance" && recordings === "delete"
    ? problem(
        '"governance" with recordings: "delete", as nobody can delete what is locked in compliance mode',
        'leave it out, or set recordings: "retain"',
      )
    : undefined;
}
