import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as ec2 from "@aws-sdk/client-ec2";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { emulatedConfig } from "../../cli/rehearsal/emulator";
import { type SynthesizedEnvironment, readEnvironments } from "../../cli/assembly/environments";
import { readSynthesized } from "../../cli/assembly/stacks";
import { type StackStates, type State, parseState } from "../../cli/terraform/state";
import { STACK_TAG } from "../../stacks/contract";
import type { Workspace } from "./cli";
import type { Moto } from "./moto";

type Tags = Readonly<Record<string, string>>;

/** Makes in an emulator of AWS what a deploy may leave behind. */
export class LeftOvers {
  constructor(
    moto: Moto,
    private readonly config = emulatedConfig(moto.url),
    public readonly client = new ec2.EC2Client(config),
  ) {}

  /** Tags for a resource of a kind. */
  public static tagged(ResourceType: ec2.ResourceType, tags: Tags): ec2.TagSpecification[] {
    return [{ ResourceType, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }];
  }

  public async vpc(tags: Tags): Promise<string> {
    const TagSpecifications = LeftOvers.tagged("vpc", tags);
    const { Vpc } = await this.client.send(
      new ec2.CreateVpcCommand({ CidrBlock: "10.1.0.0/16", TagSpecifications }),
    );
    return Vpc?.VpcId ?? "";
  }

  public async subnet(VpcId: string, tags: Tags): Promise<string> {
    const TagSpecifications = LeftOvers.tagged("subnet", tags);
    const { Subnet } = await this.client.send(
      new ec2.CreateSubnetCommand({ VpcId, CidrBlock: "10.1.0.0/24", TagSpecifications }),
    );
    return Subnet?.SubnetId ?? "";
  }

  public async group(VpcId: string, GroupName: string, tags: Tags): Promise<string> {
    const { GroupId = "" } = await this.client.send(
      new ec2.CreateSecurityGroupCommand({
        VpcId,
        GroupName,
        Description: "a",
        TagSpecifications: LeftOvers.tagged("security-group", tags),
      }),
    );
    return GroupId;
  }

  public async egressRule(GroupId: string, tags: Tags): Promise<string> {
    const { SecurityGroupRules = [] } = await this.client.send(
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
        TagSpecifications: LeftOvers.tagged("security-group-rule", tags),
      }),
    );
    return SecurityGroupRules[0]?.SecurityGroupRuleId ?? "";
  }

  public async instance(tags: Tags, SubnetId?: string): Promise<string> {
    const { Instances = [] } = await this.client.send(
      new ec2.RunInstancesCommand({
        ImageId: "ami-12c6146b",
        MinCount: 1,
        MaxCount: 1,
        SubnetId,
        TagSpecifications: LeftOvers.tagged("instance", tags),
      }),
    );
    return Instances[0]?.InstanceId ?? "";
  }

  public async key(tags: Tags): Promise<string> {
    const kms = new KMSClient(this.config);
    const Tags = Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Tags }));
    kms.destroy();
    return KeyMetadata?.KeyId ?? "";
  }
}

/** The tags that a stack of a workspace gives to everything. */
export function tagsOf(workspace: Workspace, stack: string): Tags {
  const stacks = readSynthesized(join(workspace.folder, "cdktf.out"));
  return stacks.find(({ name }) => name === stack)?.defaultTags ?? {};
}

/** Tags, without the one that tells the stack. */
export function withoutIdentity(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => key !== STACK_TAG));
}

/** Something that a state knows. */
export type Known = string | { readonly id: string; readonly tags_all: Tags };

/** Writes the local state of a stack that knows these ids, by type; those with tags as a deploy writes them. */
export function writeState(
  workspace: Workspace,
  stack: string,
  ids: Readonly<Record<string, readonly Known[]>>,
): void {
  const resources = Object.entries(ids).map(([type, known]) => ({
    mode: "managed",
    type,
    name: "one",
    provider: 'provider["registry.terraform.io/hashicorp/aws"]',
    instances: known.map((one, index_key) => ({
      index_key,
      schema_version: 0,
      attributes: typeof one === "string" ? { id: one } : one,
    })),
  }));
  const head = { version: 4, terraform_version: "1.7.0", serial: 1, lineage: stack, outputs: {} };
  workspace.write(`state/${stack}.tfstate`, JSON.stringify({ ...head, resources }));
}

/** Gives Terraform a mirror without any provider: reading a state needs none. */
export function withoutProviders(workspace: Workspace): void {
  const mirror = join(workspace.folder, "mirror");
  mkdirSync(mirror);
  workspace.write(
    "terraformrc",
    `provider_installation { filesystem_mirror { path = ${JSON.stringify(mirror)} } }`,
  );
  workspace.env.TF_CLI_CONFIG_FILE = join(workspace.folder, "terraformrc");
}

/** What a check says against going on with an environment whose stacks have these states, or none; undefined if nothing. */
export async function refusalOf(
  check: (environment: SynthesizedEnvironment, states: StackStates) => Promise<void>,
  workspace: Workspace,
  states: Readonly<Record<string, State>>,
): Promise<string | undefined> {
  const [environment] = readEnvironments(join(workspace.folder, "cdktf.out"));
  if (environment === undefined) {
    throw new Error("no environment");
  }
  const all = environment.stacks.map((stack) => [stack, states[stack.name] ?? parseState("")] as const);
  return check(environment, new Map(all)).then(
    () => undefined,
    (error: Error) => error.message,
  );
}
