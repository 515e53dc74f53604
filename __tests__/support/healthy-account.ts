import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeMetricFiltersCommand,
  type LogGroup,
  type MetricFilter,
} from "@aws-sdk/client-cloudwatch-logs";
import * as ec2 from "@aws-sdk/client-ec2";
import * as iam from "@aws-sdk/client-iam";
import {
  DescribeKeyCommand,
  GenerateDataKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
} from "@aws-sdk/client-kms";
import { GetBucketEncryptionCommand, S3Client, type ServerSideEncryptionByDefault } from "@aws-sdk/client-s3";
import {
  type Command,
  DescribeInstanceInformationCommand,
  GetConnectionStatusCommand,
  GetDocumentCommand,
  GetServiceSettingCommand,
  type InstanceInformation,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { JOURNAL_PROFILE } from "../../modules/facts/command-journal";
import { SESSION_USER_MARK } from "../../modules/facts/sessions";
import { awsError } from "./recorded";

const ACCOUNT = "111122223333";
export const INSTANCE_ID = "i-0123456789abcdef0";
export const PROFILE_ARN = `arn:aws:iam::${ACCOUNT}:instance-profile/dev-instances`;
export const KEY_ARN = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/0a1b2c3d`;
const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/dev-instances`;
const SERVICES = ["ssm", "ssmmessages", "ec2messages", "logs", "kms"];

/** Everything that a doctor reads of an account where an instance can be reached: tests break one thing of it. */
export class HealthyAccount {
  public readonly mocks = {
    ec2: mockClient(ec2.EC2Client),
    iam: mockClient(iam.IAMClient),
    kms: mockClient(KMSClient),
    logs: mockClient(CloudWatchLogsClient),
    s3: mockClient(S3Client),
    ssm: mockClient(SSMClient),
    sts: mockClient(STSClient),
  };
  public instance: ec2.Instance = {};
  public status: ec2.InstanceStatus = {};
  public endpoints: ec2.VpcEndpoint[] = [];
  public routes: ec2.Route[] = [];
  public aclEntries: ec2.NetworkAclEntry[] = [];
  public instanceGroup: ec2.SecurityGroup = {};
  public endpointGroup: ec2.SecurityGroup = {};
  public dns: Record<string, boolean> = {};
  public nameServers: string[] = [];
  public profile: iam.InstanceProfile | undefined;
  public attached: string[] = [];
  public ownPolicies: string[] = [];
  /** What these say, by their names; of others, nobody is asked. */
  public ownPolicy: Record<string, object> = {};
  public attachments: ec2.TransitGatewayVpcAttachment[] = [];
  /** Actions that IAM does not allow, and what it would have to know to. */
  public refused: Record<string, string[]> = {};
  public registration: InstanceInformation | undefined;
  public connection: "connected" | "notconnected" = "connected";
  public documentContent: object | undefined;
  public userData = "";
  public documentStatus: "Active" | "Creating" | "Failed" = "Active";
  /** The newest version of the documents; sessions use the first. */
  public latestVersion = "1";
  /** The role of the account that stands in for those of instances. */
  public standIn: string | undefined;
  /** What Run Command ran on the instance. */
  public commands: Command[] = [];
  public logGroup: LogGroup | undefined;
  /** What is deployed, unless a test has another. */
  public keyPolicy: object | undefined;
  public metricFilters: MetricFilter[] = [];
  public keyState: "Enabled" | "Disabled" | "PendingDeletion" | undefined;
  public keyRefusal: Error | undefined;
  public bucketEncryption: ServerSideEncryptionByDefault | undefined;
  public bucketRefusal: Error | undefined;
  public identity = "";

  /** Makes everything as it should be. */
  public heal(): void {
    this.identity = `arn:aws:sts::${ACCOUNT}:assumed-role/Operator/alice`;
    this.instance = {
      InstanceId: INSTANCE_ID,
      State: { Name: "running" },
      Placement: { AvailabilityZone: "eu-central-1a" },
      MetadataOptions: { HttpEndpoint: "enabled", HttpTokens: "required", HttpPutResponseHopLimit: 1 },
      IamInstanceProfile: { Arn: PROFILE_ARN, Id: "AIPA1" },
      VpcId: "vpc-1",
      SubnetId: "subnet-1",
      PrivateIpAddress: "10.10.0.7",
      SecurityGroups: [{ GroupId: "sg-instances" }],
    };
    this.status = { SystemStatus: { Status: "ok" }, InstanceStatus: { Status: "ok" } };
    this.endpoints = SERVICES.map((service, index) => ({
      VpcEndpointId: `vpce-${service}`,
      ServiceName: `com.amazonaws.eu-central-1.${service}`,
      VpcEndpointType: "Interface",
      // As EC2 writes it, and its own type does not.
      State: "available" as ec2.State,
      PrivateDnsEnabled: true,
      SubnetIds: ["subnet-1", "subnet-2"],
      NetworkInterfaceIds: [`eni-${index}`],
      Groups: [{ GroupId: "sg-endpoints" }],
      PolicyDocument: JSON.stringify({
        Statement: { Effect: "Allow", Principal: "*", Action: `${service}:*`, Resource: "*" },
      }),
    }));
    this.endpoints.push({
      VpcEndpointId: "vpce-s3",
      ServiceName: "com.amazonaws.eu-central-1.s3",
      VpcEndpointType: "Gateway",
      State: "available" as ec2.State,
      RouteTableIds: ["rtb-1"],
    });
    this.routes = [{ DestinationCidrBlock: "10.10.0.0/23", GatewayId: "local", State: "active" }];
    this.aclEntries = [true, false].map((Egress) => ({
      Egress,
      RuleNumber: 100,
      RuleAction: "allow" as const,
      Protocol: "-1",
      CidrBlock: "0.0.0.0/0",
    }));
    const https = { IpProtocol: "tcp", FromPort: 443, ToPort: 443 };
    this.instanceGroup = {
      GroupId: "sg-instances",
      IpPermissionsEgress: [
        { ...https, UserIdGroupPairs: [{ GroupId: "sg-endpoints" }] },
        { ...https, PrefixListIds: [{ PrefixListId: "pl-s3" }] },
      ],
    };
    this.endpointGroup = {
      GroupId: "sg-endpoints",
      IpPermissions: [{ ...https, IpRanges: [{ CidrIp: "10.10.0.0/23" }] }],
    };
    this.dns = { enableDnsSupport: true, enableDnsHostnames: true };
    this.nameServers = ["AmazonProvidedDNS"];
    this.profile = {
      Arn: PROFILE_ARN,
      InstanceProfileName: "dev-instances",
      InstanceProfileId: "AIPA1",
      Path: "/",
      CreateDate: new Date(0),
      Roles: [
        {
          Arn: ROLE_ARN,
          RoleName: "dev-instances",
          RoleId: "AROA1",
          Path: "/",
          CreateDate: new Date(0),
          AssumeRolePolicyDocument: encodeURIComponent(
            JSON.stringify({
              Version: "2012-10-17",
              Statement: [
                {
                  Effect: "Allow",
                  Principal: { Service: "ec2.amazonaws.com" },
                  Action: "sts:AssumeRole",
                },
              ],
            }),
          ),
        },
      ],
    };
    this.attached = [`arn:aws:iam::${ACCOUNT}:policy/dev-instances`];
    this.refused = {};
    this.registration = { InstanceId: INSTANCE_ID, PingStatus: "Online", AgentVersion: "3.3.40.0" };
    this.connection = "connected";
    this.documentStatus = "Active";
    this.userData = `MIME-Version: 1.0\n${SESSION_USER_MARK}\n`;
    this.documentContent = {
      schemaVersion: "1.0",
      description: "in other words",
      sessionType: "Standard_Stream",
      inputs: {
        cloudWatchLogGroupName: "/session-manager/dev",
        cloudWatchEncryptionEnabled: true,
        cloudWatchStreamingEnabled: true,
        s3BucketName: "copies",
        s3KeyPrefix: "dev",
        s3EncryptionEnabled: true,
        kmsKeyId: KEY_ARN,
        idleSessionTimeout: "20",
        maxSessionDuration: "480",
        runAsEnabled: true,
        runAsDefaultUser: "ssm-user",
        shellProfile: { linux: JOURNAL_PROFILE, windows: "" },
      },
    };
    this.logGroup = {
      logGroupName: "/session-manager/dev",
      kmsKeyId: KEY_ARN,
      retentionInDays: 365,
      deletionProtectionEnabled: true,
      logGroupClass: "STANDARD",
    };
    this.keyPolicy = undefined;
    this.ownPolicies = ["only-through-vpcs", "record-sessions"];
    this.ownPolicy = {
      "only-through-vpcs": {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "OnlyThroughEndpointsOfTheseVpcs",
            Effect: "Deny",
            Action: "*",
            Resource: "*",
            Condition: {
              StringNotEquals: { "aws:SourceVpc": ["${aws:Ec2InstanceSourceVpc}"] },
              Null: { "ec2:SourceInstanceARN": "false" },
              BoolIfExists: { "aws:ViaAWSService": "false" },
            },
          },
        ],
      },
    };
    this.standIn = undefined;
    this.latestVersion = "1";
    this.commands = [];
    this.attachments = [];
    this.bucketEncryption = { SSEAlgorithm: "aws:kms", KMSMasterKeyID: KEY_ARN };
    this.bucketRefusal = undefined;
    this.keyState = "Enabled";
    this.keyRefusal = awsError("DryRunOperationException");
    Object.values(this.mocks).forEach((mock) => mock.reset());
    this.answerNetwork();
    this.answerRest();
  }

  private answerNetwork(): void {
    const mock = this.mocks.ec2;
    mock
      .on(ec2.DescribeInstancesCommand)
      .callsFake(() => ({ Reservations: [{ Instances: [this.instance] }] }));
    mock
      .on(ec2.DescribeInstanceStatusCommand)
      .callsFake(() => ({ InstanceStatuses: this.instance.State?.Name === "running" ? [this.status] : [] }));
    mock.on(ec2.DescribeSubnetsCommand).callsFake(({ Filters }: ec2.DescribeSubnetsCommandInput) => {
      const id = Filters?.[0]?.Values?.[0];
      const isFirst = id === "subnet-1";
      return {
        Subnets: [
          {
            SubnetId: id,
            CidrBlock: isFirst ? "10.10.0.0/26" : "10.10.0.64/26",
            AvailabilityZone: isFirst ? "eu-central-1a" : "eu-central-1b",
          },
        ],
      };
    });
    mock.on(ec2.DescribeRouteTablesCommand).callsFake(() => ({
      RouteTables: [
        { RouteTableId: "rtb-main", Associations: [{ Main: true }], Routes: [] },
        { RouteTableId: "rtb-1", Associations: [{ SubnetId: "subnet-1" }], Routes: this.routes },
      ],
    }));
    mock.on(ec2.DescribeNetworkAclsCommand).callsFake(() => ({
      NetworkAcls: [
        {
          NetworkAclId: "acl-1",
          Associations: [{ SubnetId: "subnet-1" }, { SubnetId: "subnet-2" }],
          Entries: this.aclEntries,
        },
      ],
    }));
    mock.on(ec2.DescribeVpcAttributeCommand).callsFake(({ Attribute }: { Attribute: string }) => ({
      [Attribute === "enableDnsSupport" ? "EnableDnsSupport" : "EnableDnsHostnames"]: {
        Value: this.dns[Attribute],
      },
    }));
    mock.on(ec2.DescribeInstanceAttributeCommand).callsFake(() => ({
      UserData: this.userData === "" ? {} : { Value: Buffer.from(this.userData).toString("base64") },
    }));
    mock.on(ec2.DescribeVpcsCommand).resolves({ Vpcs: [{ DhcpOptionsId: "dopt-1" }] });
    mock.on(ec2.DescribeDhcpOptionsCommand).callsFake(() => ({
      DhcpOptions: [
        {
          DhcpConfigurations: [
            { Key: "domain-name-servers", Values: this.nameServers.map((Value) => ({ Value })) },
          ],
        },
      ],
    }));
    mock.on(ec2.DescribePrefixListsCommand).resolves({
      PrefixLists: [{ PrefixListId: "pl-s3", Cidrs: ["3.5.134.0/23", "52.219.44.0/22"] }],
    });
    mock
      .on(ec2.DescribeTransitGatewayVpcAttachmentsCommand)
      .callsFake(() => ({ TransitGatewayVpcAttachments: this.attachments }));
    mock.on(ec2.DescribeVpcEndpointsCommand).callsFake(() => ({ VpcEndpoints: this.endpoints }));
    mock
      .on(ec2.DescribeNetworkInterfacesCommand)
      .callsFake(({ Filters }: ec2.DescribeNetworkInterfacesCommandInput) => ({
        NetworkInterfaces: Filters?.[0]?.Values?.map((id) => ({
          NetworkInterfaceId: id,
          PrivateIpAddress: `10.10.0.${70 + Number(id.slice(4))}`,
        })),
      }));
    mock
      .on(ec2.DescribeSecurityGroupsCommand)
      .callsFake(({ Filters }: ec2.DescribeSecurityGroupsCommandInput) => ({
        SecurityGroups: [this.instanceGroup, this.endpointGroup].filter(({ GroupId = "" }) =>
          Filters?.[0]?.Values?.includes(GroupId),
        ),
      }));
  }

  private answerRest(): void {
    const { iam: identities, kms, logs, s3, ssm, sts } = this.mocks;
    sts.on(GetCallerIdentityCommand).callsFake(() => ({ Arn: this.identity }));
    identities.on(iam.GetInstanceProfileCommand).callsFake(() => {
      if (this.profile === undefined) {
        throw awsError("NoSuchEntityException");
      }
      return { InstanceProfile: this.profile };
    });
    identities.on(iam.ListAttachedRolePoliciesCommand).callsFake(() => ({
      AttachedPolicies: this.attached.map((PolicyArn) => ({ PolicyArn })),
    }));
    identities.on(iam.ListRolePoliciesCommand).callsFake(() => ({ PolicyNames: this.ownPolicies }));
    identities.on(iam.GetRolePolicyCommand).callsFake(({ PolicyName = "" }: { PolicyName?: string }) => ({
      PolicyDocument: encodeURIComponent(JSON.stringify(this.ownPolicy[PolicyName] ?? {})),
    }));
    identities.on(iam.GetRoleCommand).callsFake(({ RoleName }: { RoleName: string }) => ({
      Role: { Arn: `arn:aws:iam::${ACCOUNT}:role/people/${RoleName}` },
    }));
    identities
      .on(iam.SimulatePrincipalPolicyCommand)
      .callsFake(({ ActionNames = [], PolicySourceArn }: iam.SimulatePrincipalPolicyCommandInput) => ({
        EvaluationResults: ActionNames.map((EvalActionName) => {
          const missing = this.refused[`${PolicySourceArn?.split("/").at(-1)} ${EvalActionName}`];
          return {
            EvalActionName,
            EvalDecision: missing === undefined ? "allowed" : "implicitDeny",
            MissingContextValues: missing,
          };
        }),
      }));
    ssm
      .on(DescribeInstanceInformationCommand)
      .callsFake(() => ({ InstanceInformationList: this.registration ? [this.registration] : [] }));
    ssm.on(GetConnectionStatusCommand).callsFake(() => ({ Status: this.connection }));
    ssm.on(GetDocumentCommand).callsFake(({ DocumentVersion }: { DocumentVersion?: string }) => {
      if (this.documentContent === undefined) {
        throw awsError("InvalidDocument");
      }
      const newest = DocumentVersion === "$LATEST" ? this.latestVersion : "1";
      return {
        Status: this.documentStatus,
        DocumentVersion: newest,
        Content: JSON.stringify(this.documentContent),
      };
    });
    ssm.on(GetServiceSettingCommand).callsFake(() => ({
      ServiceSetting:
        this.standIn === undefined
          ? { Status: "Default", SettingValue: "$None" }
          : { Status: "Customized", SettingValue: this.standIn },
    }));
    ssm.on(ListCommandsCommand).callsFake(() => ({ Commands: this.commands }));
    ssm.on(ListCommandInvocationsCommand).callsFake(({ CommandId }: { CommandId: string }) => ({
      CommandInvocations: this.commands.filter((one) => one.CommandId === CommandId),
    }));
    logs.on(DescribeMetricFiltersCommand).callsFake(() => ({ metricFilters: this.metricFilters }));
    logs.on(DescribeLogGroupsCommand).callsFake(() => ({ logGroups: this.logGroup ? [this.logGroup] : [] }));
    s3.on(GetBucketEncryptionCommand).callsFake(() => {
      if (this.bucketRefusal !== undefined) {
        throw this.bucketRefusal;
      }
      const Rules = [{ ApplyServerSideEncryptionByDefault: this.bucketEncryption }];
      return { ServerSideEncryptionConfiguration: { Rules } };
    });
    kms.on(DescribeKeyCommand).callsFake(() => {
      if (this.keyState === undefined) {
        throw awsError("NotFoundException");
      }
      return { KeyMetadata: { Arn: KEY_ARN, KeyState: this.keyState } };
    });
    kms.on(GetKeyPolicyCommand).callsFake(() => ({ Policy: JSON.stringify(this.keyPolicy) }));
    kms.on(GenerateDataKeyCommand).callsFake(() => {
      if (this.keyRefusal !== undefined) {
        throw this.keyRefusal;
      }
      return {};
    });
  }
}
