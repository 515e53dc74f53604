import { SessionGuardrail, type SessionGuardrailProps } from "../../modules";
import { synthModule } from "../support/synth";
import { unresolved } from "../support/tokens";

const guardrail = (props: Partial<SessionGuardrailProps> = {}) =>
  synthModule(
    (stack) =>
      new SessionGuardrail(stack, "guardrail", {
        name: "test",
        region: "eu-central-1",
        documentNames: ["SessionManager-test"],
        keyArn: "arn:key",
        logGroupArn: "arn:logs",
        ...props,
      }),
  ).only("aws_iam_policy");

const statement = (policy: string, sid: string): Record<string, string[]> =>
  JSON.parse(policy).Statement.find(({ Sid }: { Sid: string }) => Sid === sid);

test("is a policy of its own, named after the environment", () => {
  expect(guardrail()).toMatchObject({
    name: "test-session-guardrail",
    description: "Denies sessions that are not recorded, and changes of recordings (test)",
  });
});

test("admits every document that it is given, and protects it", () => {
  const { policy } = guardrail({ documentNames: ["SessionManager-test", "SessionManager-test-root"] });
  const document = (name: string) =>
    expect.stringMatching(new RegExp(`:ssm:eu-central-1:.*:document/SessionManager-test${name}$`));
  const documents = [document(""), document("-root"), document("-forward-\\*")];
  expect(statement(policy, "NoOtherSession").NotResource).toEqual([
    expect.stringMatching(/:ec2:eu-central-1:.*:instance\/\*$/),
    ...documents,
  ]);
  expect(statement(policy, "NoTampering").Resource).toEqual(expect.arrayContaining(documents));
});

test("protects copies in a bucket where there are any, and of that bucket nobody else's objects", () => {
  const protectedOf = (props: Partial<SessionGuardrailProps>) =>
    statement(guardrail(props).policy, "NoTampering").Resource?.filter((one) => one.includes(":s3:"));
  expect(protectedOf({})).toEqual([]);
  expect(protectedOf({ archiveBucket: "acme-sessions" })).toEqual([
    expect.stringMatching(/:s3:::acme-sessions$/),
    expect.stringMatching(/:s3:::acme-sessions\/test\/\*$/),
  ]);
});

test("only denies", () => {
  const { Statement } = JSON.parse(guardrail().policy) as { Statement: { Effect: string }[] };
  expect(Statement.map(({ Effect }) => Effect)).toEqual(Statement.map(() => "Deny"));
});

test("names that are none are refused together", () => {
  expect(() => guardrail({ name: "1", documentNames: ["SessionManager-*"], archiveBucket: "Acme" })).toThrow(
    new Error(
      [
        '[module/guardrail] name: got "1"; allowed: 1 to 32 letters, digits and hyphens, beginning with a letter and not with sg-; choose another: role, profile and security groups are called after it',
        '[module/guardrail] documentNames[0]: got "SessionManager-*"; allowed: the name of a document: 3 to 128 letters, digits and _ . -; name one that records sessions',
        '[module/guardrail] archiveBucket: got "Acme"; allowed: the name of an S3 bucket: 3 to 63 lower-case letters, digits, dots and hyphens, and no alias of an access point; name a bucket that exists already, or leave it out to have one made',
      ].join("\n"),
    ),
  );
});

test("without a document it would deny every shell, and is refused", () => {
  expect(() => guardrail({ documentNames: [] })).toThrow(
    "[module/guardrail] documentNames: got 0; allowed: at least one document; name the one that records sessions",
  );
});

/** A guardrail whose every name is as long as AWS lets it be. */
const longest = (count: number) =>
  guardrail({
    name: "n".repeat(32),
    region: "ap-southeast-1",
    documentNames: Array.from({ length: count }, (_, index) => `${index}`.padStart(128, "x")),
    keyArn: unresolved("aws_kms_key.key.arn"),
    logGroupArn: unresolved("aws_cloudwatch_log_group.group.arn"),
    archiveBucket: "b".repeat(63),
  });

test("what IAM takes in any case is made", () => {
  const arn = (service: string, resource: string) =>
    `arn:aws-us-gov:${service}:ap-southeast-1:111122223333:${resource}`;
  const known: Record<string, string> = {
    "${data.aws_partition.aws_partition.partition}": "aws-us-gov",
    "${data.aws_caller_identity.aws_account.account_id}": "111122223333",
    "${aws_kms_key.key.arn}": arn("kms", "key/mrk-1234567890abcdef1234567890abcdef"),
    "${aws_cloudwatch_log_group.group.arn}": arn("logs", `log-group:/session-manager/${"n".repeat(32)}`),
  };
  const written = longest(6).policy.replace(/(?<!\$)\$\{[^}]+\}/g, (one: string) => known[one]);
  expect(written).not.toContain("undefined");
  expect(written.length).toBeLessThanOrEqual(6144);
});

test("what IAM might refuse for its length is refused before, with the arithmetic", () => {
  expect(() => longest(7)).toThrow(
    new Error(
      "[module/guardrail] documentNames: got 7; allowed: as many documents as one IAM policy of 6144 characters " +
        "holds: with these it may have 6269; leave some out, or shorten their names",
    ),
  );
});

test("names that only Terraform will know count as long as they can be", () => {
  const named = (count: number) =>
    guardrail({
      name: unresolved("var.name"),
      region: unresolved("var.region"),
      documentNames: Array.from({ length: count }, (_, index) =>
        unresolved(`aws_ssm_document.d${index}.name`),
      ),
    });
  expect(named(5).name).toBe("${var.name}-session-guardrail");
  expect(() => named(9)).toThrow(/documentNames: got 9; allowed: as many documents as one IAM policy/);
});
