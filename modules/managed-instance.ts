import { Instance } from "@cdktf/provider-aws/lib/instance";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { Fn, type ITerraformDependable, TerraformResource, Token } from "cdktf";
import { Construct } from "constructs";
import { addressOf, literal } from "./private/terraform";
import { inPlace } from "./facts/arn";
import { checked, checkedOptional, checkedEach } from "./facts/bound";
import { DEFAULTS } from "./facts/defaults";
import { SECURITY_GROUP_ID } from "./facts/ec2-ids";
import { type EgressRule, egressRuleKey } from "./facts/egress-rule";
import { type InstanceImage, imageParameter, imageProblem, imageSizeProblem } from "./facts/instance-image";
import {
  GROUP_LABEL,
  HOP_LIMIT,
  USER_DATA,
  VOLUME_GIB,
  VOLUME_KEY_ARN,
  groupsProblem,
} from "./facts/instance-limits";
import { INSTANCE_TYPE, architectureOf } from "./facts/instance-type";
import { addEgressRule, checkedEgress } from "./private/egress-rule";
import { FIXED_NAME, NOTHING_IN } from "./private/security-group";
import type { InstanceAccess } from "./instance-access";
import { amiId, isEbsOptimized, isUnresolvedImage, unresolvedArchitecture } from "./private/instance-image";
import { providerPlace } from "./private/provider-place";
import { lookUpImage } from "./private/image-lookup";
import { lookUpGroups, lookUpTargets, lookUpVolumeKey } from "./private/named-things";
import { refuseBadProps } from "./private/refuse-bad-props";
import { sessionUserData } from "./private/session-user-data";
import { makesSessionUser, sessionUserProblems } from "./private/session-user-problems";
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
  readonly access: Pick<InstanceAccess, "instanceProfileName" | "securityGroupId"> &
    Partial<Pick<InstanceAccess, "recordsSessions">> & {
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
   * What the instance boots from. Of a parameter or an AMI id, Terraform reads at plan what the image says of itself: volumes
   * that it brings beside the root are encrypted too, and the plan stops where its architecture or its size does not fit.
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
   * replaces the instance. With `sessionUser` it is joined with what makes that user, which takes some hundred bytes, and
   * must be of a kind that cloud-init knows by its beginning.
   * @default - none
   */
  readonly userData?: string;
  /**
   * Makes `ssm-user` at the first boot, before SSM Agent would, and without sudo: recorded sessions run as that user.
   * Instances that run already are left as they are, so that `true` replaces none. `false` makes nobody, and leaves those
   * alone that have the user: for sessions that run as somebody else, or are recorded no more.
   * @default - true where `access` records sessions; else nobody is made, and whatever changes the text replaces
   */
  readonly sessionUser?: boolean;
  /**
   * Whether the first boot, where it makes the user of sessions, also has the shells of other users and zsh write a journal of
   * commands: a file in `/etc/profile.d`. Instances that run already are left as they are.
   * @default true
   */
  readonly commandJournal?: boolean;
  /**
   * Accepts that sessions on Windows are recorded only as far as all goes well, where `sessionUser` is asked for: nobody
   * is made there. For an image of Windows, or one that is named by its AMI id.
   * @default false
   */
  readonly acceptUnrecorded?: boolean;
  /**
   * Lets nobody but root ask the metadata service, so that sessions cannot have the credentials of the role. Whatever else
   * uses these must run as root. Only with `sessionUser` and a `hopLimit` of 1; the image must contain `nft`, or get the
   * package `nftables` at boot: else there is no session user, and sessions are refused. A change replaces the instance.
   * @default false
   */
  readonly metadataForRootOnly?: boolean;
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
 * An instance that is reached with Session Manager and in no other way: metadata by IMDSv2 alone, encrypted
 * volumes, no public address, no key pair, and a security group that admits nothing.
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
    const {
      instanceType = DEFAULTS.instanceType,
      image = DEFAULTS.image,
      hopLimit = DEFAULTS.hopLimit,
    } = props;
    const { rootVolume = {}, egress = [], securityGroupIds = [] } = props;
    const { sizeGiB = DEFAULTS.volumeGiB } = rootVolume;
    const { userData = "", acceptUnrecorded, metadataForRootOnly = false } = props;
    const sessionUser = props.sessionUser ?? (props.access.recordsSessions || undefined);
    const { commandJournal = DEFAULTS.commandJournal } = props;
    const use = { recorded: sessionUser === true, sessionUser: sessionUser === true, commandJournal };
    const makesUser = makesSessionUser(props, use);
    const known = Token.isUnresolved(instanceType) ? undefined : architectureOf(instanceType);
    const architecture = known ?? unresolvedArchitecture(this, instanceType);
    refuseBadProps(this, [
      { prop: "name", given: props.name, problem: nameProblem(props.name, egress.length > 0) },
      checked("instanceType", instanceType, INSTANCE_TYPE),
      {
        prop: "image",
        given: image,
        problem: isUnresolvedImage(image) ? undefined : imageProblem(image, known),
      },
      checked("hopLimit", hopLimit, HOP_LIMIT),
      {
        prop: "rootVolume.sizeGiB",
        given: rootVolume.sizeGiB,
        problem: VOLUME_GIB.problem(sizeGiB) ?? imageSizeProblem(image, sizeGiB),
      },
      checkedOptional(
        "rootVolume.kmsKeyId",
        rootVolume.kmsKeyId,
        inPlace(VOLUME_KEY_ARN, { region: providerPlace(this).region }),
      ),
      checkedOptional("userData", makesUser ? undefined : props.userData, USER_DATA),
      ...sessionUserProblems(
        { image, userData: props.userData, hopLimit, acceptUnrecorded, metadataForRootOnly },
        use,
      ).map(({ field, problem }) => ({ prop: field, given: props[field], problem })),
      ...checkedEgress(egress.map((rule, index) => [`egress[${index}]`, rule])),
      ...groupsProblem({ egress, securityGroupIds }).map(({ field, problem }) => ({
        prop: field,
        given: field === "egress" ? egress.length : securityGroupIds,
        problem,
      })),
      ...checkedEach("securityGroupIds", securityGroupIds, SECURITY_GROUP_ID),
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
      // Here, as this is there on every instance: to come along would not replace one that runs.
      ...(metadataForRootOnly && { metadataForRootOnly }),
    });
    lookUpVolumeKey(this, rootVolume.kmsKeyId);
    lookUpGroups(this, securityGroupIds, props.vpcId);
    lookUpTargets(this, egress);
    const ami = amiId(this, image, architecture);
    const lookup = lookUpImage(this, image, ami);
    const ownUserData = sessionUser === undefined ? undefined : this.followUserData(userData);
    const instance = new Instance(this, "Default", {
      ami,
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
        volumeSize: sizeGiB,
        deleteOnTermination: true,
        tags,
      },
      // Always written: a script that is taken away would otherwise stay as it was.
      userData: makesUser
        ? sessionUserData(userData, { metadataForRootOnly, commandJournal })
        : literal(userData),
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
          ...(ownUserData ? ["user_data"] : []),
          // What a running instance has beside its root stays: only at its first boot does the image bring anything.
          ...(lookup ? ["ebs_block_device"] : []),
        ],
        // A bare address: CDKTF would write a resource as an expression, which Terraform refuses here.
        replaceTriggeredBy: [imageSettings, ...(ownUserData ? [ownUserData] : [])].map(addressOf),
        postcondition: [
          {
            condition: '${self.public_ip == null || self.public_ip == ""}',
            errorMessage: `${props.name} has the public address \${self.public_ip}, which was not given here: take it away.`,
          },
          ...(lookup?.conditions({
            name: props.name,
            architecture,
            sizeGiB,
            recorded: (sessionUser || props.access.recordsSessions) === true && acceptUnrecorded !== true,
            hasUserData: userData !== "",
          }) ?? []),
        ],
      },
    });
    if (lookup !== undefined) {
      instance.addOverride("dynamic.ebs_block_device", {
        for_each: lookup.furtherVolumes,
        content: {
          device_name: "${ebs_block_device.value.device_name}",
          snapshot_id: "${ebs_block_device.value.ebs.snapshot_id}",
          volume_size: "${ebs_block_device.value.ebs.volume_size}",
          volume_type: "gp3",
          encrypted: true,
          kms_key_id: rootVolume.kmsKeyId,
          delete_on_termination: true,
          tags,
        },
      });
    }
    this.instanceId = instance.id;
    this.privateIp = instance.privateIp;
  }

  /**
   * What stands for the instance's own text alone, where the project adds to it: what is added differs from what an
   * instance was booted with, and must not replace one that runs.
   */
  private followUserData(userData: string): TerraformResource {
    const own = new TerraformResource(this, "user-data", { terraformResourceType: "terraform_data" });
    own.addOverride("input", literal(userData));
    return own;
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
  return (namesGroup ? GROUP_LABEL.problem(name) : undefined) ?? tagValueProblem(name);
}
