import { cliError, sessionFailure, startSessionArgs } from "../../../cli/session/start-session";
import type { SynthesizedEnvironment, SynthesizedInstance } from "../../../cli/assembly/environments";

const CHOSEN = {
  environment: { name: "dev", region: "eu-central-1" } as SynthesizedEnvironment,
  instance: { name: "web" } as SynthesizedInstance,
  policy: "dev-session-shell",
};

test("only what is asked for is an argument", () => {
  expect(startSessionArgs({ region: "eu-central-1", id: "i-1" })).toEqual([
    ...["ssm", "start-session", "--region", "eu-central-1", "--target", "i-1"],
  ]);
  expect(
    startSessionArgs({
      region: "eu-central-1",
      id: "i-1",
      documentName: "SessionManager-dev",
      parameters: { localPortNumber: "5432" },
      reason: "ticket 1",
    }).slice(6),
  ).toEqual([
    ...["--document-name", "SessionManager-dev"],
    ...["--parameters", '{"localPortNumber":["5432"]}', "--reason=ticket 1"],
  ]);
});

// As version 1 and 2 of the AWS CLI write it.
test.each([
  [
    "\nAn error occurred (AccessDeniedException) when calling the StartSession operation: User: a is not authorized to perform: ssm:StartSession on resource: b\n",
    "denied: ssm:StartSession in eu-central-1: attach the policy dev-session-shell to whom you are in AWS (User: a is not authorized to perform: ssm:StartSession on resource: b)",
  ],
  [
    "An error occurred (AccessDeniedException) when calling the StartSession operation: User: a is not authorized to perform: kms:GenerateDataKey on resource: b",
    "denied: kms:GenerateDataKey in eu-central-1: attach the policy dev-session-shell to whom you are in AWS (User: a is not authorized to perform: kms:GenerateDataKey on resource: b)",
  ],
  [
    "An error occurred (ForbiddenException) when calling the GetRoleCredentials operation: No access",
    /^the AWS profile .*names an account or a permission set that is not yours/,
  ],
  [
    "aws: [ERROR]: An error occurred (TargetNotConnected) when calling the StartSession operation: i-1 is not connected.\n",
    "web is not connected to Systems Manager: npm run doctor -- web tells why (i-1 is not connected.)",
  ],
  [
    "An error occurred (InvalidDocument) when calling the StartSession operation: Document with name SessionManager-dev does not exist.",
    "the session's document is not in eu-central-1: npm run deploy -- dev (Document with name SessionManager-dev does not exist.)",
  ],
  [
    "An error occurred (ThrottlingException) when calling the StartSession operation (reached max retries: 4): Rate exceeded",
    "ssm:StartSession in eu-central-1 failed: ThrottlingException: Rate exceeded",
  ],
  [
    "SessionManagerPlugin is not found. Please refer to SessionManager Documentation here: http://docs.aws.amazon.com/console/systems-manager/session-manager-plugin-not-found",
    /^no session-manager-plugin on the PATH: install it, https:\/\/docs\.aws\.amazon\.com/,
  ],
  [
    "\nThe SSO session associated with this profile has expired or is otherwise invalid. To refresh this SSO session run aws sso login with the corresponding profile.\n",
    /^your SSO session has expired: aws sso login/,
  ],
  [
    '\nUnable to locate credentials. You can configure credentials by running "aws configure".\n',
    /credentials/,
  ],
  [
    "usage: aws [options]\n\naws: error: argument operation: Invalid choice, valid choices are: start-session\n",
    /^your AWS CLI is too old: install the AWS CLI, https:.* \(version 2\)/,
  ],
  [
    "An error occurred (InvalidSignatureException) when calling the StartSession operation: Signature expired: 20261127T100000Z is now earlier than 20261127T110000Z",
    /this machine's clock is wrong/,
  ],
  [
    'Failed to connect to proxy URL: "http://127.0.0.1:9"',
    /^eu-central-1 did not do ssm:StartSession: the proxy in HTTPS_PROXY does not let it through/,
  ],
  [
    "usage: aws [options]\n\naws: error: unknown option\n",
    /^ssm:StartSession in eu-central-1 failed: aws: error/,
  ],
])("%j is told with what to do", (stderr, told) => {
  const error = cliError(stderr);
  expect(error && sessionFailure(error, CHOSEN).message).toEqual(
    typeof told === "string" ? told : expect.stringMatching(told),
  );
});

test("nothing said is no error", () => {
  expect(cliError("\n")).toBeUndefined();
});

test("the token of a session is not shown", () => {
  const stderr = `Command '['session-manager-plugin', '{"TokenValue": "secret"}', 'eu-central-1']' returned non-zero exit status 1.`;
  expect(cliError(stderr)?.message).toBe("the plugin returned non-zero exit status 1.");
});
