import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as ec2 from "@aws-sdk/client-ec2";
import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as ssm from "@aws-sdk/client-ssm";
import { inRole } from "../aws/assume-role";
import { pagesOf } from "../aws/client";
import { emulatedConfig } from "./emulator";

/** What exists, by Terraform's types: ids or names. */
export type Inventory = Readonly<Record<string, readonly string[]>>;

type Config = ReturnType<typeof emulatedConfig>;

type Listed = Record<string, readonly (string | undefined)[]>;

/** Asks an emulator what exists, whatever the state says, in the account of the role that the provider takes on. */
export async function takeInventory(url: string, region: string, role?: string): Promise<Inventory> {
  const config = await inRole(emulatedConfig(url, region), role);
  const lists = [listNetwork, listIdentities, listLogs, listKeys, listDocuments, listOthers];
  const listed = await Promise.all(lists.map((list): Promise<Listed> => list(config)));
  return Object.fromEntries(
    listed
      .flatMap((types) => Object.entries(types))
      .map(([type, names]) => [type, names.filter((name) => name !== undefined).sort()]),
  );
}

/** What an inventory has that an earlier one has not. */
export function added(now: Inventory, before: Inventory): Inventory {
  return Object.fromEntries(
    Object.entries(now).map(([type, names]) => [type, names.filter((name) => !before[type]?.includes(name))]),
  );
}

/** How many of each type there are and should be, where that differs; types that are not listed are left out. */
export function differences(inventory: Inventory, addresses: readonly string[]): string[] {
  return Object.entries(inventory).flatMap(([type, names]) => {
    const wanted = addresses.filter((address) => address.startsWith(`${type}.`)).length;
    const found = names.length > 0 ? ` (${names.join(", ")})` : "";
    return names.length === wanted ? [] : [`${names.length} ${type}${found}, not ${wanted}`];
  });
}

async function listNetwork(config: Config) {
  const ec = { client: new ec2.EC2Client(config) };
  const subnets = await pagesOf(ec2.paginateDescribeSubnets(ec, {}), (page) => page.Subnets);
  const subnetIds = subnets.map(({ SubnetId }) => SubnetId);
  const allTables = await pagesOf(ec2.paginateDescribeRouteTables(ec, {}), (page) => page.RouteTables);
  const allGroups = await pagesOf(ec2.paginateDescribeSecurityGroups(ec, {}), (page) => page.SecurityGroups);
  const rulePages = ec2.paginateDescribeSecurityGroupRules(ec, {});
  const allRules = await pagesOf(rulePages, (page) => page.SecurityGroupRules);
  const vpcs = await pagesOf(ec2.paginateDescribeVpcs(ec, {}), (page) => page.Vpcs);
  const flowLogs = await pagesOf(ec2.paginateDescribeFlowLogs(ec, {}), (page) => page.FlowLogs);
  const endpoints = await pagesOf(ec2.paginateDescribeVpcEndpoints(ec, {}), (page) => page.VpcEndpoints);
  const instances = await pagesOf(ec2.paginateDescribeInstances(ec, {}), (page) =>
    page.Reservations?.flatMap(({ Instances = [] }) => Instances),
  );
  // Each VPC has a main route table and a default group, which nobody made.
  const tables = allTables.filter(({ Associations = [] }) => !Associations.some(({ Main }) => Main));
  const groups = allGroups.filter(({ GroupName }) => GroupName !== "default").map(({ GroupId }) => GroupId);
  const rules = (egress: boolean) =>
    allRules
      .filter(({ GroupId, IsEgress }) => groups.includes(GroupId) && IsEgress === egress)
      .map(({ SecurityGroupRuleId }) => SecurityGroupRuleId);
  return {
    aws_vpc: vpcs.map(({ VpcId }) => VpcId),
    aws_subnet: subnetIds,
    aws_route_table: tables.map(({ RouteTableId }) => RouteTableId),
    // AWS takes a subnet's association away with it; moto keeps it.
    aws_route_table_association: tables
      .flatMap(({ Associations = [] }) => Associations)
      .filter(({ SubnetId }) => subnetIds.includes(SubnetId))
      .map(({ RouteTableAssociationId }) => RouteTableAssociationId),
    aws_vpc_endpoint: endpoints
      .filter(({ State }) => String(State).toLowerCase() !== "deleted")
      .map(({ VpcEndpointId }) => VpcEndpointId),
    aws_security_group: groups,
    aws_vpc_security_group_ingress_rule: rules(false),
    aws_vpc_security_group_egress_rule: rules(true),
    aws_flow_log: flowLogs.map(({ FlowLogId }) => FlowLogId),
    aws_instance: instances
      .filter(({ State }) => State?.Name !== "terminated")
      .map(({ InstanceId }) => InstanceId),
  };
}

async function listIdentities(config: Config) {
  const paging = { client: new iam.IAMClient(config) };
  const roles = await pagesOf(iam.paginateListRoles(paging, {}), (page) => page.Roles);
  const profilePages = iam.paginateListInstanceProfiles(paging, {});
  const profiles = await pagesOf(profilePages, (page) => page.InstanceProfiles);
  const policyPages = iam.paginateListPolicies(paging, { Scope: "Local" });
  const policies = await pagesOf(policyPages, (page) => page.Policies);
  const inline: string[] = [];
  const attached: string[] = [];
  for (const { RoleName } of roles) {
    const own = await pagesOf(iam.paginateListRolePolicies(paging, { RoleName }), (page) => page.PolicyNames);
    const pages = iam.paginateListAttachedRolePolicies(paging, { RoleName });
    const others = await pagesOf(pages, (page) => page.AttachedPolicies);
    inline.push(...own.map((name) => `${RoleName}/${name}`));
    attached.push(...others.map(({ PolicyArn }) => `${RoleName}/${PolicyArn}`));
  }
  return {
    aws_iam_role: roles.map(({ RoleName }) => RoleName),
    aws_iam_role_policy: inline,
    aws_iam_role_policy_attachment: attached,
    aws_iam_instance_profile: profiles.map(({ InstanceProfileName }) => InstanceProfileName),
    aws_iam_policy: policies.map(({ PolicyName }) => PolicyName),
  };
}

async function listLogs(config: Config) {
  const paging = { client: new logs.CloudWatchLogsClient(config) };
  const groups = await pagesOf(logs.paginateDescribeLogGroups(paging, {}), (page) => page.logGroups);
  const filters = await pagesOf(logs.paginateDescribeMetricFilters(paging, {}), (page) => page.metricFilters);
  const filterNames = filters.map(({ logGroupName, filterName }) => `${logGroupName}: ${filterName}`);
  return {
    aws_cloudwatch_log_group: groups.map(({ logGroupName }) => logGroupName),
    // AWS replaces a filter that is put again; moto keeps the old one beside.
    aws_cloudwatch_log_metric_filter: [...new Set(filterNames)],
  };
}

async function listKeys(config: Config) {
  const client = new kms.KMSClient(config);
  const aliases = await pagesOf(kms.paginateListAliases({ client }, {}), (page) => page.Aliases);
  const awsOwn = aliases.filter(({ AliasName }) => AliasName?.startsWith("alias/aws/"));
  const awsOwnKeys = awsOwn.map(({ TargetKeyId }) => TargetKeyId);
  const keys: (string | undefined)[] = [];
  for (const { KeyId } of await pagesOf(kms.paginateListKeys({ client }, {}), (page) => page.Keys)) {
    const { KeyMetadata: key } = await client.send(new kms.DescribeKeyCommand({ KeyId }));
    // One that is to be deleted is as good as gone.
    if (key?.KeyState === "Enabled" && !awsOwnKeys.includes(KeyId)) {
      keys.push(KeyId);
    }
  }
  return {
    aws_kms_key: keys,
    aws_kms_alias: aliases.filter((alias) => !awsOwn.includes(alias)).map(({ AliasName }) => AliasName),
  };
}

async function listDocuments(config: Config) {
  const paging = { client: new ssm.SSMClient(config) };
  const pages = ssm.paginateListDocuments(paging, { Filters: [{ Key: "Owner", Values: ["Self"] }] });
  const documents = await pagesOf(pages, (page) => page.DocumentIdentifiers);
  return { aws_ssm_document: documents.map(({ Name }) => Name) };
}

/** Lists services of which the project has no client, by requests that an emulator takes unsigned. */
async function listOthers({ endpoint, region, credentials }: Config) {
  const ask = async (service: string, name: RegExp, body?: string, more?: Record<string, string>) => {
    const scope = `${credentials.accessKeyId}/20260101/${region}/${service}/aws4_request`;
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      ...more,
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
    };
    const method = body === undefined ? "GET" : "POST";
    const text = await (await fetch(endpoint, { method, headers, body })).text();
    return [...text.matchAll(name)].map(([, found]) => found);
  };
  const alarms = "Action=DescribeAlarms&Version=2010-08-01";
  const rules = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AWSEvents.ListRules" };
  return {
    aws_cloudwatch_metric_alarm: await ask("monitoring", /<AlarmName>([^<]+)/g, alarms),
    aws_sns_topic: await ask("sns", /<TopicArn>([^<]+)/g, "Action=ListTopics&Version=2010-03-31"),
    aws_cloudwatch_event_rule: await ask("events", /"Name": ?"([^"]+)"/g, "{}", rules),
    aws_s3_bucket: await ask("s3", /<Name>([^<]+)/g),
  };
}
