import { z } from "zod";
import { paint } from "../terminal/output";
import { parseMessage } from "./messages";

/** What a plan does to one resource. */
export interface ResourceChange {
  /** Address, such as `aws_instance.web`. */
  readonly address: string;
  /** As Terraform's own plan marks it, such as `+` or `-/+`. */
  readonly mark: string;
  /** What it was before, what forces its replacement, or the names of the arguments that change. */
  readonly detail?: string;
}

/** What a plan does, without any value: some are secrets. */
export interface PlanChanges {
  /** Version of Terraform that made the plan. */
  readonly terraformVersion: string;
  /** Numbers of resources, as Terraform counts them. */
  readonly counts: Readonly<Record<"import" | "add" | "change" | "destroy" | "forget", number>>;
  /** The resources that change. */
  readonly resources: readonly ResourceChange[];
  /** The outputs that change. */
  readonly outputs: readonly string[];
  /** Those of the resources that were changed without Terraform. Of others, AWS has mostly filled in what nobody set. */
  readonly drift: readonly string[];
}

const FIELDS = z.record(z.string(), z.unknown()).nullish().catch({});

const CHANGE = z.object({
  actions: z.array(z.string()),
  before: FIELDS,
  after: FIELDS,
  after_unknown: FIELDS,
  before_sensitive: z.unknown().optional(),
  after_sensitive: z.unknown().optional(),
  replace_paths: z.array(z.array(z.union([z.string(), z.number()]))).default([]),
  importing: z.unknown().optional(),
});

const RESOURCES = z
  .array(
    z.object({
      address: z.string(),
      previous_address: z.string().optional(),
      type: z.string().default(""),
      mode: z.string().default("managed"),
      action_reason: z.string().optional(),
      change: CHANGE,
    }),
  )
  .default([]);

/** What is looked at of `terraform show -json`. */
export const PLAN = z.object({
  terraform_version: z.string(),
  resource_changes: RESOURCES,
  resource_drift: RESOURCES,
  output_changes: z
    .record(z.string(), z.object({ actions: z.array(z.string()), after_unknown: z.unknown().optional() }))
    .default({}),
});

/** A resource, and what a plan does to it. */
export type Resource = z.infer<typeof RESOURCES>[number];

/** What is looked at of the lines of `plan -json`: https://developer.hashicorp.com/terraform/internals/machine-readable-ui */
const STREAM = z.array(
  z.object({
    type: z.string().optional(),
    terraform: z.string().optional(),
    tofu: z.string().optional(),
    change: z.object({ action: z.string(), resource: z.object({ addr: z.string() }) }).optional(),
    outputs: z.record(z.string(), z.unknown()).optional(),
  }),
);

/** Reads what `terraform show -json` tells of a plan. */
export function readChanges(json: string): PlanChanges {
  const plan = PLAN.parse(JSON.parse(json));
  const managed = plan.resource_changes.filter(({ mode }) => mode === "managed");
  const count = (action: string): number =>
    managed.filter(({ change }) => change.actions.includes(action)).length;
  const resources = managed.flatMap((resource) => resourceChange(resource) ?? []);
  return {
    terraformVersion: plan.terraform_version,
    counts: {
      import: managed.filter(({ change }) => change.importing != null).length,
      add: count("create"),
      change: count("update"),
      destroy: count("delete"),
      forget: count("forget"),
    },
    resources,
    outputs: Object.entries(plan.output_changes)
      .filter(([, { actions, after_unknown: unknown }]) => !isNoOp(actions) || unknown === true)
      .map(([name]) => name),
    drift: plan.resource_drift
      .map(({ address }) => address)
      .filter((address) => resources.some((changing) => changing.address === address)),
  };
}

/**
 * Reads what `terraform plan -json` has said of a plan that changes nothing, or creates alone: undefined where it does more,
 * and where it said nothing in that form, as with runs in HCP Terraform. `terraform show -json` tells it all, but takes as long
 * as the plan.
 *
 * @param changed whether the plan changes anything
 */
export function readCreations(said: string, changed: boolean): PlanChanges | undefined {
  const messages = STREAM.parse(said.split("\n").flatMap((line) => parseMessage(line) ?? []));
  const planned = changed ? messages.flatMap(({ change }) => change ?? []) : [];
  const { terraform, tofu } = messages.find(({ type }) => type === "version") ?? {};
  const terraformVersion = terraform ?? tofu;
  const isOnlyMore = planned.length > 0 && planned.every(({ action }) => action === "create");
  if (terraformVersion === undefined || (changed && !isOnlyMore)) {
    return undefined;
  }
  return {
    terraformVersion,
    counts: { import: 0, add: planned.length, change: 0, destroy: 0, forget: 0 },
    resources: planned
      .map(({ resource }) => ({ address: resource.addr, mark: "+" }))
      .sort((one, other) => (one.address < other.address ? -1 : 1)),
    outputs: changed ? messages.flatMap(({ outputs }) => Object.keys(outputs ?? {})) : [],
    drift: [],
  };
}

/** A resource that a plan changes in place. */
export interface ResourceUpdate {
  /** Address. */
  readonly address: string;
  /** Type. */
  readonly type: string;
  /** The arguments that change, each with its value before. */
  readonly before: ReadonlyMap<string, unknown>;
}

/** Reads what a plan changes in place, with values: for nobody to see. */
export function readUpdates(json: string): ResourceUpdate[] {
  return PLAN.parse(JSON.parse(json))
    .resource_changes.filter(({ change }) => markOf(change.actions) === "~")
    .map(({ address, type, change }) => ({
      address,
      type,
      before: new Map(changedArguments(change).map((name) => [name, change.before?.[name]])),
    }));
}

/** The numbers in Terraform's own words. */
export function countsText({ counts }: PlanChanges): string {
  return [
    ...(counts.import > 0 ? [`${counts.import} to import`] : []),
    `${counts.add} to add, ${counts.change} to change, ${counts.destroy} to destroy`,
    ...(counts.forget > 0 ? [`${counts.forget} to forget`] : []),
  ].join(", ");
}

/** A line per resource, one for the outputs and one for what was changed without Terraform. */
export function changeLines({ resources, outputs, drift }: PlanChanges): string[] {
  const width = Math.max(0, ...resources.map(({ mark }) => mark.length));
  return [
    ...resources.map(({ address, mark, detail }) =>
      [colour(mark)(mark.padStart(width)), address, ...(detail === undefined ? [] : [`(${detail})`])].join(
        " ",
      ),
    ),
    ...(outputs.length > 0 ? [`outputs: ${outputs.join(", ")}`] : []),
    ...(drift.length > 0 ? [`changed without Terraform: ${drift.join(", ")}`] : []),
  ];
}

function resourceChange({
  address,
  previous_address: before,
  action_reason: reason,
  change,
}: Resource): ResourceChange | undefined {
  const details = before === undefined ? [] : [`was ${before}`];
  const mark = markOf(change.actions);
  if (mark.includes("/")) {
    const paths = change.replace_paths.map((path) => path.join("."));
    const cause = paths.length > 0 ? `${paths.join(", ")} forces it` : reason?.replaceAll("_", " ");
    details.push(...(cause === undefined ? [] : [cause]));
  } else if (mark === "~") {
    details.push(...changedArguments(change));
  } else if (change.importing != null) {
    details.push("import");
  }
  return mark === "" && details.length === 0
    ? undefined
    : { address, mark, ...(details.length > 0 && { detail: details.join(", ") }) };
}

function markOf(actions: readonly string[]): string {
  const marks: Readonly<Record<string, string>> = { create: "+", delete: "-", update: "~", forget: "." };
  return actions.map((action) => marks[action] ?? "").join(actions.length > 1 ? "/" : "");
}

function changedArguments({ before, after, after_unknown: unknown }: Resource["change"]): string[] {
  return Object.keys({ ...before, ...after, ...unknown }).filter(
    (name) => unknown?.[name] === true || JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]),
  );
}

function isNoOp(actions: readonly string[]): boolean {
  return actions.join() === "no-op";
}

function colour(mark: string): (text: string) => string {
  if (mark.includes("-")) {
    return paint.red;
  }
  return mark.includes("+") ? paint.green : paint.yellow;
}
