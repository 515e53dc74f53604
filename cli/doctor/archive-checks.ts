import { encryptionProblem } from "../aws/bucket-encryption";
import { AwsFailure } from "../aws/errors";
import { Failure } from "../terminal/failure";
import { made } from "./deployed";
import type { Examination } from "./examination";
import { type Finding, fail, pass, unknown } from "./finding";

/** How S3 says that a bucket is in another Region, which depends on the Region that is asked. */
const ELSEWHERE = ["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"];

/** Whether the agent can see that the bucket of copies is encrypted: otherwise no session starts. */
export async function archiveBucket(examination: Examination): Promise<Finding> {
  const { s3BucketName: bucket, kmsKeyId: ownKey } = await examination.recordingInputs();
  if (!bucket) {
    throw new Failure("not asked, since no document names a bucket");
  }
  const { region } = examination.environment;
  const isMade = made(examination, "aws_s3_bucket").length > 0;
  const mend = (yours: string): string => (isMade ? examination.deploy : yours);
  const another = `name another in sessions.archive.bucketName, then ${examination.deploy}`;
  try {
    const found = await examination.account.bucketEncryption(bucket);
    if (found === undefined) {
      return fail(`${bucket} is not there`, mend(`make it, or ${another}`));
    }
    const problem = encryptionProblem(bucket, found);
    if (problem !== undefined) {
      return fail(problem, mend(`have its encryption changed, or ${another}`));
    }
    const { SSEAlgorithm: algorithm, KMSMasterKeyID: key } = found;
    if (key === undefined || key === ownKey || key.endsWith("alias/aws/s3")) {
      return pass(`${bucket} is encrypted with ${key ?? algorithm}`);
    }
    return unknown(
      `${bucket} is encrypted with ${key}, which is not this environment's: without kms:GenerateDataKey on it, the role ` +
        "loses copies without a message",
      "who made the key can tell, as its policy and the role's decide; or see whether a session that has ended left a copy",
    );
  } catch (error) {
    if (error instanceof AwsFailure && ELSEWHERE.includes(error.code)) {
      return fail(`${bucket} is not in ${region}, whose S3 alone instances reach`, mend(another));
    }
    throw error;
  }
}
