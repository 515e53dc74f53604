import * as ec2 from "@aws-sdk/client-ec2";
import * as iam from "@aws-sdk/client-iam";
import { emulatedConfig } from "../../../cli/rehearsal/emulator";
import { diagnosis } from "../../../cli/commands/doctor";
import { AwsServer } from "../../support/aws-server";
import { Workspace } from "../../support/cli";
import { describeMoto } from "../../support/moto";
import { MINIMAL } from "../../support/synth";

const REGION = "eu-central-1";
const SERVICES = ["ssm", "ssmmessages", "ec2messages"];

test("each line has what to do below it, and the first that fails is named", () => {
  expect(
    diagnosis("web", [
      { check: "instance", result: "pass", seen: "i-1 is running" },
      { check: "route", result: "FAIL", seen: "rtb-1 has no route", fix: "npm run deploy -- dev" },
      { check: "Systems Manager", result: "FAIL", seen: "not registered" },
      { check: "key", result: "unknown", seen: "denied" },
    ]),
  ).toMatchInlineSnapshot(`
    "check            result   seen
    instance         pass     i-1 is running
    route            FAIL     rtb-1 has no route
                              -> npm run deploy -- dev
    Systems Manager  FAIL     not registered
    key              unknown  denied

    web: 2 checks failed; 1 check could not be made: begin with the first, route, which may be the cause of others"
  `);
  expect(diagnosis("web", [{ check: "instance", result: "pass", seen: "i-1 is running" }])).toMatch(
    /\n\nweb: nothing is wrong that can be seen$/,
  );
});

describeMoto("npm run doctor", (moto) => {
  const aws = new AwsServer(() => moto.url);
  let workspace: Workspace;
  let network: Network;

  beforeAll(async () => {
    await aws.start();
    workspace = new Workspace({ dev: { ...MINIMAL, instances: { web: {}, jobs: {} } } });
    workspace.env.AWS_ENDPOINT_URL = aws.url;
    workspace.program("aws", 'console.log("aws-cli/2.31.0 Python/3.13.7")');
    workspace.program("session-manager-plugin", 'console.log("1.2.896.0")');
    const { resource } = JSON.parse(workspace.read("cdktf.out/stacks/dev-instances/cdk.tf.json")) as {
      resource: Written;
    };
    network = await build(moto.url, resource);
    workspace.deployed("dev-instances", {
      instance_ids: { web: network.instance, jobs: "i-0deadbeef" },
      instance_profile_arn: network.profile,
    });
    aws.answers = {
      "AmazonSSM.DescribeInstanceInformation": ({ Filters }) => ({
        InstanceInformationList: (Filters as { Values: string[] }[])[0]?.Values.map((InstanceId) => ({
          InstanceId,
          PingStatus: "Online",
          AgentVersion: "3.3.5226.0",
        })),
      }),
      "AmazonSSM.GetServiceSetting": () => ({ ServiceSetting: { Status: "Default" } }),
      "AmazonSSM.GetConnectionStatus": () => ({ Status: "connected" }),
    };
  }, 60_000);
  afterAll(() => {
    network.client.destroy();
    aws.stop();
    workspace.remove();
  });

  interface Diagnosed {
    readonly environment: string;
    readonly instance: string;
    readonly checks: { check: string; result: string; seen: string; fix?: string }[];
  }

  const wrong = async (): Promise<string[]> => {
    const { stdout, status } = await workspace.run("doctor", "web", "--json");
    expect(status).toBe(1);
    const { environment, instance, checks } = JSON.parse(stdout) as Diagnosed;
    expect([environment, instance]).toEqual(["dev", "web"]);
    return checks.filter(({ result }) => result !== "pass").map(({ check, result }) => `${result} ${check}`);
  };

  // moto decides nothing by policies, gives the interfaces of endpoints addresses outside of their subnets, and VPCs no DHCP
  // options.
  const MOTO = ["unknown role's policies", "FAIL route", "unknown DNS of the VPC", "unknown your permission"];

  test("reads an account as it is", async () => {
    const { stdout, stderr, status } = await workspace.run("doctor", "web");
    expect({ stderr, status }).toEqual({ stderr: "examining web of dev\n", status: 1 });
    expect(stdout).toMatch(/^instance +pass +i-\w+ is running, in eu-central-1a$/m);
    expect(stdout).toMatch(
      /^endpoint ssmmessages +pass +vpce-\w+ is available, with private DNS, ipv4, and its policy lets the agent through$/m,
    );
    expect(stdout).toMatch(/^role's policies +unknown +policy dev-instances is attached; /m);
    expect(stdout).toMatch(
      /\nweb: 1 check failed; 3 checks could not be made: begin with the first, route, /,
    );
    expect(await wrong()).toEqual(MOTO);
  });

  test("sees what was changed, and what was changed back", async () => {
    const { client, endpoints, instanceGroup, vpc } = network;
    const out = {
      GroupId: instanceGroup,
      IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
    };
    await client.send(new ec2.RevokeSecurityGroupEgressCommand(out));
    await client.send(
      new ec2.ModifyVpcAttributeCommand({ VpcId: vpc, EnableDnsHostnames: { Value: false } }),
    );
    expect(await wrong()).toEqual([
      ...MOTO.slice(0, 2),
      "FAIL DNS of the VPC",
      "FAIL security group egress",
      ...MOTO.slice(3),
    ]);
    await client.send(new ec2.AuthorizeSecurityGroupEgressCommand(out));
    await client.send(new ec2.ModifyVpcAttributeCommand({ VpcId: vpc, EnableDnsHostnames: { Value: true } }));
    expect(await wrong()).toEqual(MOTO);
    await client.send(new ec2.DeleteVpcEndpointsCommand({ VpcEndpointIds: [endpoints.ssm ?? ""] }));
    expect(await wrong()).toEqual([...MOTO.slice(0, 3), "FAIL endpoint ssm", ...MOTO.slice(3)]);
  });

  test("an instance that is gone fails first", async () => {
    const { stdout, status } = await workspace.run("doctor", "jobs");
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^instance +FAIL +jobs \(i-0deadbeef\), which the state names, is gone, .*: npm run deploy -- dev$/m,
    );
    expect(stdout).toMatch(/: begin with the first, instance, which may be the cause of others\n$/);
  });

  test.each([
    [["wb"], "no instance wb in dev: there is jobs, web; did you mean web?\n"],
    [["web", "--environment", "prod"], "no environment prod in cdktf.out: there is dev\n"],
    [[], "several instances, jobs, web: say which with <instance>\n"],
  ])("refuses %p", async (args, stderr) => {
    expect(await workspace.run("doctor", ...args)).toEqual({ status: 1, stdout: "", stderr });
  });
});

interface Network {
  readonly client: ec2.EC2Client;
  readonly vpc: string;
  readonly endpoints: Readonly<Record<string, string>>;
  readonly instanceGroup: string;
  readonly instance: string;
  readonly profile: string;
}

/** Resources as they are synthesized, by type and name. */
type Written = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;

/** An instance with its role and network, as an environment deploys them. */
async function build(endpoint: string, written: Written): Promise<Network> {
  const config = emulatedConfig(endpoint, REGION);
  const client = new ec2.EC2Client(config);
  const identities = new iam.IAMClient(config);
  const { Vpc } = await client.send(new ec2.CreateVpcCommand({ CidrBlock: "10.10.0.0/23" }));
  const VpcId = Vpc?.VpcId ?? "";
  await client.send(new ec2.ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: true } }));
  const subnet = { VpcId, CidrBlock: "10.10.0.0/26", AvailabilityZone: `${REGION}a` };
  const { Subnet } = await client.send(new ec2.CreateSubnetCommand(subnet));
  const SubnetId = Subnet?.SubnetId ?? "";
  const group = async (GroupName: string): Promise<string> => {
    const command = new ec2.CreateSecurityGroupCommand({ GroupName, Description: GroupName, VpcId });
    return (await client.send(command)).GroupId ?? "";
  };
  const [instanceGroup, endpointGroup] = [await group("instances"), await group("endpoints")];
  await client.send(
    new ec2.AuthorizeSecurityGroupIngressCommand({
      GroupId: endpointGroup,
      IpPermissions: [
        { IpProtocol: "tcp", FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: "10.10.0.0/23" }] },
      ],
    }),
  );
  const endpoints = SERVICES.map(async (service) => {
    const { VpcEndpoint } = await client.send(
      new ec2.CreateVpcEndpointCommand({
        VpcId,
        VpcEndpointType: "Interface",
        ServiceName: `com.amazonaws.${REGION}.${service}`,
        SubnetIds: [SubnetId],
        SecurityGroupIds: [endpointGroup],
        PrivateDnsEnabled: true,
      }),
    );
    return [service, VpcEndpoint?.VpcEndpointId ?? ""];
  });
  const name = "dev-instances";
  const { aws_iam_role: roles, aws_iam_role_policy: policies } = written;
  await identities.send(
    new iam.CreateRoleCommand({
      RoleName: name,
      AssumeRolePolicyDocument: roles?.instance_access?.assume_role_policy,
    }),
  );
  const PolicyDocument =
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ssmmessages:*","Resource":"*"}}';
  const { Policy } = await identities.send(new iam.CreatePolicyCommand({ PolicyName: name, PolicyDocument }));
  await identities.send(new iam.AttachRolePolicyCommand({ RoleName: name, PolicyArn: Policy?.Arn }));
  await identities.send(
    new iam.PutRolePolicyCommand({
      RoleName: name,
      PolicyName: "only-through-vpcs",
      // Terraform takes what begins like a template with two signs for the text itself.
      PolicyDocument: policies?.["instance_access_only-through-vpcs"]?.policy?.replaceAll("$${", "${"),
    }),
  );
  const { InstanceProfile } = await identities.send(
    new iam.CreateInstanceProfileCommand({ InstanceProfileName: name }),
  );
  await identities.send(
    new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }),
  );
  identities.destroy();
  const { Instances = [] } = await client.send(
    new ec2.RunInstancesCommand({
      ImageId: "ami-12c6146b",
      MinCount: 1,
      MaxCount: 1,
      SubnetId,
      SecurityGroupIds: [instanceGroup],
      IamInstanceProfile: { Name: name },
      MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1 },
    }),
  );
  return {
    client,
    vpc: VpcId,
    endpoints: Object.fromEntries(await Promise.all(endpoints)) as Record<string, string>,
    instanceGroup,
    instance: Instances[0]?.InstanceId ?? "",
    profile: InstanceProfile?.Arn ?? "",
  };
}
