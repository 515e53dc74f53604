import { Lazy } from "cdktf";
import type { Construct } from "constructs";
import { ACCESS_TAG, ManagedInstance } from "../../modules";
import { SECURITY_GROUP_ID, SUBNET_ID } from "../../modules/facts/ec2-ids";
import { PARAMETER_NAME, imageParameter } from "../../modules/facts/instance-image";
import {
  HOP_LIMIT,
  MAX_USER_DATA,
  USER_DATA,
  VOLUME_GIB,
  VOLUME_KEY_ARN,
} from "../../modules/facts/instance-limits";
import { INSTANCE_TYPE } from "../../modules/facts/instance-type";
import { KNOWN_USER_DATA, joinedBase64Room } from "../../modules/private/session-user-data";
import { type InstanceSettings, instancesSettings } from "../../stacks/settings/instances";
import { ModuleStack } from "./module-stack";

/** Where EC2's word on the instance type is, which the construct asks for. */
const ARCHITECTURES = "data.aws_ec2_instance_type.instance_type.supported_architectures";

/** The caller's image, or the newest Amazon Linux 2023 for that type. */
const IMAGE = `coalesce(var.image_parameter, "${imageParameter(
  "al2023",
  `\${contains(${ARCHITECTURES}, "arm64") ? "arm64" : "x86_64"}`,
)}")`;

/**
 * Terraform counts characters, not bytes, but of what base64 makes of them: four for three bytes, so that the last ones of
 * the most bytes end with two signs of padding.
 */
const BASE64 = "base64encode(var.user_data)";
const MAX_BASE64 = Math.ceil(MAX_USER_DATA / 3) * 4;
const USER_DATA_FITS = `length(${BASE64}) < ${MAX_BASE64} || (length(${BASE64}) == ${MAX_BASE64} && endswith(${BASE64}, "=="))`;

/** What is joined stands there as base64, whatever letters it has; parts that are joined already would not be read there. */
const JOINED = {
  condition: `var.user_data == "" || can(regex(${JSON.stringify(KNOWN_USER_DATA.source)}, var.user_data)) && length(${BASE64}) <= ${joinedBase64Room({ metadataForRootOnly: false, commandJournal: true })}`,
  allowed:
    "a script (#!), #cloud-config or another text that cloud-init knows by its beginning, but for a multipart one, of up to " +
    `${Math.floor(joinedBase64Room({ metadataForRootOnly: false, commandJournal: true }) / 4) * 3} bytes`,
};

/** What the settings of an instance are where they say nothing. */
export const DEFAULTS = instancesSettings.parse({ one: {} }).one as InstanceSettings;

/** One instance as a module: `for_each` in the caller makes many. */
export class InstanceModule extends ModuleStack {
  /**
   * @param recorded whether operators find instances by their tag
   * @param sessionUser whether the first boot makes the user of sessions
   */
  constructor(scope: Construct, recorded: boolean, sessionUser: boolean | undefined) {
    super(scope, "instance");
    const { variables } = this;
    variables.optionalText(
      "image_parameter",
      "Systems Manager parameter that holds the id of an AMI with SSM Agent; null for the newest Amazon Linux 2023",
      { check: PARAMETER_NAME },
    );
    const instance = new ManagedInstance(this, "instance", {
      name: variables.tagValue("name", "Name of the instance and its volume"),
      access: {
        instanceProfileName: variables.text("instance_profile_name", "Name of the instances' profile"),
        securityGroupId: variables.form(
          "security_group_id",
          SECURITY_GROUP_ID,
          "Id of the security group of all instances",
        ),
        // The caller's profile and group are published once all they need is there.
        readiness: [],
      },
      // Only for ways out of its own, which the caller gives by further groups.
      vpcId: "",
      subnetId: variables.form("subnet_id", SUBNET_ID, "Id of the subnet; another one replaces the instance"),
      instanceType: variables.text("instance_type", "EC2 instance type; it decides the architecture", {
        fallback: DEFAULTS.instanceType,
        check: INSTANCE_TYPE,
      }),
      image: { parameter: Lazy.stringValue({ produce: () => `\${${IMAGE}}` }) },
      hopLimit: variables.wholeNumber(
        "hop_limit",
        "Network hops of a metadata response (2 for containers)",
        DEFAULTS.hopLimit,
        HOP_LIMIT,
      ),
      rootVolume: {
        sizeGiB: variables.wholeNumber(
          "root_volume_size_gib",
          "Size of the root volume in GiB",
          DEFAULTS.rootVolume.sizeGiB,
          VOLUME_GIB,
        ),
        kmsKeyId: variables.optionalText(
          "root_volume_kms_key_id",
          "ARN of the key that encrypts the root volume; null for the account's key for EBS",
          { check: VOLUME_KEY_ARN },
        ),
      },
      userData: variables.text("user_data", "Script for the first boot; a change replaces the instance", {
        fallback: "",
        check: sessionUser ? JOINED : { condition: USER_DATA_FITS, allowed: USER_DATA.allowed },
      }),
      sessionUser,
      securityGroupIds: variables.list("security_group_ids", "Further security groups", []),
      detailedMonitoring: variables.flag(
        "detailed_monitoring",
        "Metrics every minute, for a monthly price",
        false,
      ),
      terminationProtection: variables.flag(
        "termination_protection",
        "Refuses to terminate the instance, by Terraform too",
        false,
      ),
      tags: recorded
        ? {
            [ACCESS_TAG]: variables.tagValue(
              "access_tag",
              "Value of the SessionAccess tag: operators of the same may open sessions",
            ),
          }
        : {},
    });
    this.addTags();
    this.publish({
      instance_id: [instance.instanceId, "Id of the instance: the target of a session"],
      private_ip: [instance.privateIp, "Private IPv4 address"],
    });
  }
}
