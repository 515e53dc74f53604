import {
  AuthorizeSecurityGroupIngressCommand,
  DeleteVpcEndpointsCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupRulesCommand,
  EC2Client,
  ModifyInstanceMetadataOptionsCommand,
} from "@aws-sdk/client-ec2";
import { emulatedConfig } from "../../cli/rehearsal/emulator";
import type { RehearsedStack } from "../../cli/rehearsal/rehearsed-stack";
import { Deployment, attributeOf, describeE2e } from "../support/deployment";
import { MINIMAL } from "../support/synth";

describeE2e("what was changed by hand", (moto) => {
  let deployment: Deployment;
  let networking: RehearsedStack;
  let instances: RehearsedStack;
  let ec2: EC2Client;
  const start = performance.now();
  let mended = 0;

  beforeAll(async () => {
    deployment = new Deployment(moto);
    ({ networking, instances } = deployment.synthesize(MINIMAL));
    ec2 = new EC2Client(emulatedConfig(moto.url));
    for (const stack of [networking, instances]) {
      await stack.init();
      await stack.plan();
      await stack.apply();
    }
  }, 300_000);
  afterAll(() => {
    process.stderr.write(
      `drift: ${mended} of 4 seen and mended, ${Math.round((performance.now() - start) / 1000)} s\n`,
    );
    ec2.destroy();
    deployment.remove();
  });

  /** Plans and applies: what was planned. */
  const mend = async (stack: RehearsedStack): Promise<string> => {
    await expect(stack.planAgain()).rejects.toThrow("the second plan is not empty");
    const counts = await stack.plan();
    await stack.apply();
    expect(await stack.planAgain()).toMatch(/^no changes/);
    mended += 1;
    return counts;
  };

  test("an endpoint that was deleted is made again", async () => {
    const id = await attributeOf(networking, "aws_vpc_endpoint.endpoints_ssm", "id");
    await ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }));
    expect(await mend(networking)).toBe("1 to add, 0 to change, 0 to destroy");
  }, 400_000);

  const SSH = [{ IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "0.0.0.0/0" }] }];
  const rulesOf = async (id: string) => {
    const Filters = [{ Name: "group-id", Values: [id] }];
    const { SecurityGroupRules = [] } = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }));
    return SecurityGroupRules.filter(({ IsEgress }) => IsEgress === false);
  };

  test("a way in to the VPC's default security group is closed", async () => {
    const address = "aws_default_security_group.network_default-security-group";
    const GroupId = await attributeOf(networking, address, "id");
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: SSH }));
    expect(await mend(networking)).toBe("0 to add, 1 to change, 0 to destroy");
    expect(await rulesOf(GroupId)).toEqual([]);
  }, 400_000);

  test("a way in to the instances is closed", async () => {
    const address = "aws_security_group.instance_access_security-group";
    const GroupId = await attributeOf(instances, address, "id");
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: SSH }));
    await mend(instances);
    expect(await rulesOf(GroupId)).toEqual([]);
  }, 400_000);

  test("metadata without a token is forbidden again", async () => {
    const InstanceId = await attributeOf(instances, "aws_instance.web", "id");
    await ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId, HttpTokens: "optional" }));
    await mend(instances);
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId] }));
    expect(Reservations[0]?.Instances?.[0]?.MetadataOptions?.HttpTokens).toBe("required");
  }, 400_000);
});
