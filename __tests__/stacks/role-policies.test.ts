import { ownStacks } from "../support/environments";
import { existingNetwork } from "../support/existing-network";
import { type Decision, asIamGetsIt, describeSimulation, simulate } from "../support/simulate-policies";
import { MINIMAL, type StackJson, synthEnvironment } from "../support/synth";

const ACCOUNT = "111122223333";
const INSTANCE = `arn:aws:ec2:eu-central-1:${ACCOUNT}:instance/i-0123456789abcdef0`;
const KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1`;
const LOGS = `arn:aws:logs:eu-central-1:${ACCOUNT}:log-group:/session-manager/x`;
const STREAM = `${LOGS}:log-stream:alice-0abc`;
const [OWN, HUB] = ["vpc-0123456789abcdef0", "vpc-0123456789abcdef1"];

type Policy = Readonly<Record<string, unknown>>;

/** What a role is permitted beside AWS's own policies, as IAM gets it: with Terraform's references and escapes resolved. */
function policiesOf(instances: StackJson): Policy[] {
  const resolve = (reference: string): string =>
    reference.includes("key_arn") ? KEY : reference.includes("log_group_arn") ? LOGS : "aws";
  const all = [...instances.all()].filter(({ type }) =>
    ["aws_iam_policy", "aws_iam_role_policy"].includes(type),
  );
  return all.map(({ config }) => asIamGetsIt(config.policy as string, resolve) as Policy);
}

const EVERYTHING = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

/** Roles, by what they are for. Those that are permitted everything show what is denied in spite of it. */
function roles(): Record<string, Policy[]> {
  const dev = policiesOf(ownStacks()["dev-instances"] as StackJson);
  const hub = existingNetwork({ services: { elsewhere: ["10.1.0.0/24"] } });
  const elsewhere = { ...MINIMAL, network: hub };
  const managedPolicyArns = ["arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"];
  const of = (environment: Parameters<typeof synthEnvironment>[0]) =>
    policiesOf(synthEnvironment(environment).instances);
  return {
    dev,
    "dev with everything": [...dev, EVERYTHING],
    archive: of({ ...MINIMAL, sessions: { archive: {} } }),
    elsewhere: of(elsewhere),
    "elsewhere in a hub": of({ ...elsewhere, iam: { onlyThroughVpcs: [HUB] } }),
    "applications with everything": [...of({ ...MINIMAL, iam: { managedPolicyArns } }), EVERYTHING],
  };
}

type Context = Readonly<Record<string, string>>;
/** A request with an instance's credentials, through an endpoint of a VPC, or through none. */
const through = (vpc?: string): Context => ({
  "ec2:SourceInstanceARN": INSTANCE,
  "aws:Ec2InstanceSourceVpc": OWN,
  "aws:ViaAWSService": "false",
  ...(vpc !== undefined && { "aws:SourceVpc": vpc }),
});
const session: Context = { "kms:EncryptionContext:aws:ssm:SessionId": "alice-0abc" };
const byS3: Context = { "kms:ViaService": "s3.eu-central-1.amazonaws.com", "aws:ViaAWSService": "true" };

const FIVE = [
  "ssm:UpdateInstanceInformation",
  "ssmmessages:CreateControlChannel",
  "ssmmessages:CreateDataChannel",
  "ssmmessages:OpenControlChannel",
  "ssmmessages:OpenDataChannel",
];

type Case = [
  what: string,
  role: string,
  action: string,
  resource: string,
  context: Context,
  allowed: boolean,
];

const CASES: Case[] = [
  // What the role may not do at all
  ["a parameter", "dev", "ssm:GetParameter", "*", through(OWN), false],
  ["parameters", "dev", "ssm:GetParameters", "*", through(OWN), false],
  ["an association", "dev", "ssm:ListAssociations", "*", through(OWN), false],
  ["a command", "dev", "ssm:SendCommand", INSTANCE, through(OWN), false],
  ["older agents' messages", "dev", "ec2messages:GetMessages", "*", through(OWN), false],
  ["recordings", "dev", "logs:GetLogEvents", STREAM, through(OWN), false],
  ["deleting recordings", "dev", "logs:DeleteLogStream", STREAM, through(OWN), false],
  ["what is not of a session", "dev", "kms:Decrypt", KEY, through(OWN), false],
  ["another key", "dev", "kms:Decrypt", `${KEY}2`, { ...through(OWN), ...session }, false],
  ["copies, where none are kept", "dev", "kms:GenerateDataKey", KEY, { ...through(), ...byS3 }, false],
  ["data keys for itself", "archive", "kms:GenerateDataKey", KEY, through(OWN), false],
  // Where its credentials do not work
  ...FIVE.map((one): Case => [`${one} from a laptop`, "dev", one, "*", through(), false]),
  ["the log group from a laptop", "dev", "logs:PutLogEvents", STREAM, through(), false],
  ["whatever is permitted, from a laptop", "dev with everything", "s3:GetObject", "*", through(), false],
  ["another account's endpoint", "dev with everything", "s3:GetObject", "*", through(HUB), false],
  [
    "what applications share with the agent",
    "applications with everything",
    "ssm:GetParameter",
    "*",
    through(),
    false,
  ],
  ["a third VPC", "elsewhere in a hub", FIVE[0] as string, "*", through("vpc-01234567"), false],
  ["no VPC, with a hub", "elsewhere in a hub", FIVE[0] as string, "*", through(), false],
  // What it may do
  ...FIVE.map((one): Case => [one, "dev", one, "*", through(OWN), true]),
  ["recording", "dev", "logs:PutLogEvents", STREAM, through(OWN), true],
  ["a session", "dev", "kms:Decrypt", KEY, { ...through(OWN), ...session }, true],
  ["a copy", "archive", "kms:GenerateDataKey", KEY, { ...through(), ...byS3 }, true],
  ["a large copy", "archive", "kms:Decrypt", KEY, { ...through(), ...byS3 }, true],
  ["what is permitted", "dev with everything", "s3:GetObject", "*", through(OWN), true],
  ["another service", "applications with everything", "s3:GetObject", "*", through(), true],
  ["a simulation, which knows of no instance", "dev", FIVE[0] as string, "*", {}, true],
  ["a hub whose VPC is not named", "elsewhere", FIVE[0] as string, "*", through(HUB), true],
  ["a hub", "elsewhere in a hub", FIVE[0] as string, "*", through(HUB), true],
  ["an endpoint of its own beside a hub", "elsewhere in a hub", FIVE[0] as string, "*", through(OWN), true],
];

describeSimulation("as IAM decides, with credentials of an instance", () => {
  let answers: Decision[];

  beforeAll(() => {
    const all = roles();
    answers = simulate(
      CASES.map(([, role, action, resource, context]) => ({
        policies: all[role] as Policy[],
        principal: `arn:aws:sts::${ACCOUNT}:assumed-role/instances/i-0123456789abcdef0`,
        action,
        resource,
        context,
      })),
    );
  });

  test.each(
    CASES.map((one, index) => [one[5] ? "allowed" : "denied", one[0], one[1], one[5], index] as const),
  )("%s: %s (%s)", (_, _what, _role, allowed, index) => {
    expect(answers[index] === "Allow").toBe(allowed);
  });
});
