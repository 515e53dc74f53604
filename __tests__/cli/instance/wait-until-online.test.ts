import {
  DescribeInstanceInformationCommand,
  GetConnectionStatusCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { mockClient } from "aws-sdk-client-mock";
import { clientConfig } from "../../../cli/aws/client";
import { waitUntilOnline } from "../../../cli/instance/wait-until-online";
import { awsError } from "../../support/recorded";

const ssm = mockClient(SSMClient);

beforeEach(() => {
  ssm.reset();
  ssm.on(GetConnectionStatusCommand, { Target: "i-1" }).resolves({ Status: "connected" });
});

/** Waits on a clock that sleeping alone moves: what was said, how long it slept, and how it ended. */
async function wait(seconds: number, ...statuses: (string | Error | undefined)[]) {
  const asked = ssm.on(DescribeInstanceInformationCommand, {
    Filters: [{ Key: "InstanceIds", Values: ["i-1"] }],
  });
  for (const status of statuses) {
    if (status instanceof Error) {
      asked.rejectsOnce(status);
    } else {
      asked.resolvesOnce({
        InstanceInformationList: status === undefined ? [] : [{ PingStatus: status as "Online" }],
      });
    }
  }
  const said: string[] = [];
  const slept: number[] = [];
  const ended = await waitUntilOnline(
    new SSMClient(clientConfig("eu-central-1")),
    { name: "web", id: "i-1" },
    { action: "ssm:DescribeInstanceInformation", region: "eu-central-1", allowedBy: "the policy shell" },
    {
      seconds,
      sleep: (milliseconds) => Promise.resolve(void slept.push(milliseconds)),
      now: () => slept.reduce((sum, one) => sum + one, 1_000_000),
    },
    (text) => said.push(text),
  ).catch((error: Error) => error.message);
  return { said, slept, ended };
}

test("an instance that is Online is not waited for", async () => {
  expect(await wait(0, "Online")).toEqual({ said: [], slept: [], ended: undefined });
});

test("what is waited for is said", async () => {
  expect(await wait(300, undefined, "ConnectionLost", "Online")).toEqual({
    said: [
      "web (i-1) is not registered in Systems Manager: waiting, at most 300 s",
      "web (i-1) is registered, but ConnectionLost in Systems Manager: waiting, at most 300 s",
    ],
    slept: [5000, 5000],
    ended: undefined,
  });
});

test("it is asked once more at the limit", async () => {
  expect(await wait(7, undefined, undefined, "Online")).toMatchObject({
    slept: [5000, 2000],
    ended: undefined,
  });
});

test("after that it is given up", async () => {
  expect(await wait(7, undefined, undefined, "ConnectionLost", "Online")).toMatchObject({
    slept: [5000, 2000],
    ended:
      "web (i-1) is registered, but ConnectionLost in Systems Manager after 7 s: npm run doctor -- web tells why",
  });
});

test("nor is it reached before its agent takes sessions", async () => {
  const connection = ssm.on(GetConnectionStatusCommand, { Target: "i-1" });
  connection.resolvesOnce({ Status: "notconnected" }).resolves({ Status: "connected" });
  expect(await wait(7, undefined, "Online")).toEqual({
    said: [
      "web (i-1) is not registered in Systems Manager: waiting, at most 7 s",
      "web (i-1) is Online, but takes no sessions: waiting, at most 7 s",
    ],
    slept: [5000, 2000],
    ended: undefined,
  });
});

test("the same limit holds for both", async () => {
  ssm.on(GetConnectionStatusCommand, { Target: "i-1" }).resolves({ Status: "notconnected" });
  expect(await wait(7, undefined, "Online")).toMatchObject({
    slept: [5000, 2000],
    ended:
      "web (i-1) is Online, but has no channel to ssmmessages, by which sessions come, after 7 s: npm run doctor -- web tells why",
  });
});

const gone = Object.assign(new Error("getaddrinfo ENOTFOUND ssm"), { code: "ENOTFOUND" });

test("a network that is gone, and a service that has too much to do, are waited for", async () => {
  const throttled = awsError("ThrottlingException", "Rate exceeded");
  expect(await wait(300, gone, throttled, "Online")).toEqual({
    said: [
      "eu-central-1 did not answer to ssm:DescribeInstanceInformation: check the network, a proxy, and the name of the Region (getaddrinfo ENOTFOUND ssm): waiting, at most 300 s",
      "ssm:DescribeInstanceInformation in eu-central-1 failed: ThrottlingException: Rate exceeded: waiting, at most 300 s",
    ],
    slept: [5000, 5000],
    ended: undefined,
  });
});

test("but no longer than the limit", async () => {
  expect(await wait(0, gone)).toMatchObject({
    slept: [],
    ended: expect.stringMatching(/^eu-central-1 did not answer to ssm:DescribeInstanceInformation/) as string,
  });
});

test("who may not ask whether it takes sessions may find out by opening one", async () => {
  const denied = awsError("AccessDeniedException", "no");
  ssm.on(GetConnectionStatusCommand).rejects(denied);
  expect(await wait(7, "Online")).toEqual({ said: [], slept: [], ended: undefined });
});

test("a refusal is told with the policy", async () => {
  const denied = awsError("AccessDeniedException", "no");
  expect((await wait(300, denied)).ended).toBe(
    "denied: ssm:DescribeInstanceInformation in eu-central-1: attach the policy shell to whom you are in AWS (no)",
  );
});
