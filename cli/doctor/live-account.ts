import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  type LogGroup,
  type MetricFilter,
  paginateDescribeMetricFilters,
} from "@aws-sdk/client-cloudwatch-logs";
import * as ec2 from "@aws-sdk/client-ec2";
import * as iam from "@aws-sdk/client-iam";
import { DescribeKeyCommand, GetKeyPolicyCommand, KMSClient, type KeyMetadata } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import {
  DescribeInstanceInformationCommand,
  GetDocumentCommand,
  type GetDocumentCommandOutput,
  GetServiceSettingCommand,
  type InstanceInformation,
  ListCommandInvocationsCommand,
  SSMClient,
  paginateListCommands,
} from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { type BucketEncryption, bucketEncryption } from "../aws/bucket-encryption";
import { attempt } from "../aws/errors";
import { clientConfig, pagesOf } from "../aws/client";
import { isConnected } from "../instance/wait-until-online";
import { askByCli, missingAs } from "./cli-answers";

/** A question to IAM: whether a principal may do some actions on a resource. */
export interface Request {
  /** The ARN of a user or a role. */
  readonly principal: string;
  readonly actions: readonly string[];
  /** @default - every resource */
  readonly resource?: string;
  /** What else a policy may ask for, by the name of its key. */
  readonly context?: Readonly<Record<string, string>>;
}

/**
 * An account and Region as they are. Every call only reads. It throws where AWS does not answer, for example because a
 * permission is missing, and gives undefined for what is not there.
 */
export class LiveAccount {
  /** EC2 of the Region. */
  public readonly ec2: ec2.EC2Client;
  private readonly iam: iam.IAMClient;
  private readonly kms: KMSClient;
  private readonly logs: CloudWatchLogsClient;
  private readonly s3: S3Client;
  private readonly ssm: SSMClient;
  private readonly sts: STSClient;

  constructor(private readonly region: string) {
    const config = clientConfig(region);
    this.ec2 = new ec2.EC2Client(config);
    this.iam = new iam.IAMClient(config);
    this.kms = new KMSClient(config);
    this.logs = new CloudWatchLogsClient(config);
    this.s3 = new S3Client(config);
    this.ssm = new SSMClient(config);
    this.sts = new STSClient(config);
  }

  /** Whose credentials these are: an ARN. */
  public async identity(): Promise<string> {
    const command = new GetCallerIdentityCommand({});
    const { Arn = "" } = await this.ask("sts:GetCallerIdentity", () => this.sts.send(command));
    return Arn;
  }

  /** What EC2's own tests of an instance say; undefined where it does not run. */
  public async status(instanceId: string): Promise<ec2.InstanceStatus | undefined> {
    const command = new ec2.DescribeInstanceStatusCommand({ InstanceIds: [instanceId] });
    const answer = await this.ask("ec2:DescribeInstanceStatus", () => this.ec2.send(command));
    return answer.InstanceStatuses?.[0];
  }

  /** The text that an instance got for its first boot, empty where there is none. */
  public async userData(instanceId: string): Promise<string> {
    const command = new ec2.DescribeInstanceAttributeCommand({
      InstanceId: instanceId,
      Attribute: "userData",
    });
    const answer = await this.ask("ec2:DescribeInstanceAttribute", () => this.ec2.send(command));
    return Buffer.from(answer.UserData?.Value ?? "", "base64").toString();
  }

  /** A subnet. */
  public async subnet(id: string): Promise<ec2.Subnet | undefined> {
    const command = new ec2.DescribeSubnetsCommand({ Filters: where("subnet-id", id) });
    return (await this.ask("ec2:DescribeSubnets", () => this.ec2.send(command))).Subnets?.[0];
  }

  /** The route tables of a VPC. */
  public async routeTables(vpcId: string): Promise<ec2.RouteTable[]> {
    const command = new ec2.DescribeRouteTablesCommand({ Filters: where("vpc-id", vpcId) });
    return (await this.ask("ec2:DescribeRouteTables", () => this.ec2.send(command))).RouteTables ?? [];
  }

  /** The network ACLs of a VPC. */
  public async networkAcls(vpcId: string): Promise<ec2.NetworkAcl[]> {
    const command = new ec2.DescribeNetworkAclsCommand({ Filters: where("vpc-id", vpcId) });
    return (await this.ask("ec2:DescribeNetworkAcls", () => this.ec2.send(command))).NetworkAcls ?? [];
  }

  /** Whether one of a VPC's DNS attributes is on. */
  public async dnsAttribute(
    vpcId: string,
    attribute: "enableDnsSupport" | "enableDnsHostnames",
  ): Promise<boolean> {
    const command = new ec2.DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute: attribute });
    const answer = await this.ask("ec2:DescribeVpcAttribute", () => this.ec2.send(command));
    return (answer.EnableDnsSupport ?? answer.EnableDnsHostnames)?.Value === true;
  }

  /** The name servers that instances of a VPC ask, such as `AmazonProvidedDNS`. */
  public async nameServers(vpcId: string): Promise<string[]> {
    const vpcs = new ec2.DescribeVpcsCommand({ VpcIds: [vpcId] });
    const { Vpcs = [] } = await this.ask("ec2:DescribeVpcs", () => this.ec2.send(vpcs));
    const id = Vpcs[0]?.DhcpOptionsId;
    if (id === undefined || id === "default") {
      return [];
    }
    const options = new ec2.DescribeDhcpOptionsCommand({ DhcpOptionsIds: [id] });
    const { DhcpOptions = [] } = await this.ask("ec2:DescribeDhcpOptions", () => this.ec2.send(options));
    const servers = DhcpOptions[0]?.DhcpConfigurations?.find(({ Key }) => Key === "domain-name-servers");
    return (servers?.Values ?? []).flatMap(({ Value }) => Value ?? []);
  }

  /** The endpoints of a VPC. */
  public async endpoints(vpcId: string): Promise<ec2.VpcEndpoint[]> {
    const command = new ec2.DescribeVpcEndpointsCommand({ Filters: where("vpc-id", vpcId) });
    return (await this.ask("ec2:DescribeVpcEndpoints", () => this.ec2.send(command))).VpcEndpoints ?? [];
  }

  /** Network interfaces. */
  public async interfaces(ids: readonly string[]): Promise<ec2.NetworkInterface[]> {
    const Filters = where("network-interface-id", ...ids);
    const command = new ec2.DescribeNetworkInterfacesCommand({ Filters });
    const answer = await this.ask("ec2:DescribeNetworkInterfaces", () => this.ec2.send(command));
    return answer.NetworkInterfaces ?? [];
  }

  /** What a prefix list of AWS holds, by its name: its id and its blocks. */
  public async prefixList(name: string): Promise<{ id: string; cidrs: string[] }> {
    const command = new ec2.DescribePrefixListsCommand({ Filters: where("prefix-list-name", name) });
    const { PrefixLists = [] } = await this.ask("ec2:DescribePrefixLists", () => this.ec2.send(command));
    return { id: PrefixLists[0]?.PrefixListId ?? "", cidrs: PrefixLists[0]?.Cidrs ?? [] };
  }

  /** How a VPC is attached to a transit gateway. */
  public async attachments(vpcId: string, gatewayId: string): Promise<ec2.TransitGatewayVpcAttachment[]> {
    const Filters = [...where("vpc-id", vpcId), ...where("transit-gateway-id", gatewayId)];
    const command = new ec2.DescribeTransitGatewayVpcAttachmentsCommand({ Filters });
    const answer = await this.ask("ec2:DescribeTransitGatewayVpcAttachments", () => this.ec2.send(command));
    return answer.TransitGatewayVpcAttachments ?? [];
  }

  /** Security groups. */
  public async securityGroups(ids: readonly string[]): Promise<ec2.SecurityGroup[]> {
    const command = new ec2.DescribeSecurityGroupsCommand({ Filters: where("group-id", ...ids) });
    return (await this.ask("ec2:DescribeSecurityGroups", () => this.ec2.send(command))).SecurityGroups ?? [];
  }

  /** An instance profile, with its role. */
  public async instanceProfile(name: string): Promise<iam.InstanceProfile | undefined> {
    const command = new iam.GetInstanceProfileCommand({ InstanceProfileName: name });
    const send = () => this.iam.send(command);
    return (await this.find("iam:GetInstanceProfile", "NoSuchEntity", send))?.InstanceProfile;
  }

  /** The ARNs of a role's managed policies. */
  public attachedPolicies(RoleName: string): Promise<string[]> {
    const pages = iam.paginateListAttachedRolePolicies({ client: this.iam }, { RoleName });
    return this.ask("iam:ListAttachedRolePolicies", () =>
      pagesOf(pages, ({ AttachedPolicies = [] }) =>
        AttachedPolicies.flatMap(({ PolicyArn }) => PolicyArn ?? []),
      ),
    );
  }

  /** The names of a role's own policies. */
  public ownPolicies(RoleName: string): Promise<string[]> {
    const pages = iam.paginateListRolePolicies({ client: this.iam }, { RoleName });
    return this.ask("iam:ListRolePolicies", () => pagesOf(pages, ({ PolicyNames }) => PolicyNames));
  }

  /** One of a role's own policies, as JSON. */
  public async ownPolicy(RoleName: string, PolicyName: string): Promise<string> {
    const command = new iam.GetRolePolicyCommand({ RoleName, PolicyName });
    const { PolicyDocument = "" } = await this.ask("iam:GetRolePolicy", () => this.iam.send(command));
    return decodeURIComponent(PolicyDocument);
  }

  /** The ARN of a role, with the path that the name of a session leaves out. */
  public async roleArn(role: string): Promise<string | undefined> {
    const command = new iam.GetRoleCommand({ RoleName: role });
    return (await this.ask("iam:GetRole", () => this.iam.send(command))).Role?.Arn;
  }

  /** What IAM decides by all policies of a principal; the resource's own policy is left out. */
  public async decisions({
    principal,
    actions,
    resource = "*",
    context = {},
  }: Request): Promise<iam.EvaluationResult[]> {
    const command = new iam.SimulatePrincipalPolicyCommand({
      PolicySourceArn: principal,
      ActionNames: [...actions],
      ResourceArns: [resource],
      ContextEntries: Object.entries(context).map(([key, value]) => ({
        ContextKeyName: key,
        ContextKeyValues: [value],
        ContextKeyType: "string",
      })),
    });
    const answer = await this.ask("iam:SimulatePrincipalPolicy", () => this.iam.send(command));
    return answer.EvaluationResults ?? [];
  }

  /** What Systems Manager knows of an instance; undefined where it has not registered. */
  public async registration(instanceId: string): Promise<InstanceInformation | undefined> {
    const Filters = [{ Key: "InstanceIds", Values: [instanceId] }];
    const command = new DescribeInstanceInformationCommand({ Filters });
    const answer = await this.ask("ssm:DescribeInstanceInformation", () => this.ssm.send(command));
    return answer.InstanceInformationList?.[0];
  }

  /** Whether an instance's agent has the channel on which sessions come. */
  public async isConnected(instanceId: string): Promise<boolean> {
    return this.ask("ssm:GetConnectionStatus", () => isConnected(this.ssm, instanceId));
  }

  /** A document of Systems Manager: in the version that sessions use, unless told otherwise. */
  public async document(
    name: string,
    version: "$DEFAULT" | "$LATEST" = "$DEFAULT",
  ): Promise<GetDocumentCommandOutput | undefined> {
    const command = new GetDocumentCommand({ Name: name, DocumentVersion: version });
    return this.find("ssm:GetDocument", "InvalidDocument", () => this.ssm.send(command));
  }

  /** A setting that the account has in the Region; undefined where it has AWS's own value. */
  public async accountSetting(id: string): Promise<string | undefined> {
    const command = new GetServiceSettingCommand({ SettingId: id });
    const { ServiceSetting } = await this.ask("ssm:GetServiceSetting", () => this.ssm.send(command));
    return ServiceSetting?.Status === "Default" ? undefined : ServiceSetting?.SettingValue;
  }

  /** When Run Command last ran shell commands on an instance, all of these and with success; undefined if it never did. */
  public async ranOn(instanceId: string, commands: readonly string[]): Promise<Date | undefined> {
    const listed = await this.ask("ssm:ListCommands", () =>
      pagesOf(
        paginateListCommands({ client: this.ssm }, { InstanceId: instanceId }),
        ({ Commands }) => Commands,
      ),
    );
    for (const { CommandId, Parameters = {}, RequestedDateTime } of listed) {
      const ran = commands.every((one) => Parameters.commands?.includes(one));
      const command = new ListCommandInvocationsCommand({ CommandId, InstanceId: instanceId });
      const ended =
        ran &&
        (await this.ask("ssm:ListCommandInvocations", () => this.ssm.send(command))).CommandInvocations;
      if (ended && ended[0]?.Status === "Success") {
        return RequestedDateTime;
      }
    }
    return undefined;
  }

  /** A log group. */
  public async logGroup(name: string): Promise<LogGroup | undefined> {
    const command = new DescribeLogGroupsCommand({ logGroupNamePrefix: name });
    const { logGroups = [] } = await this.ask("logs:DescribeLogGroups", () => this.logs.send(command));
    return logGroups.find(({ logGroupName }) => logGroupName === name);
  }

  /** The metric filters of a log group. */
  public metricFilters(logGroupName: string): Promise<MetricFilter[]> {
    const pages = paginateDescribeMetricFilters({ client: this.logs }, { logGroupName });
    return this.ask("logs:DescribeMetricFilters", () => pagesOf(pages, ({ metricFilters }) => metricFilters));
  }

  /** What a service says that only the AWS CLI is asked for. */
  public cli<T>(action: string, args: readonly string[]): Promise<T> {
    return askByCli<T>(action, this.region, args);
  }

  /** What a bucket encrypts objects with; undefined where it is not there. */
  public bucketEncryption(name: string): Promise<BucketEncryption | undefined> {
    return bucketEncryption(this.s3, this.region, name);
  }

  /** A key, by its ARN, its id or its alias. */
  public async key(id: string): Promise<Partial<KeyMetadata> | undefined> {
    const command = new DescribeKeyCommand({ KeyId: id });
    const answer = await this.find("kms:DescribeKey", "NotFoundException", () => this.kms.send(command));
    return answer?.KeyMetadata;
  }

  /** The policy of a key, as JSON. */
  public async keyPolicy(key: string): Promise<string> {
    const command = new GetKeyPolicyCommand({ KeyId: key });
    return (await this.ask("kms:GetKeyPolicy", () => this.kms.send(command))).Policy ?? "";
  }

  private ask<T>(action: string, send: () => Promise<T>): Promise<T> {
    return attempt({ action, region: this.region }, send);
  }

  /** Asks for what may be missing: the service has an error of its own for that. */
  private find<T>(action: string, absent: string, send: () => Promise<T>): Promise<T | undefined> {
    return missingAs(() => this.ask(action, send), absent);
  }
}

function where(name: string, ...values: readonly string[]): ec2.Filter[] {
  return [{ Name: name, Values: [...values] }];
}
