import { Workspace } from "../../../support/cli";
import { MINIMAL } from "../../../support/synth";

// In a process of jest, the AWS SDK does not know the errors of a connection for what they are.
describe("where nobody answers in place of AWS", () => {
  test("doctor: that is the first check that fails", async () => {
    const alone = new Workspace({ dev: MINIMAL });
    const { stdout, status } = await alone.runApart("doctor");
    alone.remove();
    expect(status).toBe(1);
    expect(stdout).toMatch(/^AWS credentials +FAIL +eu-central-1 did not answer to sts:GetCallerIdentity/m);
    expect(stdout).toMatch(/^instance +unknown +not asked, as AWS credentials fails above$/m);
  });

  test("verify: that is all there is to say", async () => {
    const alone = new Workspace({ dev: MINIMAL });
    const { stdout, stderr, status } = await alone.runApart("verify");
    alone.remove();
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^asking web\neu-central-1 did not answer to ec2:DescribeInstances: .*\n$/);
  });
});
