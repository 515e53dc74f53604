import { relative } from "node:path";
import * as ec2 from "@aws-sdk/client-ec2";
import {
  DescribeKeyCommand,
  KMSClient,
  ListResourceTagsCommand,
  paginateListKeys,
} from "@aws-sdk/client-kms";
import { attempt, awsFailure, clientConfig, isDenied } from "./aws";
import { type SynthesizedEnvironment, stackOf } from "./environments";
import { Failure } from "./failure";
import type { ProcessResult } from "./processes";
import type { SynthesizedStack } from "./synthesized";
import { terraform, terraformName, terraformReason } from "./terraform";

/** Something that AWS has of an environment and that no state knows. */
export interface Orphan {
  /** Id, such as `vpce-0123456789abcdef0`. */
  readonly id: string;
  /** What it is, with its name where it has one. */
  readonly what: string;
  /** The command that deletes it, or takes it into the state where it must not get lost. */
  readonly command: string;
}

/** What was found, and what could not be looked at. */
export interface OrphanSearch {
  /** In the order in which they can be deleted; keys at the end. */
  readonly orphans: readonly Orphan[];
  /** How many keys do not show their tags to who asks. */
  readonly hiddenKeys: number;
  /** Whether any state of the environment has anything: else it may be the wrong one. */
  readonly anythingKnown: boolean;
}

type Tags = Readonly<Record<string, string>>;

/** What can be left over of EC2. */
interface Kind {
  readonly what: string;
  /** Permission that listing takes. */
  readonly action: string;
  readonly list: (client: ec2.EC2Client, Filters: ec2.Filter[]) => Promise<Found[]>;
  /** What deletes it, up to its id. */
  readonly deleteWith: string;
}

interface Found {
  readonly id: string;
  readonly name: string | undefined;
}

/** In the order that AWS deletes them: what uses something before what is used. */
const KINDS: readonly Kind[] = [
  {
    what: "instance",
    action: "ec2:DescribeInstances",
    list: (client, Filters) =>
      found(
        ec2.paginateDescribeInstances({ client }, { Filters: [...Filters, ALIVE] }),
        (page) => page.Reservations?.flatMap(({ Instances = [] }) => Instances),
        (one) => one.InstanceId,
      ),
    deleteWith: "terminate-instances --instance-ids",
  },
  {
    what: "flow log",
    action: "ec2:DescribeFlowLogs",
    list: (client, Filter) =>
      found(
        ec2.paginateDescribeFlowLogs({ client }, { Filter }),
        (page) => page.FlowLogs,
        (one) => one.FlowLogId,
      ),
    deleteWith: "delete-flow-logs --flow-log-ids",
  },
  {
    what: "endpoint",
    action: "ec2:DescribeVpcEndpoints",
    list: (client, Filters) =>
      found(
        ec2.paginateDescribeVpcEndpoints({ client }, { Filters }),
        (page) => page.VpcEndpoints?.filter(({ State = "" }) => !/^delet/i.test(State)),
        (one) => one.VpcEndpointId,
      ),
    deleteWith: "delete-vpc-endpoints --vpc-endpoint-ids",
  },
  {
    what: "subnet",
    action: "ec2:DescribeSubnets",
    list: (client, Filters) =>
      found(
        ec2.paginateDescribeSubnets({ client }, { Filters }),
        (page) => page.Subnets,
        (one) => one.SubnetId,
      ),
    deleteWith: "delete-subnet --subnet-id",
  },
  {
    what: "route table",
    action: "ec2:DescribeRouteTables",
    list: (client, Filters) =>
      found(
        ec2.paginateDescribeRouteTables({ client }, { Filters }),
        (page) => page.RouteTables,
        (one) => one.RouteTableId,
      ),
    deleteWith: "delete-route-table --route-table-id",
  },
  {
    what: "security group",
    action: "ec2:DescribeSecurityGroups",
    list: (client, Filters) =>
      found(
        ec2.paginateDescribeSecurityGroups({ client }, { Filters }),
        // A VPC's own goes with it.
        (page) => page.SecurityGroups?.filter(({ GroupName }) => GroupName !== "default"),
        (one) => one.GroupId,
      ),
    deleteWith: "delete-security-group --group-id",
  },
  {
    what: "VPC",
    action: "ec2:DescribeVpcs",
    list: (client, Filters) =>
      found(
        ec2.paginateDescribeVpcs({ client }, { Filters }),
        (page) => page.Vpcs,
        (one) => one.VpcId,
      ),
    deleteWith: "delete-vpc --vpc-id",
  },
];

const ALIVE = { Name: "instance-state-name", Values: ["pending", "running", "stopping", "stopped"] };

/**
 * Looks for what AWS has with the tags of an environment and no state of it knows: resources of EC2, and keys. Whatever
 * else an environment has bears a fixed name, so that AWS refuses a second one.
 *
 * @throws where a state cannot be read: all it knows would be taken for unknown.
 */
export async function findOrphans(
  environment: SynthesizedEnvironment,
  say: (text: string) => void,
): Promise<OrphanSearch> {
  say("reading states");
  const known = (await Promise.all(environment.stacks.map(pullState))).join("\n");
  const isKnown = (id: string): boolean => known.includes(`"${id}"`);
  say("asking EC2 and KMS");
  // Those alone that settings do not change: what was made before a change is looked for as well.
  const { Environment = "", ManagedBy = "" } = environment.instancesStack.defaultTags;
  const tags = { Environment, ManagedBy };
  const resources = await ec2Orphans(environment.region, tags, isKnown);
  const sessions = stackOf(environment, "sessions");
  const key = sessions?.resources.find(({ type }) => type === "aws_kms_key");
  const { ids, hidden } =
    key === undefined ? { ids: [], hidden: 0 } : await unknownKeys(environment.region, tags, isKnown);
  const hasKey = known.includes('"type": "aws_kms_key"');
  const keys = ids.map(({ id, created }) => ({
    id,
    what: `key of ${created?.toISOString().slice(0, 16).replace("T", " ")} UTC`,
    // Without its key nobody can read a recording any more.
    command: hasKey
      ? `aws kms schedule-key-deletion --key-id ${id} --region ${environment.region}`
      : `${terraformName()} -chdir=${relative("", sessions?.folder ?? "")} import aws_kms_key.${key?.name} ${id}`,
  }));
  return {
    orphans: [...resources, ...keys],
    hiddenKeys: hidden,
    anythingKnown: /"type": ?"aws_/.test(known),
  };
}

/** The state of a stack, as text, from wherever it is kept. */
async function pullState({ name, folder }: SynthesizedStack): Promise<string> {
  const pull = (): Promise<ProcessResult> => terraform(folder, "state", "pull");
  const first = await pull();
  if (first.status === 0) {
    return first.stdout;
  }
  // It has not been initialized here. The provider, which comes last in that, is not needed to read.
  const init = await terraform(folder, "init", "-input=false", "-no-color");
  const { status, stdout, stderr } = await pull();
  if (status !== 0) {
    const said = init.status === 0 ? `${stdout}\n${stderr}` : `${init.stdout}\n${init.stderr}`;
    throw new Failure(`the state of ${name} cannot be read: ${terraformReason(said)}`);
  }
  return stdout;
}

async function ec2Orphans(region: string, tags: Tags, isKnown: (id: string) => boolean): Promise<Orphan[]> {
  const client = new ec2.EC2Client(clientConfig(region));
  const Filters = Object.entries(tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));
  const kinds = await Promise.all(
    KINDS.map(async ({ what, action, list, deleteWith }) => {
      const there = await attempt({ action, region }, () => list(client, Filters));
      return there
        .filter(({ id }) => !isKnown(id))
        .map(({ id, name }) => ({
          id,
          what: name === undefined ? what : `${what} ${name}`,
          command: `aws ec2 ${deleteWith} ${id} --region ${region}`,
        }));
    }),
  );
  const orphans = kinds.flat();
  const rules = await ruleOrphans(client, region, Filters, isKnown);
  // Those of an unknown group go with it.
  return [...rules.filter(({ group }) => isKnown(group)).map(({ orphan }) => orphan), ...orphans];
}

async function ruleOrphans(
  client: ec2.EC2Client,
  region: string,
  Filters: ec2.Filter[],
  isKnown: (id: string) => boolean,
): Promise<{ readonly group: string; readonly orphan: Orphan }[]> {
  const rules = await attempt({ action: "ec2:DescribeSecurityGroupRules", region }, () =>
    all(ec2.paginateDescribeSecurityGroupRules({ client }, { Filters }), (page) => page.SecurityGroupRules),
  );
  return rules
    .filter(({ SecurityGroupRuleId = "" }) => !isKnown(SecurityGroupRuleId))
    .map(({ SecurityGroupRuleId: id = "", GroupId: group = "", IsEgress, Description }) => {
      const direction = IsEgress ? "egress" : "ingress";
      const command = `aws ec2 revoke-security-group-${direction} --group-id ${group} --security-group-rule-ids ${id}`;
      return {
        group,
        orphan: {
          id,
          what: `${direction} rule of ${group}${Description ? `: ${Description}` : ""}`,
          command: `${command} --region ${region}`,
        },
      };
    });
}

async function unknownKeys(
  region: string,
  tags: Tags,
  isKnown: (id: string) => boolean,
): Promise<{
  readonly ids: { readonly id: string; readonly created: Date | undefined }[];
  readonly hidden: number;
}> {
  const client = new KMSClient(clientConfig(region));
  const listed = await attempt({ action: "kms:ListKeys", region }, () =>
    all(paginateListKeys({ client }, {}), (page) => page.Keys),
  );
  const ids = [];
  let hidden = 0;
  for (const { KeyId = "" } of listed.filter((key) => !isKnown(key.KeyId ?? ""))) {
    try {
      const { Tags = [] } = await client.send(new ListResourceTagsCommand({ KeyId }));
      const own = Object.entries(tags).every(([key, value]) =>
        Tags.some(({ TagKey, TagValue }) => TagKey === key && TagValue === value),
      );
      const { KeyMetadata } = own ? await client.send(new DescribeKeyCommand({ KeyId })) : {};
      if (KeyMetadata?.KeyState === "Enabled") {
        ids.push({ id: KeyId, created: KeyMetadata.CreationDate });
      }
    } catch (error) {
      // A key's own policy can keep everybody out but those it names.
      if (!isDenied(error)) {
        throw awsFailure(error, { action: "kms:ListResourceTags", region });
      }
      hidden += 1;
    }
  }
  return { ids, hidden };
}

/** Resources of all pages: ids and names. */
async function found<Page, T extends { readonly Tags?: ec2.Tag[] | undefined }>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => readonly T[] | undefined,
  idOf: (one: T) => string | undefined,
): Promise<Found[]> {
  return (await all(pages, items)).map((one) => ({
    id: idOf(one) ?? "",
    name: one.Tags?.find(({ Key }) => Key === "Name")?.Value,
  }));
}

async function all<Page, T>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly T[] | undefined,
): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages) {
    items.push(...(itemsOf(page) ?? []));
  }
  return items;
}
