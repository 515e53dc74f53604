import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as ec2 from "@aws-sdk/client-ec2";
import { CreateKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import { inRole } from "../../../cli/assumed-role";
import { emulatedConfig } from "../../../cli/rehearsal/emulator";
import type { Orphan } from "../../../cli/orphans";
import { AwsServer } from "../../support/aws-server";
import { Workspace } from "../../support/cli";
import { describeMoto } from "../../support/moto";
import { MINIMAL } from "../../support/synth";
import { describeTerraform } from "../../support/terraform";

const OWN = { Environment: "dev", ManagedBy: "cdktf" };

// Terraform runs nine times where nothing is initialized.
jest.setTimeout(60_000);

describeTerraform("npm run orphans", () => {
  describeMoto("on a local AWS", (moto) => {
    const aws = new AwsServer(() => moto.url);
    let workspace: Workspace;
    let client: ec2.EC2Client;
    let kms: KMSClient;
    beforeAll(async () => {
      await aws.start();
      client = new ec2.EC2Client(emulatedConfig(moto.url));
      kms = new KMSClient(emulatedConfig(moto.url));
    });
    beforeEach(async () => {
      await fetch(`${moto.url}/moto-api/reset`, { method: "POST" });
      aws.answers = {};
      workspace = new Workspace({ dev: { ...MINIMAL, sessions: {} } });
      workspace.env.AWS_ENDPOINT_URL = aws.url;
      // A mirror without a provider: reading a state needs none.
      mkdirSync(join(workspace.folder, "mirror"));
      const mirror = JSON.stringify(join(workspace.folder, "mirror"));
      workspace.write("terraformrc", `provider_installation { filesystem_mirror { path = ${mirror} } }`);
      workspace.env.TF_CLI_CONFIG_FILE = join(workspace.folder, "terraformrc");
    });
    afterEach(() => workspace.remove());
    afterAll(() => {
      aws.stop();
      client.destroy();
      kms.destroy();
    });

    const tagged = (
      ResourceType: ec2.ResourceType,
      tags: Record<string, string> = {},
    ): ec2.TagSpecification => ({
      ResourceType,
      Tags: Object.entries({ ...OWN, ...tags }).map(([Key, Value]) => ({ Key, Value })),
    });
    const makeVpc = async (CidrBlock: string, tags: Record<string, string>, by = client): Promise<string> => {
      const TagSpecifications = [tagged("vpc", tags)];
      const { Vpc } = await by.send(new ec2.CreateVpcCommand({ CidrBlock, TagSpecifications }));
      return Vpc?.VpcId ?? "";
    };
    const makeKey = async (tags: Record<string, string> = OWN): Promise<string> => {
      const Tags = Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
      return (await kms.send(new CreateKeyCommand({ Tags }))).KeyMetadata?.KeyId ?? "";
    };

    /** Writes a state that knows these ids, by type. */
    const know = (stack: string, ids: Readonly<Record<string, readonly string[]>>): void => {
      const resources = Object.entries(ids).map(([type, known]) => ({
        mode: "managed",
        type,
        name: "one",
        provider: 'provider["registry.terraform.io/hashicorp/aws"]',
        instances: known.map((id, index_key) => ({ index_key, schema_version: 0, attributes: { id } })),
      }));
      const state = {
        version: 4,
        terraform_version: "1.7.0",
        serial: 1,
        lineage: stack,
        outputs: {},
        resources,
      };
      workspace.write(`state/${stack}.tfstate`, JSON.stringify(state));
    };
    const listed = async (): Promise<Orphan[]> => {
      const { stdout, stderr } = await workspace.run("orphans", "dev", "--json");
      const { orphans } = JSON.parse(stdout) as { orphans: Orphan[] };
      const said = ["looking for what no state of dev knows", "reading states", "asking EC2 and KMS"];
      expect(stderr.split("\n").slice(0, 3)).toEqual(said);
      expect(stderr.split("\n").slice(3)).toEqual(orphans.length > 0 ? ["reading states again", ""] : [""]);
      return orphans;
    };

    test("says so where there is nothing, and knows others' resources from the environment's", async () => {
      await makeVpc("10.1.0.0/16", { Environment: "prod" });
      await makeVpc("10.2.0.0/16", { ManagedBy: "somebody" });
      await makeKey({ Environment: "prod", ManagedBy: "cdktf" });
      expect(await workspace.run("orphans", "dev")).toMatchObject({
        status: 0,
        stdout: "dev: nothing in account 123456789012 that its states do not know\n",
      });
      expect(await listed()).toEqual([]);
    });

    test("lists every kind in the order in which it can be deleted, and nothing that is known or gone", async () => {
      const VpcId = await makeVpc("10.1.0.0/16", { Name: "dev" });
      const SubnetId = await makeSubnet(VpcId);
      const { RouteTable } = await client.send(
        new ec2.CreateRouteTableCommand({ VpcId, TagSpecifications: [tagged("route-table")] }),
      );
      const RouteTableId = RouteTable?.RouteTableId;
      const association = await client.send(new ec2.AssociateRouteTableCommand({ RouteTableId, SubnetId }));
      const group = await makeGroup(VpcId, "a");
      const knownGroup = await makeGroup(VpcId, "b");
      const endpoint = await client.send(
        new ec2.CreateVpcEndpointCommand({
          VpcId,
          VpcEndpointType: "Interface",
          ServiceName: "com.amazonaws.eu-central-1.ssm",
          TagSpecifications: [tagged("vpc-endpoint", { Name: "dev-ssm" })],
        }),
      );
      const run = {
        ImageId: "ami-12c6146b",
        MinCount: 1,
        MaxCount: 1,
        SubnetId,
        TagSpecifications: [tagged("instance", { Name: "web" })],
      };
      const [alive, gone, known] = await Promise.all(
        [1, 2, 3].map(async () => {
          const { Instances = [] } = await client.send(new ec2.RunInstancesCommand(run));
          return Instances[0]?.InstanceId ?? "";
        }),
      );
      await client.send(new ec2.TerminateInstancesCommand({ InstanceIds: [gone ?? ""] }));
      const rule = await makeRule(knownGroup);
      await makeRule(group);
      const knownVpc = await makeVpc("10.9.0.0/16", {});
      know("dev-networking", { aws_vpc: [knownVpc], aws_security_group: [knownGroup] });
      know("dev-instances", { aws_instance: [known ?? ""] });

      const orphans = await listed();
      const [vpcId, subnetId] = [VpcId, SubnetId];
      const at = "--region eu-central-1";
      expect(orphans).toEqual([
        {
          id: rule,
          what: `egress rule of ${knownGroup}: to the endpoints`,
          command: `aws ec2 revoke-security-group-egress --group-id ${knownGroup} --security-group-rule-ids ${rule} ${at}`,
        },
        {
          id: alive,
          what: "instance web",
          command: `aws ec2 terminate-instances --instance-ids ${alive} ${at} && aws ec2 wait instance-terminated --instance-ids ${alive} ${at}`,
        },
        {
          id: endpoint.VpcEndpoint?.VpcEndpointId,
          what: "endpoint dev-ssm",
          command: `aws ec2 delete-vpc-endpoints --vpc-endpoint-ids ${endpoint.VpcEndpoint?.VpcEndpointId} ${at}`,
        },
        {
          id: association.AssociationId,
          what: `association of a route table with ${subnetId}`,
          command: `aws ec2 disassociate-route-table --association-id ${association.AssociationId} ${at}`,
        },
        { id: subnetId, what: "subnet", command: `aws ec2 delete-subnet --subnet-id ${subnetId} ${at}` },
        {
          id: RouteTableId,
          what: "route table",
          command: `aws ec2 delete-route-table --route-table-id ${RouteTableId} ${at}`,
        },
        {
          id: group,
          what: "security group",
          command: `aws ec2 delete-security-group --group-id ${group} ${at}`,
        },
        { id: vpcId, what: "VPC dev", command: `aws ec2 delete-vpc --vpc-id ${vpcId} ${at}` },
      ]);
      const { status, stdout } = await workspace.run("orphans");
      expect(status).toBe(1);
      expect(stdout).toMatch(new RegExp(`^id +what +command\n${rule} +egress rule of`));
      expect(stdout.split("\n\n")[1]).toBe(
        "8 orphans in account 123456789012. What an interrupted deploy has just made is used by nobody: once it is certain that nobody is deploying, " +
          "run these in this order, then deploy again. Else find out first who made it.\n" +
          "The state of dev-sessions is empty: where it was deployed before, its state is elsewhere, and these are what it " +
          "consists of: run none.\n" +
          "DependencyViolation: what was deleted takes some minutes to be gone; run the command again.\n",
      );
    });

    const makeSubnet = async (VpcId: string): Promise<string> => {
      const TagSpecifications = [tagged("subnet")];
      const CidrBlock = "10.1.0.0/24";
      const { Subnet } = await client.send(
        new ec2.CreateSubnetCommand({ VpcId, CidrBlock, TagSpecifications }),
      );
      return Subnet?.SubnetId ?? "";
    };
    const makeGroup = async (VpcId: string, GroupName: string): Promise<string> => {
      const { GroupId = "" } = await client.send(
        new ec2.CreateSecurityGroupCommand({
          VpcId,
          GroupName,
          Description: "a",
          TagSpecifications: [tagged("security-group")],
        }),
      );
      return GroupId;
    };
    const makeRule = async (GroupId: string): Promise<string> => {
      const { SecurityGroupRules = [] } = await client.send(
        new ec2.AuthorizeSecurityGroupEgressCommand({
          GroupId,
          IpPermissions: [
            {
              IpProtocol: "tcp",
              FromPort: 443,
              ToPort: 443,
              IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "to the endpoints" }],
            },
          ],
          TagSpecifications: [tagged("security-group-rule")],
        }),
      );
      return SecurityGroupRules[0]?.SecurityGroupRuleId ?? "";
    };

    test("has a key taken into the state, and never deleted: recordings need the one they were made with", async () => {
      const key = await makeKey();
      const doomed = await makeKey();
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId: doomed }));
      expect(await listed()).toEqual([
        {
          id: key,
          what: expect.stringMatching(/^key of 20\d\d-\d\d-\d\d \d\d:\d\d UTC$/) as string,
          command: `terraform -chdir=cdktf.out/stacks/dev-sessions import aws_kms_key.logging_key ${key}`,
        },
      ]);
      know("dev-sessions", { aws_kms_key: ["another"] });
      const [kept] = await listed();
      expect(kept).toEqual({ id: key, what: expect.stringMatching(/^key of /) as string });
      expect((await workspace.run("orphans", "dev")).stdout).toMatch(
        new RegExp(
          `^${key} +key of .+ UTC +keep it: recordings may need it, and nobody can tell which$`,
          "m",
        ),
      );
      know("dev-sessions", { aws_kms_key: [key] });
      expect(await listed()).toEqual([]);
    });

    test("says how many keys it could not look at, and what else AWS denies", async () => {
      await makeKey();
      aws.answers = { "TrentService.ListResourceTags": () => "AccessDeniedException" };
      const { status, stdout, stderr } = await workspace.run("orphans", "dev");
      expect({ status, stdout }).toEqual({
        status: 0,
        stdout: "dev: nothing in account 123456789012 that its states do not know\n",
      });
      expect(stderr).toMatch(/\n1 key could not be looked at: denied: kms:ListResourceTags\n$/);
      aws.answers = { "TrentService.ListKeys": () => "AccessDeniedException" };
      expect(await workspace.run("orphans", "dev")).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(
          /\ndenied: kms:ListKeys in eu-central-1: ask for that permission/,
        ) as string,
      });
    });

    test("leaves KMS alone where nothing is recorded", async () => {
      workspace.synthesize({ dev: MINIMAL });
      await makeKey();
      aws.targets.clear();
      expect(await listed()).toEqual([]);
      expect([...aws.targets].filter((target) => target.startsWith("TrentService"))).toEqual([]);
    });

    test("warns where no state knows anything: it may be the wrong one", async () => {
      await makeVpc("10.1.0.0/16", { Name: "dev\u001b[2Jx" });
      const { stdout } = await workspace.run("orphans");
      expect(stdout).not.toContain("\u001b");
      expect(stdout).toMatch(/ VPC devx +aws ec2 delete-vpc/);
      expect(stdout).toContain(
        "\nThe state of dev-networking, dev-sessions, dev-instances is empty: where it was ",
      );
    });

    test("leaves out what a deploy has made while it looked", async () => {
      const id = await makeVpc("10.1.0.0/16", {});
      const other = await makeVpc("10.2.0.0/16", {});
      aws.answers = {
        "TrentService.ListKeys": () => {
          know("dev-networking", { aws_vpc: [id] });
          return { Keys: [] };
        },
      };
      expect((await listed()).map((one) => one.id)).toEqual([other]);
    });

    test("lists nothing of another account: there nothing is what the states know", async () => {
      await makeVpc("10.1.0.0/16", {});
      know("dev-networking", { aws_vpc: ["vpc-elsewhere"] });
      expect(await workspace.run("orphans", "dev")).toMatchObject({
        status: 1,
        stdout: "",
        stderr: expect.stringMatching(
          /\nAWS has nothing in eu-central-1 of what the states know: are these the credentials of the account that it was deployed to\?\n$/,
        ) as string,
      });
    });

    test("asks in the role, and so in the account, that Terraform deploys with", async () => {
      const assumeRoleArn = "arn:aws:iam::111122223333:role/deploy";
      workspace.synthesize({ dev: { ...MINIMAL, assumeRoleArn } });
      await makeVpc("10.1.0.0/16", {});
      const deployer = new ec2.EC2Client(await inRole(emulatedConfig(moto.url), assumeRoleArn));
      const id = await makeVpc("10.2.0.0/16", {}, deployer);
      deployer.destroy();
      expect((await listed()).map((one) => one.id)).toEqual([id]);
      const { stdout } = await workspace.run("orphans", "dev");
      expect(stdout).toContain("\n1 orphan in account 111122223333. ");
      expect(stdout).toContain(
        `\nThey take ${assumeRoleArn}: run them with a profile that has it as role_arn`,
      );
      workspace.synthesize({ dev: { ...MINIMAL, assumeRoleArn, allowedAccountIds: ["444455556666"] } });
      expect((await workspace.run("orphans", "dev")).stderr).toMatch(
        /\narn:aws:iam::111122223333:role\/deploy is of 111122223333, and dev is deployed to 444455556666: change assumeRoleArn or allowedAccountIds in environments\/dev\.ts\n$/,
      );
    });

    test("asks in no account but those that the environment allows", async () => {
      workspace.synthesize({ dev: { ...MINIMAL, allowedAccountIds: ["111122223333", "444455556666"] } });
      expect(await workspace.run("orphans", "dev")).toMatchObject({
        status: 1,
        stdout: "",
        stderr: expect.stringMatching(
          /\nthese are credentials of 123456789012, and dev is deployed to 111122223333 or 444455556666: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN, which come first, and choose a profile of that account with AWS_PROFILE\n$/,
        ) as string,
      });
    });

    test("lists nothing where a state cannot be read", async () => {
      await makeVpc("10.1.0.0/16", {});
      workspace.write("state/dev-sessions.tfstate", "{");
      expect(await workspace.run("orphans", "dev")).toMatchObject({
        status: 1,
        stdout: "",
        stderr: expect.stringMatching(/\nthe state of dev-sessions cannot be read: .+\n$/) as string,
      });
      expect(await workspace.run("orphans", "prod")).toMatchObject({
        status: 1,
        stderr: "no environment prod in cdktf.out: there is dev\n",
      });
    });
  });
});
