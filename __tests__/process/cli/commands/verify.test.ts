import { EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import { emulatedConfig } from "../../../../cli/rehearsal/emulator";
import { capture } from "../../../../cli/process/run";
import { AwsServer } from "../../../support/aws-server";
import { Workspace } from "../../../support/cli";
import { MetadataServices, describeImds } from "../../../support/imds";
import { describeMoto } from "../../../support/moto";
import { MINIMAL } from "../../../support/synth";

const PROFILE = "arn:aws:iam::000000000000:instance-profile/ministack-instance-role";

describeImds("npm run verify", () => {
  describeMoto("on instances", (moto) => {
    const services = new MetadataServices();
    let aws: AwsServer;
    let workspace: Workspace;
    let ids: string[];
    beforeAll(async () => {
      aws = new AwsServer(() => moto.url);
      await aws.start();
      workspace = new Workspace({ dev: { ...MINIMAL, instances: { web: {}, jobs: {} } } });
      workspace.env.AWS_ENDPOINT_URL = aws.url;
      const ec2 = new EC2Client(emulatedConfig(moto.url));
      const { Instances = [] } = await ec2.send(
        new RunInstancesCommand({ ImageId: "ami-12c6146b", MinCount: 2, MaxCount: 2 }),
      );
      ids = Instances.map(({ InstanceId = "" }) => InstanceId);
    });
    beforeEach(() => {
      workspace.deployed("dev-instances", {
        instance_ids: { web: ids[0], jobs: ids[1] },
        instance_profile_arn: PROFILE,
      });
    });
    afterEach(() => services.end());
    afterAll(() => {
      aws.stop();
      workspace.remove();
    });

    /** Systems Manager, which runs what it is sent on this machine, with an emulator as the metadata service. */
    function systemsManager(metadata: string): void {
      let output = "";
      let looks = 0;
      aws.answers = {
        "AmazonSSM.DescribeInstanceInformation": ({ Filters }) => ({
          InstanceInformationList: (Filters as { Values: string[] }[])[0]?.Values.map((InstanceId) => ({
            InstanceId,
            PingStatus: "Online",
            AgentVersion: "3.3.5226.0",
          })),
        }),
        "AmazonSSM.SendCommand": async ({ Parameters }) => {
          const { commands } = Parameters as { commands: string[] };
          const script = commands.join("\n").replace("http://169.254.169.254", metadata);
          output = (await capture("sh", ["-c", script])).stdout;
          return { Command: { CommandId: "0f5c8f6e-0000-4000-8000-000000000000" } };
        },
        "AmazonSSM.GetCommandInvocation": () =>
          looks++ === 0 ? "InvocationDoesNotExist" : { Status: "Success", StandardOutputContent: output },
      };
    }

    /** What was printed, without the ids that moto makes up. */
    const printed = (text: string): string =>
      ids.reduce((rest, id, index) => rest.replaceAll(id, `i-0000000000000000${index}`), text);

    test("passes an instance as it should be", async () => {
      systemsManager(await services.emulator("required"));
      const { stdout, ...rest } = await workspace.run("verify", "web");
      expect(rest).toEqual({ status: 0, stderr: "asking web\n" });
      expect(printed(stdout)).toMatchInlineSnapshot(`
        "instance  check                      result  seen
        web       running                    pass    i-00000000000000000 is running
        web       Online in Systems Manager  pass    Online
        web       SSM Agent                  pass    3.3.5226.0; without the endpoint ec2messages it takes 3.3.40.0
        web       token of IMDSv2            pass    status 200
        web       instance profile           pass    arn:aws:iam::000000000000:instance-profile/ministack-instance-role
        web       no metadata without token  pass    status 401
        "
      `);
    });

    test("fails all instances of an environment that give metadata without a token", async () => {
      systemsManager(await services.emulator("optional"));
      const { stdout, status } = await workspace.run("verify", "--json");
      expect(status).toBe(1);
      const verified = JSON.parse(stdout) as {
        instance: string;
        checks: { check: string; result: string }[];
      }[];
      expect(
        verified.map(({ instance, checks }) => [
          instance,
          checks.filter(({ result }) => result !== "pass").map(({ check, result }) => `${result} ${check}`),
        ]),
      ).toEqual([
        ["jobs", ["FAIL no metadata without token"]],
        ["web", ["FAIL no metadata without token"]],
      ]);
    });

    test("tells of one instance that is not there beside one that is", async () => {
      systemsManager(await services.emulator("required"));
      workspace.deployed("dev-instances", { instance_ids: { web: ids[0], jobs: "i-0deadbeef" } });
      const { stdout, status } = await workspace.run("verify");
      expect(status).toBe(1);
      expect(stdout).toMatch(/^web +no metadata without token +pass /m);
      expect(stdout).toMatch(
        /^jobs +running +FAIL +jobs \(i-0deadbeef\), which the state names, is gone, or in another account/m,
      );
    });

    test("without the right to run commands, says who has it", async () => {
      systemsManager("");
      aws.answers["AmazonSSM.SendCommand"] = () => "AccessDeniedException";
      const { stdout, status } = await workspace.run("verify", "web");
      expect(status).toBe(1);
      expect(
        stdout.match(/unknown +denied: ssm:SendCommand in eu-central-1: it takes an administrator/g),
      ).toHaveLength(3);
    });

    test.each([
      [["jbs"], "no instance jbs in dev: there is jobs, web; did you mean jobs?\n"],
      [["--environment", "prod"], "no environment prod in cdktf.out: there is dev\n"],
      [["--timeout", "soon"], "--timeout: got soon; allowed: 0 to 3600 seconds; 0 asks once\n"],
    ])("refuses %p", async (args, stderr) => {
      expect(await workspace.run("verify", ...args)).toEqual({ status: 1, stdout: "", stderr });
    });

    test("says that nothing is deployed", async () => {
      const fresh = new Workspace({ dev: MINIMAL });
      fresh.env.AWS_ENDPOINT_URL = aws.url;
      expect(await fresh.run("verify")).toMatchObject({
        status: 1,
        stdout: "",
        stderr:
          "asking web\nweb is not deployed, or in another account than your credentials (the state of dev-instances has no web): npm run deploy -- dev\n",
      });
      fresh.remove();
    });
  });
});
