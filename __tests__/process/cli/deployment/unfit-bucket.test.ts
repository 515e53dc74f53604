import {
  CreateBucketCommand,
  DeleteBucketEncryptionCommand,
  PutBucketEncryptionCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { refuseUnfitBucket } from "../../../../cli/deployment/unfit-bucket";
import { emulatedConfig } from "../../../../cli/rehearsal/emulator";
import { AwsProxy } from "../../../support/aws-proxy";
import { Workspace } from "../../../support/cli";
import { refusalOf } from "../../../support/left-overs";
import { describeMoto } from "../../../support/moto";
import { definedIn } from "../../../support/run-here";
import { MINIMAL } from "../../../support/synth";

const Bucket = "acme-audit";

describeMoto("a bucket for copies that others made", (moto) => {
  const before = { ...process.env };
  const proxy = new AwsProxy(() => moto.url);
  let workspace: Workspace;
  let s3: S3Client;
  beforeAll(() => proxy.start());
  afterAll(() => proxy.stop());
  beforeEach(async () => {
    await fetch(`${moto.url}/moto-api/reset`, { method: "POST" });
    proxy.before = () => undefined;
    workspace = new Workspace({ dev: { ...MINIMAL, sessions: { archive: { bucketName: Bucket } } } });
    process.env = definedIn({ ...before, ...workspace.env, AWS_ENDPOINT_URL: proxy.url });
    s3 = new S3Client({ ...emulatedConfig(moto.url), forcePathStyle: true });
  });
  afterEach(() => {
    workspace.remove();
    s3.destroy();
    process.env = before;
  });

  const refusal = () => refusalOf(refuseUnfitBucket, workspace, {});
  const encrypt = (SSEAlgorithm: "AES256" | "aws:kms:dsse") =>
    s3.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm } }],
        },
      }),
    );

  test("must be there and be encrypted before anything is planned", async () => {
    expect(await refusal()).toMatch(
      /^acme-audit is not there: .*sessions\.archive\.bucketName .*dev\.ts\nnothing was planned$/,
    );
    const LocationConstraint = "eu-central-1";
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }));
    await s3.send(new DeleteBucketEncryptionCommand({ Bucket }));
    expect(await refusal()).toMatch(
      /^acme-audit is encrypted with nothing, and sessions demand AES256 or aws:kms: /,
    );
    await encrypt("aws:kms:dsse");
    expect(await refusal()).toMatch(/^acme-audit is encrypted with aws:kms:dsse, /);
    await encrypt("AES256");
    expect(await refusal()).toBeUndefined();
  });

  test("is not known where it may not be read", async () => {
    proxy.before = () => ({
      status: 403,
      type: "application/xml",
      body: "<Error><Code>AccessDenied</Code><Message>no</Message></Error>",
    });
    const said = jest.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(await refusal()).toBeUndefined();
    const lines = said.mock.calls.map(([line]) => String(line));
    said.mockRestore();
    expect(
      lines.filter((line) =>
        line.startsWith(`whether ${Bucket} is encrypted as sessions demand is not known: denied`),
      ),
    ).toHaveLength(1);
  });
});
