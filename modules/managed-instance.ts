import { Instance } from "@cdktf/provider-aws/lib/instance";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { Fn, type ITerraformDependable, TerraformResource, Token } from "cdktf";
import { Construct } from "constructs";
import { addressOf, literal } from "./private/terraform";
import {
  type EgressRule,
  addEgressRule,
  checkedEgress,
  egressRuleKey,
  securityGroupIdProblem,
} from "./private/egress-rule";
import { FIXED_NAME, NOTHING_IN } from "./private/security-group";
import type { InstanceAccess } from "./instance-access";
import {
  type InstanceImage,
  amiId,
  architectureOf,
  imageParameter,
  imageProblem,
  imageSizeProblem,
  instanceTypeProblem,
  isEbsOptimized,
  untoldArchitecture,
} from "./private/instance-image";
import { problem } from "./facts/refusal";
import { refuseBadProps } from "./private/refuse-bad-props";
import { type Tags, checkedTags, tagValueProblem } from "./facts/tags";
import { guard } from "./rules/guard";

/** Props of {@link ManagedInstance}. */
export interface ManagedInstanceProps {
  /**
   * Name tag of the instance and its volume: up to 256 letters, digits, blanks and `_ . : / = + - @`. With `egress`, it
   * names a security group too: 1 to 218 of these, letters without accents, not beginning with `sg-`.
   */
  readonly name: string;
  /**
   * Profile and security group, shared with the other instances of the environment, and what must exist before any of
   * them boots: an `InstanceAccess`.
   */
  readonly access: Pick<InstanceAccess, "instanceProfileName" | "securityGroupId"> & {
    readonly readiness: readonly ITerraformDependable[];
  };
  /** Id of the VPC of the subnet, for a security group of the instance's own where `egress` asks for one. */
  readonly vpcId: string;
  /** Id of the subnet. */
  readonly subnetId: string;
  /**
   * What a changed `subnetId` does: `"follow"` moves the instance, which replaces it; `"keep"` leaves a running
   * instance where it is.
   * @default "follow"
   */
  readonly subnetUpdates?: "follow" | "keep";
  /**
   * EC2 instance type; it decides the architecture.
   * @default "t3.nano"
   */
  readonly instanceType?: string;
  /**
   * What the instance boots from.
   * @default "al2023"
   */
  readonly image?: InstanceImage;
  /**
   * What a newer AMI of the same image does: `"keep"` leaves a running instance alone, `"follow"` replaces it at the
   * next apply. Another image or architecture replaces the instance either way.
   * @default "keep"
   */
  readonly imageUpdates?: "keep" | "follow";
  /**
   * How many network hops a metadata response may take, 1 to 64: 2 where containers ask for credentials.
   * @default 1
   */
  readonly hopLimit?: number;
  /**
   * Size of the root volume in GiB (8 to 65536), and the ARN of the KMS key that encrypts it.
   * @default - 8 GiB, encrypted with the account's default key for EBS
   */
  readonly rootVolume?: RootVolume;
  /**
   * Script or cloud-init text for the first boot, as it stands, up to 16384 bytes: `${...}` is the shell's. A change
   * replaces the instance.
   * @default - none
   */
  readonly userData?: string;
  /**
   * Ways out beyond the VPC endpoints, for this instance alone, each once.
   * @default - none
   */
  readonly egress?: readonly EgressRule[];
  /**
   * Ids of further security groups.
   * @default - none
   */
  readonly securityGroupIds?: readonly string[];
  /**
   * CloudWatch metrics every minute instead of every five, for a monthly price.
   * @default false
   */
  readonly detailedMonitoring?: boolean;
  /**
   * Refuses to terminate the instance, by Terraform too, until this is switched off.
   * @default false
   */
  readonly terminationProtection?: boolean;
  /**
   * Tags of the instance and its volume.
   * @default - the Name tag, and the provider's default tags
   */
  readonly tags?: Tags;
}

/** The root volume of an instance: always gp3, always encrypted. */
export interface RootVolume {
  /**
   * Size in GiB, 8 to 65536, and at least 30 for Windows. It can grow later, never shrink.
   * @default 8
   */
  readonly sizeGiB?: number;
  /**
   * ARN of the KMS key that encrypts the volume. A change replaces the instance.
   * @default - the account's default key for EBS
   */
  readonly kmsKeyId?: string;
}

/**
 * An instance that is reached with Session Manager and in no other way: metadata by IMDSv2 alone, encrypted root
 * volume, no public address, no key pair, and a security group that admits nothing.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
 *
 * @throws where name, type, image, hop limit, volume, user data, a way out, a group or a tag is not allowed.
 */
export class ManagedInstance extends Construct {
  /** Id of the instance: the target of a session. */
  public readonly instanceId: string;
  /** Private IPv4 address. */
  public readonly privateIp: string;

  constructor(scope: Construct, id: string, props: ManagedInstanceProps) {
    super(scope, id);
    guard(this, props);
    const { instanceType = "t3.nano", image = "al2023", hopLimit = 1, rootVolume = {}, egress = [] } = props;
    const known = Token.isUnresolved(instanceType) ? undefined : architectureOf(instanceType);
    const architecture = known ?? untoldArchitecture(this, instanceType);
    const { securityGroupIds = [] } = props;
    refuseBadProps(this, [
      { prop: "name", given: props.name, problem: nameProblem(props.name, egress.length > 0) },
      { prop: "instanceType", given: instanceType, problem: instanceTypeProblem(instanceType) },
      { prop: "image", given: image, problem: imageProblem(image, known) },
      { prop: "hopLimit", given: hopLimit, problem: hopLimitProblem(hopLimit) },
      {
        prop: "rootVolume.sizeGiB",
        given: rootVolume.sizeGiB,
        problem: volumeSizeProblem(rootVolume.sizeGiB) ?? imageSizeProblem(image, rootVolume.sizeGiB ?? 8),
      },
      {
        prop: "rootVolume.kmsKeyId",
        given: rootVolume.kmsKeyId,
        problem: volumeKeyProblem(rootVolume.kmsKeyId),
      },
      { prop: "userData", given: props.userData, problem: userDataProblem(props.userData) },
      ...checkedEgress(egress.map((rule, index) => [`egress[${index}]`, rule])),
      ...securityGroupIds.map((one, index) => ({
        prop: `securityGroupIds[${index}]`,
        given: one,
        problem: securityGroupIdProblem(one),
      })),
      ...checkedTags(props.tags ?? {}),
    ]);

    const tags = { Name: props.name, ...props.tags };
    const own = egress.length > 0 ? this.createSecurityGroup(props, egress) : undefined;
    // What the settings ask for, without the AMI it stands for today: a change here replaces the instance.
    // CDKTF's own class for this type would start a `terraform version` for every instance.
    const imageSettings = new TerraformResource(this, "image", { terraformResourceType: "terraform_data" });
    imageSettings.addOverride("input", {
      image: imageParameter(image, architecture) ?? amiId(this, image, architecture),
      architecture,
    });
    const instance = new Instance(this, "Default", {
      ami: amiId(this, image, architecture),
      instanceType,
      subnetId: props.subnetId,
      associatePublicIpAddress: false,
      vpcSecurityGroupIds: joined(
        [props.access.securityGroupId, ...(own ? [own.securityGroupId] : [])],
        securityGroupIds,
      ),
      iamInstanceProfile: props.access.instanceProfileName,
      metadataOptions: {
        httpEndpoint: "enabled",
        httpTokens: "required",
        httpPutResponseHopLimit: hopLimit,
        instanceMetadataTags: "disabled",
      },
      rootBlockDevice: {
        encrypted: true,
        kmsKeyId: rootVolume.kmsKeyId,
        volumeType: "gp3",
        volumeSize: rootVolume.sizeGiB ?? 8,
        deleteOnTermination: true,
        tags,
      },
      // Always written: a script that is taken away would otherwise stay as it was.
      userData: literal(props.userData ?? ""),
      userDataReplaceOnChange: true,
      // What current types do in any case, said so that it shows. False would be a change on types that cannot.
      ebsOptimized: isEbsOptimized(instanceType) || undefined,
      monitoring: props.detailedMonitoring ?? false,
      disableApiTermination: props.terminationProtection ?? false,
      tags,
      dependsOn: [...props.access.readiness, ...(own?.rules ?? [])],
      lifecycle: {
        ignoreChanges: [
          // An address that someone adds by hand is refused below, not answered by replacing the instance.
          "associate_public_ip_address",
          // A change would replace a running instance: one that moves from an old type to a current one in place.
          "ebs_optimized",
          ...(props.imageUpdates === "follow" ? [] : ["ami"]),
          ...(props.subnetUpdates === "keep" ? ["subnet_id"] : []),
        ],
        // A bare address: CDKTF would write a resource as an expression, which Terraform refuses here.
        replaceTriggeredBy: [addressOf(imageSettings)],
        postcondition: [
          {
            condition: '${self.public_ip == null || self.public_ip == ""}',
            errorMessage: `${props.name} has the public address \${self.public_ip}, which was not given here: take it away.`,
          },
        ],
      },
    });
    this.instanceId = instance.id;
    this.privateIp = instance.privateIp;
  }

  private createSecurityGroup(
    { name, vpcId }: ManagedInstanceProps,
    egress: readonly EgressRule[],
  ): { securityGroupId: string; rules: ITerraformDependable[] } {
    const securityGroup = new SecurityGroup(this, "egress", {
      name: `${name}-egress`,
      description: `Ways out of ${name} beyond the VPC endpoints`,
      vpcId,
      ingress: NOTHING_IN,
      tags: { Name: `${name}-egress` },
      lifecycle: FIXED_NAME,
    });
    const rules = egress.map((rule, index) => {
      const key = egressRuleKey(rule);
      // What only Terraform will know cannot be part of an id.
      return addEgressRule(this, `egress-${Token.isUnresolved(key) ? index : key}`, securityGroup.id, rule);
    });
    return { securityGroupId: securityGroup.id, rules };
  }
}

/** Two lists as one, where only Terraform may know the second. */
function joined(first: readonly string[], second: readonly string[]): string[] {
  return Token.isUnresolved(second) ? Fn.concat([[...first], second]) : [...first, ...second];
}

/** What is wrong with a name: EC2 takes fewer characters for a group's name and description than for a tag. */
function nameProblem(name: string, namesGroup: boolean): string | undefined {
  return !namesGroup || /^(?!sg-)[a-z0-9 _.:/=+@-]{1,218}$/i.test(name)
    ? tagValueProblem(name)
    : problem(
        "with egress, 1 to 218 letters without accents, digits, blanks and _ . : / = + - @, not beginning with sg-",
        "shorten or rename it: a security group is called after it",
      );
}

/** What is wrong with a text that should be the ARN of a root volume's key. */
export function volumeKeyProblem(arn: string | undefined): string | undefined {
  return arn === undefined ||
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/([0-9a-f-]{36}|mrk-[0-9a-f]{32})$/.test(arn)
    ? undefined
    : problem(
        "the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>",
        "copy it from the key's page: an alias or a bare id would replace the instance at every apply",
      );
}

/** What is wrong with a text that should be run at the first boot. */
export function userDataProblem(script = ""): string | undefined {
  return Buffer.byteLength(script) > 16384
    ? problem("a text of up to 16384 bytes, the most EC2 takes", "fetch the rest from S3 at boot")
    : undefined;
}

/** What is wrong with a number that should be a metadata hop limit. */
export function hopLimitProblem(hopLimit: number): string | undefined {
  return Number.isInteger(hopLimit) && hopLimit >= 1 && hopLimit <= 64
    ? undefined
    : problem(
        "a whole number from 1 to 64",
        "use 1, or 2 where containers on the instance ask for credentials",
      );
}

/** What is wrong with a number that should be the size of a root volume in GiB. */
export function volumeSizeProblem(sizeGiB = 8): string | undefined {
  return Number.isInteger(sizeGiB) && sizeGiB >= 8 && sizeGiB <= 65536
    ? undefined
    : problem("a whole number of GiB from 8 to 65536", "Amazon Linux needs 8; a gp3 volume ends at 65536");
}
