import {
  asking,
  sessionFailure,
  startSessionArgs,
  startSessionInput,
} from "../../../cli/session/start-session";
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

test("AWS is asked for the same", () => {
  const request = {
    region: "eu-central-1",
    id: "i-1",
    documentName: "D",
    parameters: { localPortNumber: "1" },
  };
  expect(JSON.parse(JSON.stringify(startSessionInput(request)))).toEqual({
    Target: "i-1",
    DocumentName: "D",
    Parameters: { localPortNumber: ["1"] },
  });
});

test.each([
  [
    "AccessDeniedException",
    "User: a is not authorized to perform: ssm:StartSession on resource: b",
    "denied: ssm:StartSession in eu-central-1: attach the policy dev-session-shell to whom you are in AWS (User: a is not authorized to perform: ssm:StartSession on resource: b)",
  ],
  [
    "AccessDeniedException",
    "User: a is not authorized to perform: kms:GenerateDataKey on resource: b",
    "denied: kms:GenerateDataKey in eu-central-1: attach the policy dev-session-shell to whom you are in AWS (User: a is not authorized to perform: kms:GenerateDataKey on resource: b)",
  ],
  [
    "ForbiddenException",
    "No access",
    /^the AWS profile .*names an account or a permission set that is not yours/,
  ],
  [
    "TargetNotConnected",
    "i-1 is not connected.",
    "web is not connected to Systems Manager: npm run doctor -- web tells why (i-1 is not connected.)",
  ],
  [
    "InvalidDocument",
    "Document with name SessionManager-dev does not exist.",
    "the session's document is not in eu-central-1: npm run deploy -- dev (Document with name SessionManager-dev does not exist.)",
  ],
  [
    "ThrottlingException",
    "Rate exceeded",
    "ssm:StartSession in eu-central-1 failed: ThrottlingException: Rate exceeded",
  ],
  [
    "CredentialsProviderError",
    "The SSO session associated with this profile has expired or is otherwise invalid.",
    /^your SSO session has expired: aws sso login/,
  ],
  [
    "InvalidSignatureException",
    "Signature expired: 20261127T100000Z is now earlier than 20261127T110000Z",
    /this machine's clock is wrong/,
  ],
])("%s is told with what to do: %j", (name, message, told) => {
  const error = Object.assign(new Error(message), { name });
  expect(sessionFailure(error, CHOSEN).message).toEqual(
    typeof told === "string" ? told : expect.stringMatching(told),
  );
});

test("what was asked for is kept with the error", async () => {
  const error = Object.assign(new Error("no"), { name: "AccessDeniedException" });
  const asked = asking("ssm:ResumeSession", Promise.reject(error)).catch((one: unknown) =>
    sessionFailure(one, CHOSEN),
  );
  expect((await asked).message).toMatch(/^denied: ssm:ResumeSession in eu-central-1: attach the policy/);
});
