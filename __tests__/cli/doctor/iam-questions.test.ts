import { SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import { INSTANCE_ID } from "../../support/healthy-account";
import { awsError } from "../../support/recorded";
import { account, beforeDiagnoses, examine, said, wrong } from "./diagnoses";

beforeDiagnoses();

test("without simulation, a role has what this project attaches, or fails", async () => {
  account.mocks.iam.on(SimulatePrincipalPolicyCommand).rejects(awsError("AccessDenied"));
  const checks = await examine();
  expect(wrong(checks)).toEqual(["unknown role's policies", "unknown your permission"]);
  expect(said(checks, "role's policies")).toMatch(
    /^policy dev-instances is attached; more is not known: denied: iam:SimulatePrincipalPolicy/,
  );
  account.attached = ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"];
  expect(said(await examine(), "role's policies")).toMatch(
    /^policy AmazonSSMManagedInstanceCore is attached; /,
  );
  account.attached = ["arn:aws:iam::111122223333:policy/teams/payments/dev-instances"];
  expect(said(await examine(), "role's policies")).toMatch(/^policy dev-instances is attached; /);
  account.attached = [];
  expect(wrong(await examine())).toEqual(["FAIL role's policies", "unknown your permission"]);
});

test("of a role IAM is asked with its path, of a user as is, of the root user not at all", async () => {
  const principals = async (identity: string): Promise<(string | undefined)[]> => {
    account.mocks.iam.resetHistory();
    account.identity = identity;
    await examine();
    const calls = account.mocks.iam.commandCalls(SimulatePrincipalPolicyCommand);
    const asked = calls.map(({ args }) => args[0].input.PolicySourceArn);
    return [...new Set(asked)].filter((arn) => !arn?.endsWith("/dev-instances"));
  };
  expect(await principals("arn:aws:sts::111122223333:assumed-role/Operator/alice")).toEqual([
    "arn:aws:iam::111122223333:role/people/Operator",
  ]);
  expect(await principals("arn:aws:iam::111122223333:user/alice")).toEqual([
    "arn:aws:iam::111122223333:user/alice",
  ]);
  expect(await principals("arn:aws:iam::111122223333:root")).toEqual([]);
  expect(said(await examine(), "your permission")).toBe(
    "IAM cannot be asked about arn:aws:iam::111122223333:root: open sessions as a role or a user",
  );
});

test("a session is asked for with the tag of the instance, and its document", async () => {
  await examine();
  const calls = account.mocks.iam
    .commandCalls(SimulatePrincipalPolicyCommand)
    .map(({ args }) => args[0].input);
  const own = calls.filter(({ PolicySourceArn }) => PolicySourceArn?.endsWith("/Operator"));
  expect(
    own.map(({ ActionNames, ResourceArns, ContextEntries = [] }) => [
      ActionNames,
      ResourceArns,
      ContextEntries.map(
        ({ ContextKeyName, ContextKeyValues }) => `${ContextKeyName}=${ContextKeyValues?.join()}`,
      ),
    ]),
  ).toEqual([
    [
      ["ssm:StartSession"],
      [`arn:aws:ec2:eu-central-1:111122223333:instance/${INSTANCE_ID}`],
      ["ssm:SessionDocumentAccessCheck=true", "ssm:resourceTag/SessionAccess=dev"],
    ],
    [
      ["ssm:StartSession"],
      ["arn:aws:ssm:eu-central-1:111122223333:document/SessionManager-dev"],
      ["ssm:SessionDocumentAccessCheck=true"],
    ],
  ]);
});

test("the agent's requests are asked on what it asks them of", async () => {
  await examine();
  const calls = account.mocks.iam
    .commandCalls(SimulatePrincipalPolicyCommand)
    .map(({ args }) => args[0].input);
  const asked = calls
    .filter(({ PolicySourceArn }) => PolicySourceArn?.endsWith("/dev-instances"))
    .map(({ ActionNames = [], ResourceArns }) => `${ActionNames.join(" ")} on ${ResourceArns?.join()}`);
  expect(asked).toMatchSnapshot();
});

test("the agent's requests are asked as an instance signs them and an endpoint passes them on", async () => {
  await examine();
  const calls = account.mocks.iam
    .commandCalls(SimulatePrincipalPolicyCommand)
    .map(({ args }) => args[0].input)
    .filter(({ PolicySourceArn }) => PolicySourceArn?.endsWith("/dev-instances"));
  const contexts = calls.map(({ ActionNames = [], ContextEntries = [] }) => [
    ActionNames[0],
    Object.fromEntries(
      ContextEntries.map(({ ContextKeyName = "", ContextKeyValues = [] }) => [
        ContextKeyName,
        ContextKeyValues[0],
      ]),
    ),
  ]);
  const signed = {
    "ec2:SourceInstanceARN": `arn:aws:ec2:eu-central-1:111122223333:instance/${INSTANCE_ID}`,
    "aws:Ec2InstanceSourceVpc": "vpc-1",
  };
  const sent = { ...signed, "aws:SourceVpc": "vpc-1" };
  expect(contexts).toEqual([
    ["ssm:UpdateInstanceInformation", sent],
    ["ssmmessages:CreateControlChannel", sent],
    ["logs:DescribeLogGroups", sent],
    ["logs:CreateLogStream", sent],
    ["kms:Decrypt", { ...sent, "kms:EncryptionContext:aws:ssm:SessionId": "session" }],
    [
      "kms:GenerateDataKey",
      { ...signed, "aws:ViaAWSService": "true", "kms:ViaService": "s3.eu-central-1.amazonaws.com" },
    ],
    ["s3:GetEncryptionConfiguration", sent],
    ["s3:PutObject", sent],
  ]);
});
