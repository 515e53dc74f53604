import type { Instance, NetworkInterface, RouteTable, SecurityGroup, VpcEndpoint } from "@aws-sdk/client-ec2";
import type { InstanceProfile } from "@aws-sdk/client-iam";
import type { GetDocumentCommandOutput, InstanceInformation } from "@aws-sdk/client-ssm";
import { AGENT_ACTIONS } from "../../modules/facts/agent-actions";
import type { ChosenInstance } from "../assembly/choose";
import { type SynthesizedEnvironment, neededServices, stackOf } from "../assembly/environments";
import { type SynthesizedResource, referenced } from "../assembly/stacks";
import { Failure } from "../terminal/failure";
import { type Caller, callerOf, networksOf } from "../instance/elsewhere";
import { type FoundInstance, findInstance } from "../instance/find";
import { idsOf } from "./lists";
import type { LiveAccount } from "./live-account";
import { routeTableOf } from "./traffic";

/** What instances reach a service by: an endpoint of their VPC, or networks outside it. */
export interface ServicePath {
  /** The service, such as `ssm`. */
  readonly service: string;
  /** The endpoint; undefined where the service answers elsewhere, or nowhere. */
  readonly endpoint: VpcEndpoint | undefined;
  /** Blocks of addresses that it answers in: of an endpoint, each of its network interfaces. */
  readonly cidrs: readonly string[];
  readonly groups: readonly string[];
  readonly subnets: readonly string[];
}

/** What a document of sessions says of their recording. */
export interface RecordingInputs {
  readonly cloudWatchLogGroupName?: string;
  readonly kmsKeyId?: string;
  readonly s3BucketName?: string;
  /** What the names of copies begin with. */
  readonly s3KeyPrefix?: string;
  /** Whether sessions run as a user who must be there: else SSM Agent makes one with sudo. */
  readonly runAsEnabled?: boolean;
  readonly runAsDefaultUser?: string;
}

/** An instance that is examined, and what its checks share: asked for once, by the first check that wants it. */
export class Examination {
  public readonly environment: SynthesizedEnvironment;
  /** What puts back what Terraform has made. */
  public readonly deploy: string;

  private readonly asked = new Map<string, Promise<unknown>>();

  constructor(
    public readonly chosen: ChosenInstance,
    public readonly account: LiveAccount,
  ) {
    this.environment = chosen.environment;
    this.deploy = `npm run deploy -- ${chosen.environment.name}`;
  }

  /** A command of the AWS CLI for the Region. */
  public aws(command: string): string {
    return `aws ${command} --region ${this.environment.region}`;
  }

  /** Whose credentials these are. */
  public identity(): Promise<string> {
    return this.once("identity", () => this.account.identity());
  }

  /** The name of a thing in the account of the credentials. */
  public async arn(service: string, resource: string): Promise<string> {
    const [, partition, , , accountId] = (await this.identity()).split(":");
    return `arn:${partition}:${service}:${this.environment.region}:${accountId}:${resource}`;
  }

  /**
   * The deployed instance.
   *
   * @throws where it is not there, or cannot be told apart from others.
   */
  public found(): Promise<FoundInstance> {
    return this.once("found", () => findInstance(this.chosen, this.account.ec2, undefined));
  }

  /** What EC2 says of the instance, for checks that cannot be made where it is missing. */
  public async instance(): Promise<Instance & { InstanceId: string; VpcId: string; SubnetId: string }> {
    const found = await this.found().catch(() => undefined);
    if (found === undefined) {
      throw new Failure("not asked, since the instance is not found");
    }
    const { VpcId, SubnetId } = found.described;
    if (VpcId === undefined || SubnetId === undefined) {
      throw new Failure(`not asked, since ${found.id} is in no VPC`);
    }
    return { ...found.described, InstanceId: found.id, VpcId, SubnetId };
  }

  /** The instance as the JSON has it. */
  public synthesized(): SynthesizedResource | undefined {
    const { instancesStack: stack } = this.environment;
    const ids = (stack.outputs.instance_ids ?? {}) as Readonly<Record<string, unknown>>;
    return referenced(stack, ids[this.chosen.instance.name])?.resource;
  }

  /** The profile that the instance has been given; undefined where none has its name. */
  public profile(): Promise<InstanceProfile | undefined> {
    return this.once("profile", async () => {
      const { IamInstanceProfile: given } = await this.instance();
      const name = given?.Arn?.split("/").at(-1);
      if (name === undefined) {
        throw new Failure("not asked, since the instance has no profile");
      }
      return this.account.instanceProfile(name);
    });
  }

  /** The instance's security groups. */
  public groups(): Promise<SecurityGroup[]> {
    return this.once("groups", async () => {
      const { SecurityGroups } = await this.instance();
      return this.account.securityGroups(idsOf(SecurityGroups));
    });
  }

  /** All endpoints of the instance's VPC. */
  public endpoints(): Promise<VpcEndpoint[]> {
    return this.once("endpoints", async () => this.account.endpoints((await this.instance()).VpcId));
  }

  /** The route table of the instance's subnet: its own, or the VPC's main one; undefined where there is neither. */
  public routeTable(): Promise<RouteTable | undefined> {
    return this.once("route table", async () => {
      const { SubnetId, VpcId } = await this.instance();
      return routeTableOf(await this.account.routeTables(VpcId), SubnetId);
    });
  }

  /** The paths to the services that instances call. */
  public paths(): Promise<ServicePath[]> {
    return this.once("paths", async () => {
      const all = await this.endpoints();
      const chosen = this.services().map((service) => ({ service, endpoint: this.endpointOf(service, all) }));
      const ids = chosen.flatMap(({ endpoint }) => endpoint?.NetworkInterfaceIds ?? []);
      const interfaces = ids.length > 0 ? await this.account.interfaces(ids) : [];
      return chosen.map(({ service, endpoint }) => this.path(service, endpoint, interfaces));
    });
  }

  /** The services that instances call by an interface endpoint, or elsewhere. Those that all sessions need come first. */
  public services(): (keyof typeof AGENT_ACTIONS)[] {
    const needed = neededServices(this.environment);
    return (Object.keys(AGENT_ACTIONS) as (keyof typeof AGENT_ACTIONS)[]).filter((one) =>
      needed.includes(one),
    );
  }

  /** The networks outside the VPC that a service answers in; undefined where it answers inside. */
  public elsewhere(service: string): readonly string[] | undefined {
    return networksOf(this.environment, service);
  }

  /** Where the instance calls from, for those who keep the networks elsewhere. */
  public async caller(): Promise<Caller> {
    const described = await this.instance();
    const [subnet, profile] = await Promise.all([
      this.account.subnet(described.SubnetId).catch(() => undefined),
      this.profile().catch(() => undefined),
    ]);
    const { from, as, vpc } = callerOf(described);
    return { vpc, from: subnet?.CidrBlock ?? from, as: profile?.Roles?.[0]?.Arn ?? as };
  }

  /** Whether the environment makes something itself, so that deploying puts it back. */
  public makes(type: string, service = ""): boolean {
    return (stackOf(this.environment, "networking")?.resources ?? []).some(
      (resource) =>
        resource.type === type &&
        String(resource.config.service_name ?? "").endsWith(service && `.${service}`),
    );
  }

  /** Whether instances call S3 through a gateway endpoint. */
  public usesGateway(): boolean {
    return stackOf(this.environment, "networking")?.outputs.s3_prefix_list_id !== undefined;
  }

  /** The document of recorded sessions; undefined where it is not there. */
  public document(): Promise<GetDocumentCommandOutput | undefined> {
    return this.documentNamed(this.environment.recording?.documentName ?? "");
  }

  /** A document, in the version that sessions use; undefined where it is not there. */
  public documentNamed(name: string): Promise<GetDocumentCommandOutput | undefined> {
    return this.once(`document ${name}`, () => this.account.document(name));
  }

  /**
   * What the document of recorded sessions says; nothing where it is missing.
   *
   * @throws where it is not written as this project writes it.
   */
  public async recordingInputs(): Promise<RecordingInputs> {
    const document = await this.document();
    try {
      return (JSON.parse(document?.Content ?? "{}") as { inputs?: RecordingInputs }).inputs ?? {};
    } catch {
      throw new Failure(`${this.environment.recording?.documentName} is not JSON: ${this.deploy}`);
    }
  }

  /** What Systems Manager knows of the instance; undefined where it has not registered. */
  public registration(): Promise<InstanceInformation | undefined> {
    return this.once("registration", async () =>
      this.account.registration((await this.instance()).InstanceId),
    );
  }

  /** The blocks of S3 in the Region, as AWS lists them. */
  public s3List(): Promise<{ id: string; cidrs: string[] }> {
    return this.once("list of S3", () =>
      this.account.prefixList(`com.amazonaws.${this.environment.region}.s3`),
    );
  }

  /** Whether the agent has the channel on which sessions come. */
  public isConnected(): Promise<boolean> {
    return this.once("connection", async () => this.account.isConnected((await this.instance()).InstanceId));
  }

  /** The endpoint that answers for a service: of several, the one that has the service's own name. */
  private endpointOf(service: string, all: readonly VpcEndpoint[]): VpcEndpoint | undefined {
    const own = all.filter(
      ({ ServiceName, VpcEndpointType, State }) =>
        this.elsewhere(service) === undefined &&
        ServiceName?.endsWith(`.${this.environment.region}.${service}`) &&
        VpcEndpointType === "Interface" &&
        !["deleting", "deleted"].includes(String(State).toLowerCase()),
    );
    return own.find(({ PrivateDnsEnabled }) => PrivateDnsEnabled) ?? own[0];
  }

  private path(
    service: string,
    endpoint: VpcEndpoint | undefined,
    interfaces: readonly NetworkInterface[],
  ): ServicePath {
    const addresses = interfaces
      .filter(({ NetworkInterfaceId = "" }) => endpoint?.NetworkInterfaceIds?.includes(NetworkInterfaceId))
      .map(({ PrivateIpAddress }) => `${PrivateIpAddress}/32`);
    return {
      service,
      endpoint,
      cidrs: this.elsewhere(service) ?? addresses,
      groups: idsOf(endpoint?.Groups),
      subnets: endpoint?.SubnetIds ?? [],
    };
  }

  private once<T>(name: string, ask: () => Promise<T>): Promise<T> {
    const asked = (this.asked.get(name) as Promise<T> | undefined) ?? ask();
    this.asked.set(name, asked);
    return asked;
  }
}
