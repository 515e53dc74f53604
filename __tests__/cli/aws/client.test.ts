import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { attempt, awsFailure, isDenied } from "../../../cli/aws/errors";
import { clientConfig, patientConfig } from "../../../cli/aws/client";
import { chooseProfile } from "../../../cli/aws/credentials";
import { Failure } from "../../../cli/terminal/failure";

const WHAT = {
  action: "ec2:DescribeInstances",
  region: "eu-central-1",
  allowedBy: "the policy dev-session-shell",
};

const error = (name: string, message: string, more: object = {}): Error =>
  Object.assign(new Error(message), { name, ...more });

const credentials = (message: string): Error => error("CredentialsProviderError", message);

const said = (thrown: unknown): string => awsFailure(thrown, WHAT).message;

/** Those of this process: jest gives each file an environment of its own. */
const VARIABLES = [
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_MAX_ATTEMPTS",
  ...["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "AWS_CA_BUNDLE"],
];

beforeEach(() => {
  VARIABLES.forEach((name) => delete process.env[name]);
  process.env.AWS_PROFILE = "work";
});

// As the AWS CLI decides it.
test.each<[string, Record<string, string>, object]>([
  ["a profile", {}, { profile: "work" }],
  ["the profile that the AWS CLI looks for first", { AWS_DEFAULT_PROFILE: "home" }, { profile: "home" }],
  [
    "a key before a profile",
    { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" },
    { credentials: { accessKeyId: "id", secretAccessKey: "secret" } },
  ],
  [
    "a key of a role",
    { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "token" },
    { credentials: { accessKeyId: "id", secretAccessKey: "secret", sessionToken: "token" } },
  ],
  ["half a key is none", { AWS_ACCESS_KEY_ID: "id" }, { profile: "work" }],
  ["an empty profile is none", { AWS_PROFILE: "" }, {}],
])("a client is made with %s", (_name, variables, expected) => {
  Object.assign(process.env, variables);
  const { region, requestHandler, ...whose } = clientConfig("eu-central-1");
  expect(whose).toEqual(expected);
  expect([region, requestHandler.requestTimeout]).toEqual(["eu-central-1", 30_000]);
});

test("a service that takes a request and never answers is given up", async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" });
  const config = clientConfig("eu-central-1");
  const sts = new STSClient({
    ...config,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requestHandler: { ...config.requestHandler, requestTimeout: 100 },
    maxAttempts: 1,
  });
  await expect(attempt(WHAT, () => sts.send(new GetCallerIdentityCommand({})))).rejects.toMatchObject({
    message: expect.stringMatching(/^eu-central-1 did not answer to ec2:DescribeInstances/) as string,
    passes: true,
  });
  sts.destroy();
  server.closeAllConnections();
  server.close();
});

test("another profile helps where no key comes first", () => {
  expect(chooseProfile()).toBe("choose a profile of that account with AWS_PROFILE");
  process.env.AWS_DEFAULT_PROFILE = "home";
  expect(chooseProfile()).toBe("choose a profile of that account with AWS_DEFAULT_PROFILE");
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" });
  expect(chooseProfile()).toMatch(
    /^unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN, which come first, and choose /,
  );
  expect(said(error("ExpiredToken", "The provided token has expired."))).toBe(
    "your AWS credentials have expired: set new ones, or unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN to use a profile",
  );
});

test("patience is more attempts than the SDK's three, unless somebody says how many", () => {
  expect(patientConfig("eu-central-1")).toEqual({ ...clientConfig("eu-central-1"), maxAttempts: 14 });
  process.env.AWS_MAX_ATTEMPTS = "2";
  expect(patientConfig("eu-central-1")).toEqual(clientConfig("eu-central-1"));
});

// As the SDK (CredentialsProviderError) and the AWS CLI (no name) say it.
test.each([
  [
    "CredentialsProviderError",
    "The SSO session associated with this profile is invalid. To refresh this SSO session run aws sso login with the corresponding profile.",
  ],
  [
    "CredentialsProviderError",
    "The SSO session associated with this profile has expired. To refresh this SSO session run aws sso login with the corresponding profile.",
  ],
  [
    "CredentialsProviderError",
    "The SSO session token associated with profile=work was not found or is invalid. To refresh this SSO session run 'aws sso login' with the corresponding profile.",
  ],
  [
    "CredentialsProviderError",
    "Token is expired. To refresh this SSO session run 'aws sso login' with the corresponding profile.",
  ],
  ["CredentialsProviderError", "UnauthorizedException: Session token not found or invalid"],
  ["", "Error when retrieving token from sso: Token has expired and refresh failed"],
  [
    "",
    "The SSO session associated with this profile has expired or is otherwise invalid. To refresh this SSO session run aws sso login with the corresponding profile.",
  ],
])("an SSO session that is over is to be renewed: %s %s", (name, message) => {
  expect(said(error(name, message))).toBe("your SSO session has expired: aws sso login --profile work");
  delete process.env.AWS_PROFILE;
  expect(said(error(name, message))).toBe("your SSO session has expired: aws sso login");
});

test.each([
  "Your session has expired. Please reauthenticate.",
  "Failed to load a token for session arn:aws:iam::111122223333:user/x, please re-authenticate using aws login",
])("a session of aws login that is over is to be renewed: %s", (message) => {
  expect(said(credentials(message))).toBe("your AWS session has expired: aws login --profile work");
});

test.each([
  "Could not load credentials from any providers",
  'Unable to locate credentials. You can configure credentials by running "aws configure".',
])("no credentials: %s", (message) => {
  delete process.env.AWS_PROFILE;
  expect(said(credentials(message))).toBe(
    "no AWS credentials: aws configure sso, then set AWS_PROFILE; or set the AWS_ variables of a key",
  );
});

test("a profile without credentials, or one that the SDK does not find", () => {
  expect(said(credentials("Could not load credentials from any providers"))).toBe(
    "the AWS profile work gives no credentials: aws configure list-profiles tells which there are (Could not load credentials from any providers)",
  );
});

test("a profile that the AWS CLI does not find", () => {
  expect(said(error("", "The config profile (work) could not be found"))).toBe(
    "the AWS profile work is not there: aws configure list-profiles tells which are",
  );
});

test.each([
  ["CredentialsProviderError", "ForbiddenException: No access"],
  ["ForbiddenException", "No access"],
])("a permission set that is not assigned: %s: %s", (name, message) => {
  expect(said(error(name, message))).toBe(
    "the AWS profile work names an account or a permission set that is not yours: choose another profile, or ask for it",
  );
});

test("a profile that asks for a code", () => {
  expect(
    said(
      credentials(
        "Profile work requires multi-factor authentication, but no MFA code callback was provided.",
      ),
    ),
  ).toBe(
    'the AWS profile asks for a code, which only the AWS CLI can: eval "$(aws configure export-credentials --format env)"',
  );
});

test.each([
  ["ExpiredToken", "The provided token has expired."],
  ["ExpiredTokenException", "The security token included in the request is expired"],
])("credentials that have expired: %s", (name, message) => {
  expect(said(error(name, message))).toBe(
    "your AWS credentials have expired: renew them, with aws sso login --profile work where they come from there",
  );
});

test("EC2 says of a call whose time is past that it has expired, which a clock can be the cause of", () => {
  expect(said(error("RequestExpired", "Request has expired."))).toBe(
    "your AWS credentials have expired, or this machine's clock is wrong: renew them, with aws sso login --profile work where they come from there",
  );
});

test.each([
  error("RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
  error(
    "InvalidSignatureException",
    "Signature expired: 20261127T100000Z is now earlier than 20261127T110000Z",
  ),
  error(
    "SignatureDoesNotMatch",
    "Signature not yet current: 20261127T120000Z is still later than 20261127T110500Z",
  ),
])("a clock that is wrong is named, and not the credentials: $name", (thrown) => {
  expect(said(thrown)).toMatch(
    /^eu-central-1 did not do ec2:DescribeInstances: this machine's clock is wrong: it says .* \(/,
  );
});

test("a network that is gone is no fault of a profile whose credentials are asked for over it", () => {
  expect(said(credentials("Error: getaddrinfo ENOTFOUND portal.sso.eu-central-1.amazonaws.com"))).toMatch(
    /^eu-central-1 did not answer to ec2:DescribeInstances: check the network/,
  );
});

test("a proxy in a variable that AWS's programs do not read is told", () => {
  process.env.ALL_PROXY = "http://proxy.example.com:3128";
  expect(said(error("Error", "connect ETIMEDOUT", { code: "ETIMEDOUT" }))).toContain(
    "a proxy, in HTTPS_PROXY, as AWS's programs do not read ALL_PROXY, and the name of the Region",
  );
  delete process.env.ALL_PROXY;
});

test("an endpoint in a variable is told, where nobody answers there", () => {
  process.env.AWS_ENDPOINT_URL_EC2 = "http://127.0.0.1:4566";
  expect(said(error("Error", "connect ECONNREFUSED 127.0.0.1:4566", { code: "ECONNREFUSED" }))).toBe(
    "eu-central-1 did not answer to ec2:DescribeInstances: calls go to AWS_ENDPOINT_URL_EC2=http://127.0.0.1:4566: start what " +
      "answers there, or unset it to ask AWS (connect ECONNREFUSED 127.0.0.1:4566)",
  );
  delete process.env.AWS_ENDPOINT_URL_EC2;
});

test.each(["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"])("%s is denied", (name) => {
  // The name of a role may contain SSO, and "associated" does: neither is a session of SSO.
  const message =
    "User: arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Ops/a is not authorized: invalid";
  expect(isDenied(error(name, message))).toBe(true);
  expect(said(error(name, message))).toBe(
    `denied: ec2:DescribeInstances in eu-central-1: attach the policy dev-session-shell to whom you are in AWS (${message})`,
  );
  expect(awsFailure(error(name, "no"), { action: "a:B", region: "eu-central-1" }).message).toBe(
    "denied: a:B in eu-central-1: ask for that permission (no)",
  );
});

test("what is denied explicitly is not to be had by another policy", () => {
  const message = "User: a is not authorized to perform: b with an explicit deny in an identity-based policy";
  expect(said(error("AccessDeniedException", message))).toBe(
    `denied: ec2:DescribeInstances in eu-central-1: a policy denies it, such as a guardrail, and no other can allow it (${message})`,
  );
});

test("what is associated and invalid is no session of SSO", () => {
  expect(said(error("ValidationException", "the document associated with it is invalid\nsecond line"))).toBe(
    "ec2:DescribeInstances in eu-central-1 failed: ValidationException: the document associated with it is invalid",
  );
});

test.each(["AuthFailure", "UnrecognizedClientException", "InvalidClientTokenId", "SignatureDoesNotMatch"])(
  "credentials that AWS does not know: %s",
  (name) => {
    expect(said(error(name, "not able to validate"))).toBe(
      `AWS does not accept your credentials (${name}): aws sts get-caller-identity tells whose they are; ` +
        "it says the same where this machine's clock is wrong",
    );
  },
);

test.each([
  error("Error", "getaddrinfo ENOTFOUND ec2.eu-central-9.amazonaws.com", { code: "ENOTFOUND" }),
  error("Error", "connect ECONNREFUSED 127.0.0.1:9", { code: "ECONNREFUSED" }),
  error("TypeError", "fetch failed", { cause: { code: "ECONNRESET" } }),
  error("TimeoutError", "Connection timed out after 5000 ms"),
  error("", 'Read timeout on endpoint URL: "https://ssm.eu-central-1.amazonaws.com/"'),
  error("", 'Could not connect to the endpoint URL: "https://ssm.eu-central-9.amazonaws.com/"'),
])("no answer: $message", (thrown) => {
  expect(said(thrown)).toBe(
    "eu-central-1 did not answer to ec2:DescribeInstances: check the network, a proxy, and the name of the Region " +
      `(${thrown.message})`,
  );
});

test("an error without a name is told without one", () => {
  expect(said({ name: "", message: "aws: error: unknown option" })).toBe(
    "ec2:DescribeInstances in eu-central-1 failed: aws: error: unknown option",
  );
});

test("an answer is given on, a failure is left as it is, and everything else becomes one", async () => {
  await expect(attempt(WHAT, () => Promise.resolve(1))).resolves.toBe(1);
  const failure = new Failure("said already");
  await expect(attempt(WHAT, () => Promise.reject(failure))).rejects.toBe(failure);
  await expect(attempt(WHAT, () => Promise.reject(error("Odd", "thing")))).rejects.toThrow(Failure);
});
