import { relative } from "node:path";
import * as ec2 from "@aws-sdk/client-ec2";
import {
  DescribeKeyCommand,
  KMSClient,
  ListResourceTagsCommand,
  paginateListKeys,
} from "@aws-sdk/client-kms";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { inRole } from "./assumed-role";
import { type ClientConfig, attempt, awsFailure, clientConfig, isDenied, pagesOf } from "./aws";
import { chooseProfile } from "./credentials";
import { type SynthesizedEnvironment, stackOf } from "./environments";
import { Failure } from "./failure";
import { ORPHAN_KINDS } from "./orphan-kinds";
import { readState } from "./terraform/state";
import type { SynthesizedStack } from "./synthesized";
import { terraformName } from "./terraform/program";

/** Something that AWS has of an environment and that no state knows. */
export interface Orphan {
  /** Id, such as `vpce-0123456789abcdef0`. */
  readonly id: string;
  /** What it is, with its name where it has one. */
  readonly what: string;
  /** The command that deletes it, or takes it into the state where it must not get lost; undefined where people decide. */
  readonly command: string | undefined;
}

/** What was found, and what could not be looked at. */
export interface OrphanSearch {
  /** Id of the account that was looked at. */
  readonly account: string;
  /** ARN of the role that it was looked at in; undefined for the caller's own. */
  readonly role: string | undefined;
  /** In the order in which they can be deleted; keys at the end. */
  readonly orphans: readonly Orphan[];
  /** How many keys do not show their tags to who asks. */
  readonly hiddenKeys: number;
  /** Stacks whose state has nothing: it may be the wrong one. */
  readonly emptyStates: readonly string[];
}

type Tags = Readonly<Record<string, string>>;

/** What the states of an environment know. */
interface Known {
  /** Whether one of them has this id. */
  readonly has: (id: string) => boolean;
  readonly emptyStates: readonly string[];
  readonly hasKey: boolean;
  /** How many VPCs, endpoints and security groups they have, of which every environment makes some. */
  readonly ofEc2: number;
}

/**
 * Looks for what AWS has with the tags of an environment and no state of it knows: resources of EC2, and keys. Whatever
 * else an environment has bears a fixed name, so that AWS refuses a second one.
 *
 * @throws where a state cannot be read, as all it knows would be taken for unknown, and where the account is not one that
 * the environment allows, or has nothing of what the states know: it is then another than was deployed to.
 */
export async function findOrphans(
  environment: SynthesizedEnvironment,
  say: (text: string) => void,
): Promise<OrphanSearch> {
  say("reading states");
  const before = await readStates(environment.stacks);
  say("asking EC2 and KMS");
  const { config, account } = await deployingAccount(environment);
  // Those alone that settings do not change: what was made before a change is looked for as well.
  const { Environment = "", ManagedBy = "" } = environment.instancesStack.defaultTags;
  const tags = { Environment, ManagedBy };
  const resources = await ec2Orphans(config, tags, before);
  const sessions = stackOf(environment, "sessions");
  const key = sessions?.resources.find(({ type }) => type === "aws_kms_key");
  const { ids, hidden } =
    key === undefined ? { ids: [], hidden: 0 } : await unknownKeys(config, tags, before.has);
  const none = resources.length + ids.length === 0;
  if (!none) {
    say("reading states again");
  }
  // What a deploy that is under way has made in between is known by now.
  const now = none ? before : await readStates(environment.stacks);
  const keys = ids.map(({ id, created }) => ({
    id,
    what: `key of ${created?.toISOString().slice(0, 16).replace("T", " ")} UTC`,
    // Without its key nobody can read a recording any more, and which one a recording needs is not to be seen.
    command: now.hasKey
      ? undefined
      : `${terraformName()} -chdir=${relative("", sessions?.folder ?? "")} import aws_kms_key.${key?.name} ${id}`,
  }));
  return {
    account,
    role: environment.instancesStack.assumedRole,
    orphans: [...resources, ...keys].filter(({ id }) => !now.has(id)),
    hiddenKeys: hidden,
    emptyStates: now.emptyStates,
  };
}

/** The account that Terraform deploys to: states that are still empty would not show that another was asked. */
async function deployingAccount({
  name,
  region,
  instancesStack: { assumedRole, allowedAccountIds },
}: SynthesizedEnvironment): Promise<{ readonly config: ClientConfig; readonly account: string }> {
  const config = await inRole(clientConfig(region), assumedRole);
  const { Account: account = "" } = await attempt({ action: "sts:GetCallerIdentity", region }, () =>
    new STSClient(config).send(new GetCallerIdentityCommand({})),
  );
  if (allowedAccountIds?.includes(account) === false) {
    const allowed = `${name} is deployed to ${allowedAccountIds.join(" or ")}`;
    throw new Failure(
      assumedRole === undefined
        ? `these are credentials of ${account}, and ${allowed}: ${chooseProfile()}`
        : `${assumedRole} is of ${account}, and ${allowed}: change assumeRoleArn or allowedAccountIds in environments/${name}.ts`,
    );
  }
  return { config, account };
}

async function readStates(stacks: readonly SynthesizedStack[]): Promise<Known> {
  const states = await Promise.all(stacks.map(readState));
  const text = states.map((state) => state.text).join("\n");
  const types = states.flatMap(({ resources }) => resources.map(({ type }) => type));
  return {
    has: (id) => text.includes(`"${id}"`),
    emptyStates: stacks.flatMap(({ name }, index) => (states[index]?.resources.length ? [] : [name])),
    hasKey: types.includes("aws_kms_key"),
    ofEc2: types.filter((type) => ["aws_vpc", "aws_vpc_endpoint", "aws_security_group"].includes(type))
      .length,
  };
}

async function ec2Orphans(config: ClientConfig, tags: Tags, known: Known): Promise<Orphan[]> {
  const { region } = config;
  const client = new ec2.EC2Client(config);
  const Filters = Object.entries(tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));
  const kinds = await Promise.all(
    ORPHAN_KINDS.map(async (kind) => {
      const there = await attempt({ action: kind.action, region }, () => kind.list(client, Filters));
      return there.map((one) => ({ ...one, kind }));
    }),
  );
  const all = kinds.flat();
  if (known.ofEc2 > 0 && !all.some(({ id }) => known.has(id))) {
    throw new Failure(
      `AWS has nothing in ${region} of what the states know: are these the credentials of the account that it was deployed to?`,
    );
  }
  const orphans = all
    .filter(({ id }) => !known.has(id))
    .map(({ id, name, kind: { what, deleteWith, wait } }) => ({
      id,
      what: name === undefined ? what : `${what} ${name}`,
      command: [deleteWith, ...(wait === undefined ? [] : [`wait ${wait}`])]
        .map((command) => `aws ec2 ${command} ${id} --region ${region}`)
        .join(" && "),
    }));
  const rules = await ruleOrphans(client, region, Filters, known.has);
  // Those of an unknown group go with it.
  return [...rules.filter(({ group }) => known.has(group)).map(({ orphan }) => orphan), ...orphans];
}

async function ruleOrphans(
  client: ec2.EC2Client,
  region: string,
  Filters: ec2.Filter[],
  isKnown: (id: string) => boolean,
): Promise<{ readonly group: string; readonly orphan: Orphan }[]> {
  const rules = await attempt({ action: "ec2:DescribeSecurityGroupRules", region }, () =>
    pagesOf(
      ec2.paginateDescribeSecurityGroupRules({ client }, { Filters }),
      (page) => page.SecurityGroupRules,
    ),
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
  config: ClientConfig,
  tags: Tags,
  isKnown: (id: string) => boolean,
): Promise<{
  readonly ids: { readonly id: string; readonly created: Date | undefined }[];
  readonly hidden: number;
}> {
  const { region } = config;
  const client = new KMSClient(config);
  const listed = await attempt({ action: "kms:ListKeys", region }, () =>
    pagesOf(paginateListKeys({ client }, {}), (page) => page.Keys),
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
