import * as ec2 from "@aws-sdk/client-ec2";
import { KMSClient, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import { inRole } from "../../../../cli/aws/assume-role";
import { emulatedConfig } from "../../../../cli/rehearsal/emulator";
import { AwsServer } from "../../../support/aws-server";
import { Workspace } from "../../../support/cli";
import {
  LeftOvers,
  tagsOf,
  withoutIdentity,
  withoutProviders,
  writeState,
} from "../../../support/left-overs";
import { describeMoto } from "../../../support/moto";
import { MINIMAL } from "../../../support/synth";
import { describeTerraform } from "../../../support/terraform";

/** An orphan, as JSON has it. */
interface Listed {
  readonly id: string;
  readonly what: string;
  readonly since?: string;
  readonly running: boolean;
  readonly command?: string;
}

// Terraform runs nine times where nothing is initialized.
jest.setTimeout(60_000);

describeTerraform("npm run orphans", () => {
  describeMoto("on a local AWS", (moto) => {
    const aws = new AwsServer(() => moto.url);
    const DEV = { ...MINIMAL, sessions: {} };
    let workspace: Workspace;
    let make: LeftOvers;
    let networking: Readonly<Record<string, string>>;
    let sessions: Readonly<Record<string, string>>;
    beforeAll(() => aws.start());
    beforeEach(async () => {
      await fetch(`${moto.url}/moto-api/reset`, { method: "POST" });
      aws.answers = {};
      make = new LeftOvers(moto);
      workspace = new Workspace({ dev: DEV });
      workspace.env.AWS_ENDPOINT_URL = aws.url;
      withoutProviders(workspace);
      [networking, sessions] = [tagsOf(workspace, "dev-networking"), tagsOf(workspace, "dev-sessions")];
      know("dev-networking", { aws_subnet: ["subnet-known"] });
    });
    afterEach(() => {
      workspace.remove();
      make.client.destroy();
    });
    afterAll(() => aws.stop());

    const know = (stack: string, ids: Readonly<Record<string, readonly string[]>>): void =>
      writeState(workspace, stack, ids);
    const listed = async (...options: string[]): Promise<Listed[]> => {
      const { stdout, stderr } = await workspace.run("orphans", "dev", "--json", ...options);
      const { orphans } = JSON.parse(stdout) as { orphans: Listed[] };
      const said = ["looking for what no state of dev knows", "reading states", "asking EC2 and KMS"];
      expect(stderr.split("\n").slice(0, 3)).toEqual(said);
      expect(stderr.split("\n").slice(3)).toEqual(orphans.length > 0 ? ["reading states again", ""] : [""]);
      return orphans;
    };

    test("says so where there is nothing, and knows others' resources from the environment's", async () => {
      await make.vpc(withoutIdentity(networking));
      await make.vpc({ ...networking, SessionManagerStack: "dev-networking-00000000" });
      await make.key(withoutIdentity(sessions));
      expect(await workspace.run("orphans", "dev")).toMatchObject({
        status: 0,
        stdout: "dev: nothing in account 123456789012 that its states do not know\n",
      });
      expect(await listed()).toEqual([]);
    });

    test("lists every kind in the order in which it can be deleted, and nothing that is known or gone", async () => {
      const { client } = make;
      const VpcId = await make.vpc({ ...networking, Name: "dev" });
      const SubnetId = await make.subnet(VpcId, networking);
      const { RouteTable } = await client.send(
        new ec2.CreateRouteTableCommand({
          VpcId,
          TagSpecifications: LeftOvers.tagged("route-table", networking),
        }),
      );
      const RouteTableId = RouteTable?.RouteTableId;
      const association = await client.send(new ec2.AssociateRouteTableCommand({ RouteTableId, SubnetId }));
      const group = await make.group(VpcId, "a", networking);
      const knownGroup = await make.group(VpcId, "b", networking);
      const endpoint = await client.send(
        new ec2.CreateVpcEndpointCommand({
          VpcId,
          VpcEndpointType: "Interface",
          ServiceName: "com.amazonaws.eu-central-1.ssm",
          TagSpecifications: LeftOvers.tagged("vpc-endpoint", { ...networking, Name: "dev-ssm" }),
        }),
      );
      const web = { ...tagsOf(workspace, "dev-instances"), Name: "web" };
      const three = [1, 2, 3].map(() => make.instance(web, SubnetId));
      const [alive, gone = "", known = ""] = await Promise.all(three);
      await client.send(new ec2.TerminateInstancesCommand({ InstanceIds: [gone] }));
      const rule = await make.egressRule(knownGroup, networking);
      await make.egressRule(group, networking);
      const knownVpc = await make.vpc(networking);
      know("dev-networking", { aws_vpc: [knownVpc], aws_security_group: [knownGroup] });
      know("dev-instances", { aws_instance: [known] });

      const orphans = await listed();
      const at = "--region eu-central-1";
      const endpointId = endpoint.VpcEndpoint?.VpcEndpointId;
      const told = { since: expect.stringMatching(/^20\d\d-.+Z$/) as string, running: false };
      const running = false;
      expect(orphans).toEqual([
        {
          id: rule,
          what: `egress rule of ${knownGroup}: to the endpoints`,
          running,
          command: `aws ec2 revoke-security-group-egress --group-id ${knownGroup} --security-group-rule-ids ${rule} ${at}`,
        },
        {
          id: alive,
          what: "instance web",
          ...told,
          running: true,
          command: `aws ec2 terminate-instances --instance-ids ${alive} ${at} && aws ec2 wait instance-terminated --instance-ids ${alive} ${at}`,
        },
        {
          id: endpointId,
          what: "endpoint dev-ssm",
          ...told,
          command: `aws ec2 delete-vpc-endpoints --vpc-endpoint-ids ${endpointId} ${at}`,
        },
        {
          id: association.AssociationId,
          what: `association of a route table with ${SubnetId}`,
          running,
          command: `aws ec2 disassociate-route-table --association-id ${association.AssociationId} ${at}`,
        },
        {
          id: SubnetId,
          what: "subnet",
          running,
          command: `aws ec2 delete-subnet --subnet-id ${SubnetId} ${at}`,
        },
        {
          id: RouteTableId,
          what: "route table",
          running,
          command: `aws ec2 delete-route-table --route-table-id ${RouteTableId} ${at}`,
        },
        {
          id: group,
          what: "security group",
          running,
          command: `aws ec2 delete-security-group --group-id ${group} ${at}`,
        },
        { id: VpcId, what: "VPC dev", running, command: `aws ec2 delete-vpc --vpc-id ${VpcId} ${at}` },
      ]);
      const { status, stdout } = await workspace.run("orphans");
      expect(status).toBe(1);
      expect(stdout).toMatch(
        new RegExp(`^id +what +since +command\n${rule} +egress rule of .+ not told +aws`),
      );
      expect(stdout).toMatch(
        new RegExp(`\n${alive} +instance web, RUNNING +20\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC +aws`),
      );
      expect(stdout.split("\n\n")[1]).toBe(
        "8 orphans in account 123456789012. What an interrupted deploy has just made is used by nobody: once it is certain that nobody is deploying, " +
          "run these in this order, then deploy again. Else find out first who made it.\n" +
          `${alive} is RUNNING: terminate nothing that was there before the interrupted deploy, as its disk goes with it.\n` +
          "DependencyViolation: what was deleted takes some minutes to be gone; run the command again.\n",
      );
    });

    test("has a key taken into the state, and never deleted: recordings need the one they were made with", async () => {
      know("dev-sessions", { aws_cloudwatch_log_group: ["/session-manager/dev"] });
      const key = await make.key(sessions);
      const doomed = await make.key(sessions);
      const kms = new KMSClient(emulatedConfig(moto.url));
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId: doomed }));
      kms.destroy();
      const told = {
        id: key,
        what: "key",
        since: expect.stringMatching(/^20\d\d-/) as string,
        running: false,
      };
      const command = `terraform -chdir=cdktf.out/stacks/dev-sessions import aws_kms_key.logging_key ${key}`;
      expect(await listed()).toEqual([{ ...told, command }]);
      // What Terraform was about to make when it was killed.
      know("dev-sessions", { aws_cloudwatch_log_group: ["/session-manager/dev"], aws_kms_key: [] });
      expect(await listed()).toEqual([{ ...told, command }]);
      know("dev-sessions", { aws_kms_key: ["another"] });
      expect(await listed()).toEqual([told]);
      expect((await workspace.run("orphans", "dev")).stdout).toMatch(
        new RegExp(`^${key} +key +.+ UTC +keep it: recordings may need it, and nobody can tell which$`, "m"),
      );
      know("dev-sessions", { aws_kms_key: [key] });
      expect(await listed()).toEqual([]);
    });

    test("says how many keys it could not look at, and what else AWS denies", async () => {
      await make.key(sessions);
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
      await make.key(sessions);
      aws.targets.clear();
      expect(await listed()).toEqual([]);
      expect([...aws.targets].filter((target) => target.startsWith("TrentService"))).toEqual([]);
    });

    test("lists nothing of a stack whose state is empty, unless it is told that this is lost", async () => {
      know("dev-networking", {});
      const id = await make.vpc({ ...networking, Name: "dev\u001b[2Jx" });
      const { status, stdout } = await workspace.run("orphans");
      expect({ status, stdout }).toEqual({
        status: 1,
        stdout: expect.not.stringContaining("\u001b") as string,
      });
      expect(stdout).toMatch(
        new RegExp(
          `^dev: nothing is listed to be deleted, as the state of dev-networking is empty. It was looked for in\n` +
            `  local, ${workspace.folder}/state/dev-networking.tfstate\n` +
            `and account 123456789012 has of it, probably in use:\n  ${id}  VPC devx\nGet the state back, `,
        ),
      );
      expect(stdout).not.toContain("delete-vpc");
      const json = JSON.parse((await workspace.run("orphans", "dev", "--json")).stdout) as object;
      expect(json).toEqual({
        environment: "dev",
        account: "123456789012",
        emptyStates: [
          {
            stack: "dev-networking",
            place: `local, ${workspace.folder}/state/dev-networking.tfstate`,
            things: [{ id, what: "VPC dev\u001b[2Jx", running: false }],
          },
        ],
      });
      expect(await listed("--state-is-lost")).toMatchObject([
        { id, command: `aws ec2 delete-vpc --vpc-id ${id} --region eu-central-1` },
      ]);
    });

    test("lists nothing where things of the environment have no identity yet", async () => {
      const tags = withoutIdentity(networking);
      const known = await make.vpc({ ...tags, Name: "dev" });
      const id = await make.subnet(known, { ...tags, Name: "dev-zone-3" });
      writeState(workspace, "dev-networking", { aws_vpc: [{ id: known, tags_all: tags }] });
      const { status, stdout } = await workspace.run("orphans", "dev");
      expect(status).toBe(1);
      expect(stdout).toMatch(
        /^dev: nothing is listed to be deleted, as .* npm run deploy -- dev gives it to them/,
      );
      expect(stdout).toMatch(
        new RegExp(`\n\nNo state knows these either\\. .+\n  ${id}  subnet dev-zone-3\n$`),
      );
      const json = JSON.parse((await workspace.run("orphans", "dev", "--json")).stdout) as object;
      expect(json).toMatchObject({ withoutIdentity: 1, perhaps: [{ id, running: false }] });
      expect(json).not.toHaveProperty("orphans");
    });

    test("leaves out what a deploy has made while it looked", async () => {
      const id = await make.vpc(networking);
      const other = await make.vpc(networking);
      aws.answers = {
        "TrentService.ListKeys": () => {
          know("dev-networking", { aws_vpc: [id] });
          return { Keys: [] };
        },
      };
      expect((await listed()).map((one) => one.id)).toEqual([other]);
    });

    test("lists nothing of another account: there nothing is what the states know", async () => {
      await make.vpc(networking);
      know("dev-networking", { aws_vpc: ["vpc-elsewhere"] });
      expect(await workspace.run("orphans", "dev")).toMatchObject({
        status: 1,
        stdout: "",
        stderr: expect.stringMatching(
          /\nAWS has nothing in eu-central-1 of what the states know: are these the credentials of the account, and is that the Region, that it was deployed to\?\n$/,
        ) as string,
      });
    });

    test("asks in the role, and so in the account, that Terraform deploys with", async () => {
      const assumeRoleArn = "arn:aws:iam::111122223333:role/deploy";
      workspace.synthesize({ dev: { ...DEV, assumeRoleArn } });
      await make.vpc(networking);
      const deployer = new ec2.EC2Client(await inRole(emulatedConfig(moto.url), assumeRoleArn));
      const id = await new LeftOvers(moto, undefined, deployer).vpc(networking);
      deployer.destroy();
      expect((await listed()).map((one) => one.id)).toEqual([id]);
      const { stdout } = await workspace.run("orphans", "dev");
      expect(stdout).toContain("\n1 orphan in account 111122223333. ");
      expect(stdout).toContain(
        `\nThey take ${assumeRoleArn}: run them with a profile that has it as role_arn`,
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

    test("says which other environment's state could not be read, and lists all the same", async () => {
      workspace.synthesize({ dev: DEV, prod: MINIMAL });
      const id = await make.vpc(networking);
      workspace.write("state/prod-networking.tfstate", "{");
      const { stdout, stderr } = await workspace.run("orphans", "dev");
      expect(stdout).toContain(`\n${id}  VPC   not told  aws ec2 delete-vpc`);
      expect(stderr).toMatch(
        /\nreading states of prod\nthe state of prod-networking cannot be read: .+; what that state knows may be listed\n$/,
      );
    });

    test("lists nothing where a state cannot be read", async () => {
      await make.vpc(networking);
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
