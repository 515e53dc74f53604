import { type Form, form, wholeNumbers } from "./bound";
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
    new RegExp(`^(?!.*\\.\\.)(?!\\d+(\\.\\d+){3}$)[a-z0-9][a-z0-9.-]{1,${MAX_BUCKET_NAME - 2}}[a-z0-9]$`),
    `the name of an S3 bucket: 3 to ${MAX_BUCKET_NAME} lower-case letters, digits, dots and hyphens`,
    fix,
  );
}

/** The name of a bucket that copies of recordings are kept in. */
export const ARCHIVE_BUCKET = bucketName(
  "name a bucket that exists already, or leave it out to have one made",
);

/** Days that a bucket keeps copies of recordings. */
export const EXPIRE_DAYS = wholeNumbers(
  "a whole number of days",
  [1, Infinity],
  "choose a longer time than the log group's",
);

/** What is wrong with days for a bucket that is not made. */
export function archiveProblem(archive: {
  readonly bucketName?: string;
  readonly expireDays?: number;
}): string | undefined {
  return archive.bucketName === undefined || archive.expireDays === undefined
    ? undefined
    : problem("days for a bucket that is made", "leave it out: your bucket has rules of its own");
}
