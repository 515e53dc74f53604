import type { Resource } from "./plan-changes";

/** The settings behind the arguments that have a resource replaced; `<name>` stands for the resource's own name. */
const SETTINGS: Readonly<Record<string, string>> = {
  "aws_vpc.cidr_block": "network.cidr",
  "aws_subnet.cidr_block": "network.cidr or network.subnetPrefix",
  "aws_subnet.availability_zone": "network.availabilityZones",
  "aws_instance.ami": "instances.<name>.image",
  "aws_instance.availability_zone": "instances.<name>.zone",
  "aws_instance.root_block_device": "instances.<name>.rootVolume",
  "aws_instance.subnet_id": "instances.<name>.zone",
  "aws_instance.user_data": "instances.<name>.userData",
  "aws_cloudwatch_log_group.name": "namePrefix",
  "aws_ssm_document.name": "namePrefix",
  "aws_s3_bucket.bucket": "namePrefix",
};

/** The settings that no longer ask for a resource that is destroyed, by its address. */
const REMOVED: readonly (readonly [RegExp, string])[] = [
  [/^aws_instance\.(.+)$/, "instances.$1 is not in the settings any more"],
  [/^aws_ssm_document\.operators_forward-(.+)$/, "sessions.forward.$1 is not in the settings any more"],
  [/^aws_ssm_document\..*$/, "sessions is false"],
  [/^aws_cloudwatch_log_group\.network_flow-logs.*$/, "network.flowLogs is not in the settings any more"],
  [/^aws_(?:vpc|subnet)\..*$/, "network no longer asks for it"],
];

/** Arguments whose values are long, or nobody's to see. */
const UNTOLD = new Set(["user_data", "user_data_base64"]);

/**
 * Which setting has a plan replace or destroy a resource, with its values before and after as far as they can be shown.
 *
 * @param all everything that the plan changes
 */
export function causeOf(resource: Resource, all: readonly Resource[]): string {
  const { address, action_reason: reason, change } = resource;
  if (!change.actions.includes("create")) {
    const [form, words] = REMOVED.find(([one]) => one.test(address)) ?? [];
    return form === undefined ? "the settings no longer have it" : address.replace(form, words ?? "");
  }
  if (reason === "replace_because_tainted") {
    return "it was not made completely: Terraform has marked it as tainted";
  }
  if (reason === "replace_by_triggers") {
    return imageCause(resource, all);
  }
  const known = change.replace_paths.map(([argument]) => argumentCause(resource, String(argument)));
  const told = [...new Set(known.filter((one) => one !== undefined))];
  return told.length > 0 ? told.join("; ") : inheritedCause(resource, all);
}

function argumentCause({ type, change, address }: Resource, argument: string): string | undefined {
  // What only an apply will tell has another resource for its cause.
  if (change.after_unknown?.[argument] === true) {
    return undefined;
  }
  const name = address.split(".").at(-1) ?? "";
  const setting = SETTINGS[`${type}.${argument}`]?.replace("<name>", name) ?? argument;
  const values = [change.before?.[argument], change.after?.[argument]];
  const isPlain = values.every((value) => ["string", "number", "boolean"].includes(typeof value));
  return isPlain &&
    !UNTOLD.has(argument) &&
    ![change.before_sensitive, change.after_sensitive].some((marks) => isSensitive(marks, argument))
    ? `${setting} was ${JSON.stringify(values[0])} and is ${JSON.stringify(values[1])}`
    : `${setting} has changed`;
}

/** An instance is replaced with the resource that stands for its image. */
function imageCause({ address }: Resource, all: readonly Resource[]): string {
  const name = address.replace(/^aws_instance\./, "");
  const image = all.find((one) => one.address === `terraform_data.${name}_image`);
  const [before, after] = [image?.change.before?.input, image?.change.after?.input] as [Image?, Image?];
  return before?.image !== undefined && after?.image !== undefined && before.image !== after.image
    ? `instances.${name}.image was ${JSON.stringify(before.image)} and is ${JSON.stringify(after.image)}`
    : `instances.${name}.image or instanceType asks for another image`;
}

interface Image {
  readonly image?: string;
}

/** A subnet, for one, is replaced with its VPC. */
function inheritedCause(resource: Resource, all: readonly Resource[]): string {
  const origin = all.find(
    (one) =>
      one.type === "aws_vpc" &&
      one.address !== resource.address &&
      one.change.actions.includes("create") &&
      one.change.actions.includes("delete"),
  );
  return origin === undefined ? "what it hangs on is replaced" : causeOf(origin, all);
}

function isSensitive(marks: unknown, argument: string): boolean {
  return (marks as Record<string, unknown> | undefined)?.[argument] === true;
}
