import { KEY_ARN } from "../../support/healthy-account";
import { awsError } from "../../support/recorded";
import { account, beforeDiagnoses, examine, said, wrong } from "./diagnoses";

beforeDiagnoses();

const archive = async (name?: string): Promise<string> => said(await examine(name), "archive bucket");
const FOREIGN = KEY_ARN.replace("0a1b2c3d", "foreign");

test("a bucket that is encrypted with the key of the recordings, or with S3's own, is good", async () => {
  expect(await archive()).toBe(`copies is encrypted with ${KEY_ARN}`);
  account.bucketEncryption = { SSEAlgorithm: "AES256" };
  expect(wrong(await examine())).toEqual([]);
  account.bucketEncryption = { SSEAlgorithm: "aws:kms" };
  expect(wrong(await examine())).toEqual([]);
  account.bucketEncryption = { SSEAlgorithm: "aws:kms", KMSMasterKeyID: "alias/aws/s3" };
  expect(await archive()).toBe("copies is encrypted with alias/aws/s3");
});

test.each<[what: string, breaks: () => unknown, seen: string]>([
  [
    "encryption that the agent does not take",
    () => (account.bucketEncryption = { SSEAlgorithm: "aws:kms:dsse", KMSMasterKeyID: KEY_ARN }),
    "copies is encrypted with aws:kms:dsse, and sessions demand AES256 or aws:kms",
  ],
  [
    "no encryption, as of an emulator",
    () => (account.bucketEncryption = undefined),
    "copies is encrypted with nothing, and sessions demand AES256 or aws:kms",
  ],
  ["no bucket", () => (account.bucketRefusal = awsError("NoSuchBucket")), "copies is not there"],
  [
    "a bucket of another Region",
    () => (account.bucketRefusal = awsError("PermanentRedirect")),
    "copies is not in eu-central-1, whose S3 alone instances reach",
  ],
  [
    "a bucket of another Region, asked in us-east-1",
    () => (account.bucketRefusal = awsError("AuthorizationHeaderMalformed")),
    "copies is not in eu-central-1, whose S3 alone instances reach",
  ],
])("%s keeps sessions from starting", async (_, breaks, seen) => {
  breaks();
  expect(wrong(await examine())).toEqual(["FAIL archive bucket"]);
  expect(await archive()).toBe(`${seen} -> npm run deploy -- dev`);
  expect(wrong(await examine("yours"))).toContain("FAIL archive bucket");
  expect(await archive("yours")).toMatch(
    /name another in sessions\.archive\.bucketName, then npm run deploy -- yours$/,
  );
});

test("who made a foreign key knows whether copies come through, and nobody here", async () => {
  account.bucketEncryption = { SSEAlgorithm: "aws:kms", KMSMasterKeyID: FOREIGN };
  expect(wrong(await examine())).toEqual(["unknown archive bucket"]);
  expect(await archive()).toBe(
    `copies is encrypted with ${FOREIGN}, which is not this environment's: without kms:GenerateDataKey on it, the role ` +
      "loses copies without a message -> who made the key can tell, as its policy and the role's decide; or see whether a " +
      "session that has ended left a copy",
  );
});

test("what may not be read is unknown, with the permission that it takes", async () => {
  account.bucketRefusal = awsError("AccessDenied");
  expect(wrong(await examine())).toEqual(["unknown archive bucket"]);
  expect(await archive()).toMatch(/^denied: s3:GetEncryptionConfiguration in eu-central-1: ask for/);
  account.documentContent = { inputs: { cloudWatchLogGroupName: "/session-manager/dev", kmsKeyId: KEY_ARN } };
  expect(await archive()).toBe("not asked, since no document names a bucket");
});
