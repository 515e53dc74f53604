import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { emulatedConfig } from "../../../../cli/rehearsal/emulator";
import { AwsServer } from "../../../support/aws-server";
import { Workspace } from "../../../support/cli";
import { describeMoto } from "../../../support/moto";
import { agentEvent } from "../../../support/recorded";
import { MINIMAL } from "../../../support/synth";

describeMoto("npm run logs, as a process", (moto) => {
  let aws: AwsServer;
  let workspace: Workspace;
  beforeAll(async () => {
    aws = new AwsServer(() => moto.url);
    await aws.start();
    aws.answers = { "AmazonSSM.DescribeSessions": () => ({ Sessions: [] }) };
    workspace = new Workspace({ dev: { ...MINIMAL, sessions: {} } });
    workspace.env.AWS_ENDPOINT_URL = aws.url;
    const logs = new CloudWatchLogsClient(emulatedConfig(moto.url));
    const logGroupName = "/session-manager/dev";
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    const record = async (logStreamName: string, message: string): Promise<void> => {
      await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
      const logEvents = [{ message, timestamp: Date.now() }];
      await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
    };
    await record("alice-0aaaaaaaaaaaaaaaa", agentEvent("alice-0aaaaaaaaaaaaaaaa", "hello"));
    await record("dave-0dddddddddddddddd", "$ ls\r\nf1\r\n");
    logs.destroy();
  });
  afterAll(() => {
    aws.stop();
    workspace.remove();
  });

  test("follows all sessions until Ctrl-C", async () => {
    const [program, args, options] = workspace.command(
      "logs",
      "--environment",
      "dev",
      "--follow",
      "--since",
      "1h",
    );
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "ignore"] });
    let shown = "";
    for await (const chunk of child.stdout) {
      shown += String(chunk);
      if (shown.includes("dave-0dddddddddddddddd  f1\n")) {
        child.kill("SIGINT");
      }
    }
    expect(child.exitCode ?? (await once(child, "exit"))[0]).toBe(0);
    expect(shown).toContain("alice-0aaaaaaaaaaaaaaaa  hello\n");
  });
});
