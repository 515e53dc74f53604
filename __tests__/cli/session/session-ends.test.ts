import { BadFrame } from "../../../cli/channel/frame";
import { sessionEnd } from "../../../cli/session/session-ends";
import type { SessionContext } from "../../../cli/session/start-session";
import { Failure } from "../../../cli/terminal/failure";

const CONTEXT = {
  environment: { name: "dev", region: "eu-central-1", recording: { logGroupName: "/session-manager/dev" } },
  instance: { name: "web" },
  policy: "dev-session-shell",
} as SessionContext;

const HANDSHAKE = "\n----------ERROR-------\nEncountered error while initiating handshake. ";
const ENCRYPTION =
  "We couldn't start the session because encryption is not set up on the selected CloudWatch Logs log group. " +
  "Either encrypt the log group or choose an option to enable logging without encryption.";

test.each([
  [
    "the log group",
    ENCRYPTION,
    "the instance cannot see that the log group /session-manager/dev is there and encrypted: it is gone or has lost its key, " +
      "its role may not ask (logs:DescribeLogGroups), or CloudWatch Logs is not reached; npm run doctor -- web tells more, " +
      "and npm run deploy -- dev brings back what is gone",
  ],
  [
    "the bucket's encryption",
    ENCRYPTION.replace("CloudWatch Logs log group", "Amazon S3 bucket"),
    "the archive bucket is not encrypted: turn its default encryption on, then npm run plan -- dev",
  ],
  [
    "the bucket",
    "Couldn't start the session because we are unable to validate encryption on Amazon S3 bucket. Error: NoSuchBucket",
    "the instance cannot see that the archive bucket is encrypted: the bucket is gone, its role may not ask " +
      "(s3:GetEncryptionConfiguration), or S3 is not reached; npm run doctor -- web tells more (NoSuchBucket)",
  ],
  [
    "the agent's use of the key",
    `${HANDSHAKE}Fetching data key failed: Unable to retrieve data key, Error when decrypting data key AccessDenied`,
    "the instance may not decrypt the session's key: its role needs kms:Decrypt, and the key must be enabled; " +
      "npm run doctor -- web tells more (Unable to retrieve data key, Error when decrypting data key AccessDenied)",
  ],
  [
    "the operator's use of the key",
    `${HANDSHAKE}KMSEncryption failed on client with status 2 error: Failed to process action KMSEncryption: ` +
      "Error calling KMS GenerateDataKey API: AccessDeniedException: no",
    "you may not use the recordings' key (kms:GenerateDataKey): attach the policy dev-session-shell to whom you are in AWS " +
      "(AccessDeniedException: no)",
  ],
  [
    "the user",
    "\n----------ERROR-------\nUnable to start command: failed to start pty since RunAs user ssm-user does not exist",
    "the instance has no user ssm-user: its image must bring it, or the first boot make it; " +
      "docs/recording.md says how an instance gets ssm-user",
  ],
  [
    "the name of a host",
    "lookup db.internal on 10.0.0.2:53: no such host",
    "the instance does not find db.internal by its name: correct it in sessions.forward, or have the network's DNS know it",
  ],
  [
    "a forbidden address",
    "Forwarding to IP address 169.254.169.254 is forbidden.",
    "SSM Agent forwards nothing to 169.254.169.254: name another host in sessions.forward",
  ],
])("a session that is refused for %s would be refused again", (_what, output, text) => {
  expect(sessionEnd({ closed: true, output }, CONTEXT)).toEqual({ text, lasting: true });
});

test.each([
  [
    "document process failed unexpectedly: document worker timed out , check [ssm-document-worker]/[ssm-session-worker] log for crash reason",
    "the session's process on web died: look at memory and disk there, then npm run connect -- web again",
  ],
  [
    "Your session timed out due to inactivity and has been terminated.",
    "the session was idle for as long as sessions.idleMinutes allows",
  ],
  [
    "Your session has reached the maximum session duration and has been terminated.",
    "the session has lasted as long as sessions.maxMinutes allows",
  ],
  ["\n----------ERROR-------\nnobody knows this\nat all", "the session was ended: nobody knows this"],
])("a session may be opened again after %j", (output, text) => {
  expect(sessionEnd({ closed: true, output }, CONTEXT)).toEqual({ text, lasting: false });
});

const error = (name: string, message: string, more: object = {}): Error =>
  Object.assign(new Error(message), { name, ...more });

test.each([
  ["the instance has not answered for 15 s", "the instance has not answered for 15 s", false],
  [new Failure("plugin does not start"), "plugin does not start", true],
  [
    new BadFrame("payload type 99"),
    "this client refuses what it does not know (payload type 99): install AWS's plugin, and take --client plugin",
    true,
  ],
  [
    error("Error", "listen EADDRINUSE: address already in use 127.0.0.1:5432", { syscall: "listen" }),
    "the local port cannot be opened: listen EADDRINUSE: address already in use 127.0.0.1:5432",
    true,
  ],
  [
    error("AccessDeniedException", "no", { action: "kms:GenerateDataKey" }),
    "denied: kms:GenerateDataKey in eu-central-1: attach the policy dev-session-shell to whom you are in AWS (no)",
    true,
  ],
  [
    error("TargetNotConnected", "later"),
    "web is not connected to Systems Manager: npm run doctor -- web tells why (later)",
    false,
  ],
  [
    error("ThrottlingException", "Rate exceeded"),
    "ssm:StartSession in eu-central-1 failed: ThrottlingException: Rate exceeded",
    false,
  ],
  [
    error("InternalServerError", "sorry"),
    "ssm:StartSession in eu-central-1 failed: InternalServerError: sorry",
    false,
  ],
])("%s is said in words", (trouble, text, lasting) => {
  expect(sessionEnd({ closed: false, output: "", trouble }, CONTEXT)).toEqual({ text, lasting });
});

test("of what ended as it was wished, nothing is said", () => {
  expect(sessionEnd({ closed: true, output: "" }, CONTEXT)).toBeUndefined();
});
