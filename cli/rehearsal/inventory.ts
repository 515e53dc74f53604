import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateDescribeMetricFilters,
} from "@aws-sdk/client-cloudwatch-logs";
import * as ec2 from "@aws-sdk/client-ec2";
import * as iam from "@aws-sdk/client-iam";
import {
  type AliasListEntry,
  DescribeKeyCommand,
  KMSClient,
  paginateListAliases,
  paginateListKeys,
} from "@aws-sdk/client-kms";
import { SSMClient, paginateListDocuments } from "@aws-sdk/client-ssm";
import { inRole } from "../aws/assume-role";
import { pagesOf } from "../aws/client";
import { emulatedConfig } from "./emulator";

/** What exists, by Terraform's types: ids or names. */
export type Inventory = Readonly<Record<string, readonly string[]>>;

type Listing = () => Promise<(string | undefined)[]>;

/**
 * Asks an emulator what exists, whatever Terraform's state says.
 *
 * @param role ARN of the role that the provider takes on: it may be of another account
 */
export async function takeInventory(url: string, region: string, role?: string): Promise<Inventory> {
  const listings = listingsOf(await inRole(emulatedConfig(url, region), role));
  const entries = await Promise.all(
    Object.entries(listings).map(async ([type, list]) => {
      const names = (await list()).filter((name) => name !== undefined);
      return [type, names.sort()] as const;
    }),
  );
  return Object.fromEntries(entries);
}

/** What an inventory has that an earlier one has not. */
export function added(now: Inventory, before: Inventory): Inventory {
  return Object.fromEntries(
    Object.entries(now).map(([type, names]) => [type, names.filter((name) => !before[type]?.includes(name))]),
  );
}

/** How many of each type there are and should be, where that differs; types that are not listed are left out. */
export function differences(inventory: Inventory, addresses: readonly string[]): string[] {
  const wanted = (type: string): number =>
    addresses.filter((address) => address.startsWith(`${type}.`)).length;
  return Object.entries(inventory)
    .filter(([type, names]) => names.length !== wanted(type))
    .map(
      ([type, names]) =>
        `${names.length} ${type}${names.length > 0 ? ` (${names.join(", ")})` : ""}, not ${wanted(type)}`,
    );
}

function listingsOf(config: ReturnType<typeof emulatedConfig>): Record<string, Listing> {
  return {
    ...networkListings(new ec2.EC2Client(config)),
    ...identityListings(new iam.IAMClient(config)),
    ...sessionListings(new CloudWatchLogsClient(config), new KMSClient(config), new SSMClient(config)),
    ...otherListings(config),
  };
}

function networkListings(client: ec2.EC2Client): Record<string, Listing> {
  const groups = async (): Promise<string[]> => {
    const all = await pagesOf(
      ec2.paginateDescribeSecurityGroups({ client }, {}),
      (page) => page.SecurityGroups,
    );
    return all.filter(({ GroupName }) => GroupName !== "default").map(({ GroupId = "" }) => GroupId);
  };
  const rules =
    (egress: boolean): Listing =>
    async () => {
      const own = await groups();
      const pages = ec2.paginateDescribeSecurityGroupRules({ client }, {});
      return (await pagesOf(pages, (page) => page.SecurityGroupRules))
        .filter(({ GroupId = "", IsEgress }) => own.includes(GroupId) && IsEgress === egress)
        .map(({ SecurityGroupRuleId }) => SecurityGroupRuleId);
    };
  const tables = async (): Promise<ec2.RouteTable[]> => {
    const all = await pagesOf(ec2.paginateDescribeRouteTables({ client }, {}), (page) => page.RouteTables);
    // Each VPC has a main one, which nobody made.
    return all.filter(({ Associations = [] }) => !Associations.some(({ Main }) => Main));
  };
  const subnets = async (): Promise<(string | undefined)[]> =>
    (await pagesOf(ec2.paginateDescribeSubnets({ client }, {}), (page) => page.Subnets)).map(
      ({ SubnetId }) => SubnetId,
    );
  return {
    aws_vpc: async () =>
      (await pagesOf(ec2.paginateDescribeVpcs({ client }, {}), (page) => page.Vpcs)).map(
        ({ VpcId }) => VpcId,
      ),
    aws_subnet: subnets,
    aws_route_table: async () => (await tables()).map(({ RouteTableId }) => RouteTableId),
    aws_route_table_association: async () => {
      const there = await subnets();
      // AWS takes a subnet's association away with it; moto keeps it.
      return (await tables())
        .flatMap(({ Associations = [] }) => Associations)
        .filter(({ SubnetId }) => there.includes(SubnetId))
        .map((one) => one.RouteTableAssociationId);
    },
    aws_vpc_endpoint: async () =>
      (await pagesOf(ec2.paginateDescribeVpcEndpoints({ client }, {}), (page) => page.VpcEndpoints))
        .filter(({ State }) => String(State).toLowerCase() !== "deleted")
        .map(({ VpcEndpointId }) => VpcEndpointId),
    aws_security_group: groups,
    aws_vpc_security_group_ingress_rule: rules(false),
    aws_vpc_security_group_egress_rule: rules(true),
    aws_flow_log: async () =>
      (await pagesOf(ec2.paginateDescribeFlowLogs({ client }, {}), (page) => page.FlowLogs)).map(
        ({ FlowLogId }) => FlowLogId,
      ),
    aws_instance: async () => {
      const pages = ec2.paginateDescribeInstances({ client }, {});
      return (await pagesOf(pages, (page) => page.Reservations))
        .flatMap(({ Instances = [] }) => Instances)
        .filter(({ State }) => State?.Name !== "terminated")
        .map(({ InstanceId }) => InstanceId);
    },
  };
}

function identityListings(client: iam.IAMClient): Record<string, Listing> {
  const roles = async (): Promise<string[]> =>
    (await pagesOf(iam.paginateListRoles({ client }, {}), (page) => page.Roles)).map(
      ({ RoleName = "" }) => RoleName,
    );
  const ofRoles =
    (list: (role: string) => Promise<(string | undefined)[]>): Listing =>
    async () =>
      (
        await Promise.all(
          (await roles()).map(async (role) => (await list(role)).map((name) => `${role}/${name}`)),
        )
      ).flat();
  return {
    aws_iam_role: roles,
    aws_iam_role_policy: ofRoles((RoleName) =>
      pagesOf(iam.paginateListRolePolicies({ client }, { RoleName }), (page) => page.PolicyNames),
    ),
    aws_iam_role_policy_attachment: ofRoles(async (RoleName) => {
      const pages = iam.paginateListAttachedRolePolicies({ client }, { RoleName });
      return (await pagesOf(pages, (page) => page.AttachedPolicies)).map(({ PolicyArn }) => PolicyArn);
    }),
    aws_iam_instance_profile: async () =>
      (await pagesOf(iam.paginateListInstanceProfiles({ client }, {}), (page) => page.InstanceProfiles)).map(
        ({ InstanceProfileName }) => InstanceProfileName,
      ),
    aws_iam_policy: async () =>
      (await pagesOf(iam.paginateListPolicies({ client }, { Scope: "Local" }), (page) => page.Policies)).map(
        ({ PolicyName }) => PolicyName,
      ),
  };
}

function sessionListings(
  logs: CloudWatchLogsClient,
  kms: KMSClient,
  ssm: SSMClient,
): Record<string, Listing> {
  const aliases = (): Promise<AliasListEntry[]> =>
    pagesOf(paginateListAliases({ client: kms }, {}), (page) => page.Aliases);
  const isAwsOwn = ({ AliasName }: AliasListEntry): boolean => AliasName?.startsWith("alias/aws/") === true;
  return {
    aws_cloudwatch_log_group: async () =>
      (await pagesOf(paginateDescribeLogGroups({ client: logs }, {}), (page) => page.logGroups)).map(
        ({ logGroupName }) => logGroupName,
      ),
    aws_cloudwatch_log_metric_filter: async () => {
      const pages = paginateDescribeMetricFilters({ client: logs }, {});
      const metricFilters = await pagesOf(pages, (page) => page.metricFilters);
      // AWS replaces a filter that is put again; moto keeps the old one beside.
      return [
        ...new Set(metricFilters.map(({ logGroupName, filterName }) => `${logGroupName}: ${filterName}`)),
      ];
    },
    aws_kms_key: async () => {
      const all = await pagesOf(paginateListKeys({ client: kms }, {}), (page) => page.Keys);
      const awsOwn = (await aliases()).filter(isAwsOwn).map(({ TargetKeyId }) => TargetKeyId);
      const keys = await Promise.all(
        all.map(async ({ KeyId }) => (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata),
      );
      // One that is to be deleted is as good as gone.
      return keys
        .filter((key) => key?.KeyState === "Enabled" && !awsOwn.includes(key.KeyId))
        .map((key) => key?.KeyId);
    },
    aws_kms_alias: async () =>
      (await aliases()).filter((alias) => !isAwsOwn(alias)).map(({ AliasName }) => AliasName),
    aws_ssm_document: async () => {
      const Filters = [{ Key: "Owner", Values: ["Self"] }];
      const pages = paginateListDocuments({ client: ssm }, { Filters });
      return (await pagesOf(pages, (page) => page.DocumentIdentifiers)).map(({ Name }) => Name);
    },
  };
}

/** Services of which one list is all that is asked, by requests that an emulator takes unsigned. */
function otherListings({
  endpoint,
  region,
  credentials,
}: ReturnType<typeof emulatedConfig>): Record<string, Listing> {
  const ask =
    (service: string, init: RequestInit, name: RegExp): Listing =>
    async () => {
      const scope = `${credentials.accessKeyId}/20260101/${region}/${service}/aws4_request`;
      const headers = {
        "content-type": "application/x-www-form-urlencoded",
        ...init.headers,
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
      };
      const text = await (await fetch(endpoint, { ...init, headers })).text();
      return [...text.matchAll(name)].map(([, found]) => found);
    };
  const query = (service: string, body: string, name: RegExp): Listing =>
    ask(service, { method: "POST", body }, name);
  return {
    aws_cloudwatch_metric_alarm: query(
      "monitoring",
      "Action=DescribeAlarms&Version=2010-08-01",
      /<AlarmName>([^<]+)/g,
    ),
    aws_sns_topic: query("sns", "Action=ListTopics&Version=2010-03-31", /<TopicArn>([^<]+)/g),
    aws_cloudwatch_event_rule: ask(
      "events",
      {
        method: "POST",
        body: "{}",
        headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AWSEvents.ListRules" },
      },
      /"Name": ?"([^"]+)"/g,
    ),
    aws_s3_bucket: ask("s3", { method: "GET" }, /<Name>([^<]+)/g),
  };
}
