import { SessionArchive, type SessionArchiveProps } from "../../modules";
import { synthModule } from "../support/synth";
import { unresolved, unresolvedNumber } from "../support/tokens";

const archive = (props: Partial<SessionArchiveProps> = {}) =>
  synthModule(
    (stack) => new SessionArchive(stack, "archive", { bucketName: "copies", keyArn: "arn:key", ...props }),
  );

test("a bucket that S3 does not take, and copies for no day, are refused together", () => {
  expect(() => archive({ bucketName: "Copies", expireDays: -5 })).toThrow(
    new Error(
      '[module/archive] bucketName: got "Copies"; allowed: the name of an S3 bucket: 3 to 63 lower-case letters, ' +
        "digits, dots and hyphens; choose another\n" +
        "[module/archive] expireDays: got -5; allowed: a whole number of days from 1; " +
        "choose a longer time than the log group's",
    ),
  );
});

test.each([0, 1.5, NaN])("%p days are refused", (expireDays) => {
  expect(() => archive({ expireDays })).toThrow(/expireDays: got .*a whole number of days from 1/);
});

test("variables are left to Terraform", () => {
  const stack = archive({ bucketName: unresolved("var.bucket"), expireDays: unresolvedNumber("var.days") });
  expect(stack.only("aws_s3_bucket").bucket).toBe("${var.bucket}");
  expect(stack.only("aws_s3_bucket_lifecycle_configuration").rule[0].expiration).toEqual([
    { days: "${var.days}" },
  ]);
});
