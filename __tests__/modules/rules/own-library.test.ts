import { App, TerraformStack } from "cdktf";
import { FlowLogs } from "../../../modules";

test.each([
  ["0.24.0", 'this app is written with CDK Terrain 0.24.0, and "cdktf-session-manager" is for CDKTF '],
  ["0.22.1", "this app is written with CDK Terrain 0.22.1"],
])("an app that another library has written is told the entry that is for it: %s", (version, said) => {
  const app = new App();
  const own = String(app.node.tryGetContext("cdktfVersion"));
  // The same check runs under the name of the other library, where that version is its own.
  const other = /^0\.2[2-9]\./.test(own) ? "0.21.0" : version;
  app.node.setContext("cdktfVersion", other);
  const make = (): FlowLogs =>
    new FlowLogs(new TerraformStack(app, "stack"), "logs", {
      name: "test",
      region: "eu-central-1",
      vpcId: "vpc-0123456789abcdef0",
      retentionDays: 30,
    });
  expect(make).toThrow(other === version ? said : /this app is written with CDKTF 0\.21\.0/);
});
