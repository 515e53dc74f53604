import { needsS3 } from "../../stacks/features";
import type { EnvironmentSettings } from "../../stacks/settings/environment";

/** A root that calls the modules as the environment has them: to begin with. */
export function exampleRoot(settings: EnvironmentSettings): string {
  const { region, namePrefix, instances, sessions } = settings;
  const recorded = Boolean(sessions);
  const archived = sessions ? sessions.archive !== undefined : false;
  const types = Object.entries(instances).map(
    ([name, { instanceType }]) => `    ${JSON.stringify(name)} = { instance_type = "${instanceType}" }`,
  );
  return [
    block(`provider "aws"`, { region: JSON.stringify(region) }),
    `locals {\n  name = ${JSON.stringify(namePrefix)}\n  instances = {\n${types.join("\n")}\n  }\n}`,
    module("networking", {}),
    ...(recorded ? [module("sessions", { access_tag: "local.name" })] : []),
    module("access", {
      vpc_id: "module.networking.vpc_id",
      endpoint_security_group_id: "module.networking.endpoint_security_group_id",
      ...(needsS3(settings) && { s3_prefix_list_id: "module.networking.s3_prefix_list_id" }),
      ...(recorded && {
        log_group_arn: "module.sessions.log_group_arn",
        key_arn: "module.sessions.key_arn",
      }),
      ...(archived && { archive_bucket: "module.sessions.archive_bucket" }),
    }),
    module("instance", {
      for_each: "local.instances",
      name: '"${local.name}-${each.key}"',
      instance_type: "each.value.instance_type",
      subnet_id: 'module.networking.subnet_ids["zone-1"]',
      security_group_id: "module.access.security_group_id",
      instance_profile_name: "module.access.instance_profile_name",
      ...(recorded && { access_tag: "local.name" }),
    }),
    block(`output "instance_ids"`, {
      value: "{ for name, one in module.instance : name => one.instance_id }",
    }),
  ]
    .map((text) => `${text}\n`)
    .join("\n");
}

function module(name: string, values: Readonly<Record<string, string>>): string {
  const { for_each, ...others } = values;
  return block(`module "${name}"`, {
    source: `"../${name}"`,
    ...(for_each !== undefined && { for_each }),
    name: "local.name",
    ...others,
  });
}

/** A block as `terraform fmt` has it. */
function block(head: string, values: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(values).map((name) => name.length));
  const lines = Object.entries(values).map(([name, value]) => `  ${name.padEnd(width)} = ${value}`);
  return `${head} {\n${lines.join("\n")}\n}`;
}
