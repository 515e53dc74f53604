import { z } from "zod";
import { ADDRESSES } from "../../stacks/contract";
import { PLAN, type Resource } from "./plan-changes";
import { terraformJson } from "./program";

/** Something that a plan replaces or destroys, and that nobody can get back. */
export const LOSS = z.object({
  address: z.string(),
  how: z.enum(["replaced", "destroyed"]),
  /** What is lost with it. */
  goes: z.string(),
  /** Which setting causes it, with its values before and after; empty if that is not known. */
  cause: z.string(),
});

/** Something that a plan replaces or destroys, and that nobody can get back. */
export type Loss = z.infer<typeof LOSS>;

/** The types that hold data or people's access, each with what is lost with a resource of it. */
const HELD: Readonly<Record<string, string>> = {
  aws_vpc:
    "the whole network goes, which AWS refuses as long as an instance is in it: set it back and destroy, to deploy anew",
  aws_subnet: "AWS refuses that as long as an instance is in it: set it back and destroy, to deploy anew",
  aws_instance: "its disk goes",
  aws_kms_key: "what it has encrypted, recordings included, can be read no more",
  aws_cloudwatch_log_group: "its records go",
  aws_s3_bucket: "its objects go",
  aws_ssm_document: "sessions that people start with it are refused until it is there again",
};

const UNREACHABLE =
  "instances have no role until the new one is there, and their agents, once refused, stay away for up to half an hour";

/** The same of single resources, of types that hold nothing otherwise. */
const HELD_ALONE: Readonly<Record<string, string>> = {
  [ADDRESSES.instancesRole]: UNREACHABLE,
  [ADDRESSES.instancesProfile]: UNREACHABLE,
};

/** The settings behind the arguments that force a replacement; `<name>` stands for the resource's own name. */
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
  "aws_iam_role.name": "iam.roleName",
  "aws_iam_instance_profile.name": "iam.instanceProfileName",
};

/** Why a resource is destroyed, by its address: the first pattern that matches counts. */
const REMOVED: readonly (readonly [RegExp, string])[] = [
  [/^aws_instance\.(.+)$/, "instances.$1 is not in the settings any more"],
  [/^aws_ssm_document\.operators_forward-(.+)$/, "sessions.forward.$1 is not in the settings any more"],
  [/^aws_ssm_document\.logging_root-document$/, "sessions.rootShell is not in the settings any more"],
  [/^aws_ssm_document\..*$/, "sessions is false"],
  [/^aws_cloudwatch_log_group\.network_flow-logs.*$/, "network.flowLogs is not in the settings any more"],
  [/^aws_(?:vpc|subnet)\..*$/, "network no longer asks for it"],
];

/** Arguments whose values are too long to show, or secret. */
const HIDDEN = ["user_data", "user_data_base64"];

/** Reads from `terraform show -json` what must be named before the plan is applied. */
export function readLosses(json: string, subnetsInUse: ReadonlySet<string> | undefined): Loss[] {
  const { resource_changes: resources } = PLAN.parse(terraformJson(json));
  return resources.flatMap((resource) => {
    const { address, type, mode, change } = resource;
    // A subnet counts if it has instances, or if that is not known.
    const goes = HELD[type] ?? HELD_ALONE[address];
    const isUnused = type === "aws_subnet" && subnetsInUse?.has(String(change.before?.id)) === false;
    // The watch's log is none of the records: it says why a look at the sessions failed.
    const isHeld = goes !== undefined && !isUnused && address !== ADDRESSES.watchLog;
    if (mode !== "managed" || !isHeld || !change.actions.includes("delete")) {
      return [];
    }
    const how = change.actions.includes("create") ? "replaced" : "destroyed";
    return [{ address, how, goes, cause: causeOf(resource, resources) } as const];
  });
}

/** A loss as a line. */
export function lossText({ address, how, goes, cause }: Loss): string {
  return `${address} is ${how}: ${goes}${cause === "" ? "" : ` (${cause})`}`;
}

/** Says which setting makes a plan replace or destroy a resource; `all` are the changes of the whole plan. */
function causeOf(resource: Resource, all: readonly Resource[]): string {
  const { address, action_reason: reason, change } = resource;
  if (!change.actions.includes("create")) {
    const removal = REMOVED.find(([pattern]) => pattern.test(address));
    const cause = removal === undefined ? "the settings no longer have it" : address.replace(...removal);
    return `${cause}${renameAdvice(resource, all)}`;
  }
  if (reason === "replace_because_tainted") {
    return "it was not made completely: Terraform has marked it as tainted";
  }
  if (reason === "replace_by_triggers") {
    return triggerCause(resource, all);
  }
  // An argument that is known only after the apply has another resource for its cause.
  const known = change.replace_paths
    .map(([argument]) => String(argument))
    .filter((argument) => change.after_unknown?.[argument] !== true);
  const causes = new Set(known.map((argument) => argumentCause(resource, argument)));
  return causes.size > 0 ? [...causes].join("; ") : inheritedCause(resource, all);
}

/** Of an instance that goes as others come: how to say that it is one of those. */
function renameAdvice({ type, address }: Resource, all: readonly Resource[]): string {
  const nameOf = (one: string): string => one.slice("aws_instance.".length);
  const added = all.filter((one) => one.type === type && one.change.actions.join() === "create");
  return type !== "aws_instance" || added.length === 0
    ? ""
    : `; if it is ${added.map((one) => nameOf(one.address)).join(" or ")} now, write renamedFrom: ` +
        `${JSON.stringify(nameOf(address))} there, and it keeps its disk`;
}

function argumentCause({ type, change, address }: Resource, argument: string): string {
  const name = address.split(".").at(-1) ?? "";
  const setting = SETTINGS[`${type}.${argument}`]?.replace("<name>", name) ?? argument;
  const values = [change.before?.[argument], change.after?.[argument]];
  const isPlain = values.every((value) => ["string", "number", "boolean"].includes(typeof value));
  const isSecret = [change.before_sensitive, change.after_sensitive].some(
    (marks) => (marks as Record<string, unknown> | undefined)?.[argument] === true,
  );
  return isPlain && !isSecret && !HIDDEN.includes(argument)
    ? `${setting} was ${JSON.stringify(values[0])} and is ${JSON.stringify(values[1])}`
    : `${setting} has changed`;
}

/** An instance is replaced together with the resources that stand for its image and its own user data. */
function triggerCause({ address }: Resource, all: readonly Resource[]): string {
  const name = address.replace(/^aws_instance\./, "");
  const changeOf = (what: string) =>
    all.find((one) => one.address === `terraform_data.${name}_${what}`)?.change;
  const isUpdated = (what: string): boolean => changeOf(what)?.actions.includes("update") === true;
  const userData = isUpdated("user-data") ? [`instances.${name}.userData has changed`] : [];
  if (userData.length > 0 && !isUpdated("image")) {
    return userData.join();
  }
  const [before, after] = [changeOf("image")?.before, changeOf("image")?.after].map(
    (fields) => (fields?.input ?? {}) as { image?: string; metadataForRootOnly?: boolean },
  );
  const [was, is] = [before?.metadataForRootOnly === true, after?.metadataForRootOnly === true];
  const image =
    before?.image !== undefined && after?.image !== undefined && before.image !== after.image
      ? `instances.${name}.image was ${JSON.stringify(before.image)} and is ${JSON.stringify(after.image)}`
      : was === is
        ? `instances.${name}.image or instanceType asks for another image`
        : `instances.${name}.metadataForRootOnly was ${was} and is ${is}`;
  return [image, ...userData].join("; ");
}

/** A subnet, for example, is replaced because its VPC is. */
function inheritedCause(resource: Resource, all: readonly Resource[]): string {
  const vpc = all.find(
    ({ type, address, change }) =>
      type === "aws_vpc" &&
      address !== resource.address &&
      ["create", "delete"].every((action) => change.actions.includes(action)),
  );
  return vpc === undefined ? "what it hangs on is replaced" : causeOf(vpc, all);
}
