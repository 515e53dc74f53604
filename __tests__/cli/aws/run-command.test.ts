import { GetCommandInvocationCommand, SSMClient, SendCommandCommand } from "@aws-sdk/client-ssm";
import { mockClient } from "aws-sdk-client-mock";
import { clientConfig } from "../../../cli/aws/client";
import { runScript } from "../../../cli/aws/run-command";
import { awsError } from "../../support/recorded";

const ssm = mockClient(SSMClient);
const client = new SSMClient(clientConfig("eu-central-1"));
let waits = 0;
const wait = async (): Promise<void> => {
  waits += 1;
};
const run = (): Promise<string> => runScript(client, "i-1", "one\ntwo", "eu-central-1", wait);

beforeEach(() => {
  waits = 0;
  ssm.reset();
  ssm.on(SendCommandCommand).resolves({ Command: { CommandId: "c-1" } });
});

test("the script is sent line by line, and its output waited for, though nobody knows of it at first", async () => {
  ssm
    .on(GetCommandInvocationCommand)
    .rejectsOnce(awsError("InvocationDoesNotExist"))
    .resolvesOnce({ Status: "Pending" })
    .resolvesOnce({ Status: "InProgress" })
    .resolves({ Status: "Success", StandardOutputContent: "done\n" });
  expect(await run()).toBe("done\n");
  expect(waits).toBe(3);
  expect(ssm.commandCalls(SendCommandCommand)[0]?.args[0].input).toEqual({
    DocumentName: "AWS-RunShellScript",
    InstanceIds: ["i-1"],
    Parameters: { commands: ["one", "two"], executionTimeout: ["60"] },
    TimeoutSeconds: 60,
    Comment: "npm run verify",
  });
  expect(ssm.commandCalls(GetCommandInvocationCommand)[0]?.args[0].input).toEqual({
    CommandId: "c-1",
    InstanceId: "i-1",
  });
});

test.each([
  [{ Status: "Failed" as const, StatusDetails: "Failed" }, "Run Command ended with Failed"],
  [
    { Status: "TimedOut" as const, StatusDetails: "DeliveryTimedOut" },
    "Run Command ended with DeliveryTimedOut",
  ],
  [{ Status: "Cancelled" as const }, "Run Command ended with Cancelled"],
  [
    { Status: "InProgress" as const },
    "Run Command is still InProgress: npm run doctor tells whether the agent has a channel to take it by",
  ],
])("what ended with %j is told", async (invocation, message) => {
  ssm.on(GetCommandInvocationCommand).resolves(invocation);
  await expect(run()).rejects.toThrow(message);
});

test("Run Command takes an administrator", async () => {
  ssm.on(SendCommandCommand).rejects(awsError("AccessDeniedException"));
  await expect(run()).rejects.toThrow(
    "denied: ssm:SendCommand in eu-central-1: it takes an administrator, no operator may run commands",
  );
  expect(ssm.commandCalls(GetCommandInvocationCommand)).toEqual([]);
});

test("what AWS does not do is told with its reason", async () => {
  ssm.on(SendCommandCommand).rejects(awsError("UnsupportedPlatformType", "no shell there"));
  await expect(run()).rejects.toThrow(
    "ssm:SendCommand in eu-central-1 failed: UnsupportedPlatformType: no shell there",
  );
  ssm.on(SendCommandCommand).resolves({ Command: { CommandId: "c-1" } });
  ssm.on(GetCommandInvocationCommand).rejects(awsError("AccessDeniedException"));
  await expect(run()).rejects.toThrow(
    "denied: ssm:GetCommandInvocation in eu-central-1: ask for that permission",
  );
});
