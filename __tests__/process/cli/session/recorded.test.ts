import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { emulatedConfig } from "../../../../cli/rehearsal/emulator";
import { describeMoto } from "../../../support/moto";
import { describePty, runOnTerminal } from "../../../support/pty";
import { Recorder } from "../../../support/sessions/recorder";
import { shellRemote } from "../../../support/sessions/remotes";
import { SessionWorkspace } from "../../../support/sessions/session-workspace";
import { StandInAgent } from "../../../support/sessions/stand-in-agent";
import { MINIMAL } from "../../../support/synth";

describeMoto("a recorded session", (moto) => {
  describePty("on a terminal", () => {
    test("is read back with npm run logs", async () => {
      const workspace = new SessionWorkspace(moto, { dev: { ...MINIMAL, sessions: {} } });
      await workspace.start();
      workspace.env.AWS_ENDPOINT_URL_CLOUDWATCH_LOGS = moto.url;
      const logGroupName = "/session-manager/dev";
      const client = new CloudWatchLogsClient(emulatedConfig(moto.url));
      await client.send(new CreateLogGroupCommand({ logGroupName }));
      client.destroy();
      workspace.broker.agentOf = (session) =>
        new StandInAgent(session, {
          remote: shellRemote(["sh", "-c", "cd $(mktemp -d); exec sh"]),
          kms: true,
          recorder: new Recorder(moto.url, logGroupName, session.id),
        });
      const { status, shown } = await runOnTerminal(
        workspace,
        ["connect", "web", "--client", "builtin"],
        [
          ["# ", "touch f1 && rm f1 && echo gon''e\r"],
          ["gone\r", "exit\r"],
        ],
      );
      expect({ status, shown }).toEqual({ status: 0, shown: expect.stringContaining("gone") as string });
      const logs = await workspace.run("logs", workspace.broker.latest.id);
      expect(logs.stderr).toBe("");
      expect(logs.stdout).toMatch(/# touch f1 && rm f1 && echo gon''e\n.*gone\n[^]*# exit\n/);
      workspace.remove();
    }, 120_000);
  });
});
