import { SessionArchive, type SessionArchiveProps } from "../../modules";
import { type StackJson, synthModule } from "../support/synth";
import { unresolved, unresolvedNumber } from "../support/tokens";

const archive = (props: Partial<SessionArchiveProps> = {}) =>
  synthModule(
    (stack) => new SessionArchive(stack, "archive", { bucketName: "copies", keyArn: "arn:key", ...props }),
  );

test("a bucket that S3 does not take, and copies for no day, are refused together", () => {
  expect(() => archive({ bucketName: "Copies", expireDays: -5 })).toThrow(
    new Error(
      '[module/archive] bucketName: got "Copies"; allowed: the name of an S3 bucket: 3 to 63 lower-case letters, ' +
        "digits, dots and hyphens, and no alias of an access point; choose another\n" +
        "[module/archive] expireDays: got -5; allowed: a whole number of days from 1 to 36500; " +
        "choose more than the log group's, and no more than S3 can lock",
    ),
  );
});

test.each([0, 1.5, NaN, 36_501])("%p days are refused", (expireDays) => {
  expect(() => archive({ expireDays })).toThrow(/expireDays: got .*a whole number of days from 1/);
});

test("variables are left to Terraform", () => {
  const stack = archive({ bucketName: unresolved("var.bucket"), expireDays: unresolvedNumber("var.days") });
  expect(stack.only("aws_s3_bucket").bucket).toBe("${var.bucket}");
  expect(stack.only("aws_s3_bucket_lifecycle_configuration").rule[0].expiration).toEqual([
    { days: "${var.days}" },
  ]);
  expect(retention(stack)).toEqual({ mode: "GOVERNANCE", days: "${var.days}" });
});

const retention = (stack: StackJson) =>
  stack.only("aws_s3_bucket_object_lock_configuration").rule.default_retention;

test("copies are locked as long as they are kept, and what is written over is kept as long", () => {
  for (const [given, days] of [
    [undefined, 3650],
    [1, 1],
    [36_500, 36_500],
  ] as const) {
    const stack = archive({ expireDays: given });
    expect(retention(stack)).toEqual({ mode: "GOVERNANCE", days });
    expect(stack.only("aws_s3_bucket_lifecycle_configuration").rule).toMatchObject([
      { expiration: [{ days }], noncurrent_version_expiration: [{ noncurrent_days: days }] },
    ]);
  }
});

test("nobody lifts a lock of compliance, which recordings that may be deleted must not have", () => {
  expect(retention(archive({ lockMode: "compliance" }))).toEqual({ mode: "COMPLIANCE", days: 3650 });
  expect(retention(archive({ recordings: "delete" }))).toEqual({ mode: "GOVERNANCE", days: 3650 });
  expect(() => archive({ lockMode: "compliance", recordings: "delete" })).toThrow(
    new Error(
      '[module/archive] lockMode: got "compliance"; allowed: "governance" with recordings: "delete", as nobody can delete ' +
        'what is locked in compliance mode; leave it out, or set recordings: "retain"',
    ),
  );
});

// S3 refuses a lock without versions, and a policy beside a block that is being made may fail.
test.each([
  ["aws_s3_bucket_object_lock_configuration", "aws_s3_bucket_versioning"],
  ["aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_versioning"],
  ["aws_s3_bucket_policy", "aws_s3_bucket_public_access_block"],
])("%s waits for %s", (later, earlier) => {
  const stack = archive();
  expect(stack.only(later).depends_on).toEqual([`${earlier}.${Object.keys(stack.resources(earlier))[0]}`]);
});

test("a bucket that is there already gets its lock in place", () => {
  expect(archive().only("aws_s3_bucket")).not.toHaveProperty("object_lock_enabled");
});
