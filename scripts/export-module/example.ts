import { imageParameter } from "../../modules/facts/instance-image";
import { architectureOf } from "../../modules/facts/instance-type";
import { subnetKeys } from "../../modules/facts/subnet-layout";
import { accessTagOf, besideOwn } from "../../stacks/default-tags";
import { needsS3 } from "../../stacks/features";
import { zonesFor } from "../../stacks/settings/addresses";
import type { EnvironmentSettings } from "../../stacks/settings/environment";
import type { InstanceSettings } from "../../stacks/settings/instances";
import { zonesOf } from "../../stacks/settings/network";
import { type Attributes, Code, block, map } from "./hcl";
import { DEFAULTS } from "./instance-module";

/** Arguments of the module `instance` that settings give: undefined where the module has it so by itself. */
const OPTIONAL: Readonly<Record<string, (settings: InstanceSettings) => unknown>> = {
  name: ({ tags }) => tags.Name || undefined,
  image_parameter: ({ image, instanceType }) =>
    image === DEFAULTS.image ? undefined : imageParameter(image, architectureOf(instanceType)),
  hop_limit: ({ hopLimit }) => (hopLimit === DEFAULTS.hopLimit ? undefined : hopLimit),
  root_volume_size_gib: ({ rootVolume: { sizeGiB } }) =>
    sizeGiB === DEFAULTS.rootVolume.sizeGiB ? undefined : sizeGiB,
  root_volume_kms_key_id: ({ rootVolume }) => rootVolume.kmsKeyId,
  user_data: ({ userData }) => userData,
  security_group_ids: ({ securityGroupIds }) => (securityGroupIds.length > 0 ? securityGroupIds : undefined),
  detailed_monitoring: ({ detailedMonitoring }) => detailedMonitoring || undefined,
  termination_protection: ({ terminationProtection }) => terminationProtection || undefined,
  tags: ({ tags }) => {
    const others = Object.entries(tags).filter(([key]) => key !== "Name");
    return others.length > 0 ? Object.fromEntries(others) : undefined;
  },
};

/** A root that calls the modules as the environment has them: to begin with. */
export function exampleRoot(settings: EnvironmentSettings): string {
  const { namePrefix, sessions } = settings;
  const recorded = Boolean(sessions);
  const archived = sessions ? sessions.archive !== undefined : false;
  const instances = Object.entries(settings.instances).map(([key, one]): [string, Attributes] => [
    key,
    { instance_type: one.instanceType, zone: zoneOf(key, one, settings), ...optional(one) },
  ]);
  const further = Object.fromEntries(
    instances
      .flatMap(([, values]) => Object.keys(values).filter((key) => key in OPTIONAL && key !== "name"))
      .map((key) => [key, new Code(`try(each.value.${key}, null)`)]),
  );
  return [
    provider(settings),
    block("locals", {
      name: namePrefix,
      instances: map(Object.fromEntries(instances.map(([key, values]) => [`"${key}"`, map(values)]))),
    }),
    module("networking", {}),
    ...(recorded ? [module("sessions", { access_tag: accessTagOf(settings) })] : []),
    module("access", {
      vpc_id: output("networking.vpc_id"),
      endpoint_security_group_id: output("networking.endpoint_security_group_id"),
      ...(needsS3(settings) && { s3_prefix_list_id: output("networking.s3_prefix_list_id") }),
      ...(recorded && {
        log_group_arn: output("sessions.log_group_arn"),
        key_arn: output("sessions.key_arn"),
      }),
      ...(archived && { archive_bucket: output("sessions.archive_bucket") }),
    }),
    module("instance", {
      for_each: new Code("local.instances"),
      name: new Code('try(each.value.name, "${local.name}-${each.key}")'),
      instance_type: new Code("each.value.instance_type"),
      subnet_id: output("networking.subnet_ids[each.value.zone]"),
      security_group_id: output("access.security_group_id"),
      instance_profile_name: output("access.instance_profile_name"),
      ...(recorded && { access_tag: accessTagOf(settings) }),
      ...further,
    }),
    block('output "instance_ids"', {
      value: new Code("{ for name, one in module.instance : name => one.instance_id }"),
    }),
  ]
    .map((text) => `${text}\n`)
    .join("\n");
}

function provider({ name, region, tags, allowedAccountIds, assumeRoleArn }: EnvironmentSettings): string {
  return block(
    'provider "aws"',
    { region, ...(allowedAccountIds && { allowed_account_ids: allowedAccountIds }) },
    [
      ...(assumeRoleArn === undefined ? [] : [block("assume_role", { role_arn: assumeRoleArn })]),
      // Without the tag of a stack: the commands of the project would take for a stack of theirs what is deployed from here.
      block("default_tags", { tags: besideOwn({ Environment: name }, tags) }),
    ],
  );
}

function module(name: string, { for_each, ...values }: Attributes): string {
  const loop = for_each === undefined ? {} : { for_each };
  return block(`module "${name}"`, {
    source: `../${name}`,
    ...loop,
    name: new Code("local.name"),
    ...values,
  });
}

function output(path: string): Code {
  return new Code(`module.${path}`);
}

function optional(settings: InstanceSettings): Attributes {
  return Object.fromEntries(
    Object.entries(OPTIONAL)
      .map(([name, valueOf]) => [name, valueOf(settings)] as const)
      .filter(([, value]) => value !== undefined),
  );
}

/** The slot of an instance's zone: the module's zones are counted, as their names are those of one Region. */
function zoneOf(key: string, settings: InstanceSettings, { network }: EnvironmentSettings): string {
  const zones = subnetKeys(zonesOf(network));
  return `zone-${zones.indexOf(zonesFor(key, settings, zones)[0] as string) + 1}`;
}
