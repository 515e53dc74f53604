import { Lazy } from "cdktf";
import type { Construct } from "constructs";
import { ACCESS_TAG, ManagedInstance } from "../../modules";
import { imageParameter } from "../../modules/private/instance-image";
import { type InstanceSettings, instancesSettings } from "../../stacks/settings/instances";
import { ModuleStack } from "./module-stack";

/** Where EC2's word on the instance type is, which the construct asks for. */
const ARCHITECTURES = "data.aws_ec2_instance_type.instance_type.supported_architectures";

/** The caller's image, or the newest Amazon Linux 2023 for that type. */
const IMAGE = `coalesce(var.image_parameter, "${imageParameter(
  "al2023",
  `\${contains(${ARCHITECTURES}, "arm64") ? "arm64" : "x86_64"}`,
)}")`;

/** What the settings of an instance are where they say nothing. */
export const DEFAULTS = instancesSettings.parse({ one: {} }).one as InstanceSettings;

/** One instance as a module: `for_each` in the caller makes many. */
export class InstanceModule extends ModuleStack {
  /** @param recorded whether operators find instances by their tag */
  constructor(scope: Construct, recorded: boolean) {
    super(scope, "instance");
    const { variables } = this;
    variables.optionalText(
      "image_parameter",
      "Systems Manager parameter that holds the id of an AMI with SSM Agent; null for the newest Amazon Linux 2023",
      {
        check: {
          pattern: "^/[A-Za-z0-9_./-]+(:[A-Za-z0-9_.-]+)?$",
          message: "the name of a parameter, which begins with a slash",
        },
      },
    );
    const instance = new ManagedInstance(this, "instance", {
      name: variables.tagValue("name", "Name of the instance and its volume"),
      access: {
        instanceProfileName: variables.text("instance_profile_name", "Name of the instances' profile"),
        securityGroupId: variables.id("security_group_id", "sg", "Id of the security group of all instances"),
        // The caller's profile and group are published once all they need is there.
        readiness: [],
      },
      // Only for ways out of its own, which the caller gives by further groups.
      vpcId: "",
      subnetId: variables.id("subnet_id", "subnet", "Id of the subnet; another one replaces the instance"),
      instanceType: variables.text("instance_type", "EC2 instance type; it decides the architecture", {
        fallback: DEFAULTS.instanceType,
        check: {
          pattern: "^[a-z][a-z0-9-]*\\d[a-z0-9-]*\\.[a-z0-9-]+$",
          message: "an EC2 instance type such as t3.nano or t4g.small",
        },
      }),
      image: { parameter: Lazy.stringValue({ produce: () => `\${${IMAGE}}` }) },
      hopLimit: variables.numberBetween(
        "hop_limit",
        "Network hops of a metadata response, 1 to 64; containers need 2",
        DEFAULTS.hopLimit,
        [1, 64],
      ),
      rootVolume: {
        sizeGiB: variables.numberBetween(
          "root_volume_size_gib",
          "Size of the root volume in GiB, 8 to 65536",
          DEFAULTS.rootVolume.sizeGiB,
          [8, 65536],
        ),
        kmsKeyId: variables.optionalText(
          "root_volume_kms_key_id",
          "ARN of the key that encrypts the root volume; null for the account's key for EBS",
          {
            check: {
              // An alias or a bare id would replace the instance at every apply.
              pattern: "^arn:aws[a-z-]*:kms:[a-z0-9-]+:\\d{12}:key/",
              message: "the ARN of a key, arn:aws:kms:<region>:<account>:key/<id>",
            },
          },
        ),
      },
      userData: variables.text("user_data", "Script for the first boot; a change replaces the instance", {
        fallback: "",
        // Terraform counts characters; 21848 of base64 are 16384 bytes where they end with two signs of padding.
        check: {
          condition:
            'length(base64encode(var.user_data)) < 21848 || (length(base64encode(var.user_data)) == 21848 && endswith(base64encode(var.user_data), "=="))',
          message: "up to 16384 bytes",
        },
      }),
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
