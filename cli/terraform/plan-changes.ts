import { z } from "zod";
import { paint } from "../terminal/output";
import { parseMessage } from "./messages";
import { terraformJson } from "./program";

interface ResourceChange {
  readonly address: string;
  /** The mark in Terraform's own plan, such as `+` or `-/+`. */
  readonly mark: string;
  /** Its earlier address, what forces its replacement, or the names of the arguments that change. */
  readonly detail?: string;
}

/** What a plan does, without any value: some are secrets. */
export interface PlanChanges {
  readonly terraformVersion: string;
  /** Numbers of resources, as Terraform counts them. */
  readonly counts: Readonly<Record<"import" | "add" | "change" | "destroy" | "forget", number>>;
  readonly resources: readonly ResourceChange[];
  readonly outputs: readonly string[];
  /** Which of the resources were changed without Terraform. With others, AWS has mostly filled in what nobody set. */
  readonly drift: readonly string[];
}

const FIELDS = z.record(z.string(), z.unknown()).nullish().catch({});

const RESOURCES = z
  .array(
    z.object({
      address: z.string(),
      previous_address: z.string().optional(),
      type: z.string().default(""),
      mode: z.string().default("managed"),
      action_reason: z.string().optional(),
      change: z.object({
        actions: z.array(z.string()),
        before: FIELDS,
        after: FIELDS,
        after_unknown: FIELDS,
        before_sensitive: z.unknown().optional(),
        after_sensitive: z.unknown().optional(),
        replace_paths: z.array(z.array(z.union([z.string(), z.number()]))).default([]),
        importing: z.unknown().optional(),
      }),
    }),
  )
  .default([]);

/** The part of `terraform show -json` that is read. */
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

/** The part of `plan -json` that is read: https://developer.hashicorp.com/terraform/internals/machine-readable-ui */
const STREAM = z.array(
  z.object({
    type: z.string().optional(),
    terraform: z.string().optional(),
    tofu: z.string().optional(),
    change: z.object({ action: z.string(), resource: z.object({ addr: z.string() }) }).optional(),
    outputs: z.record(z.string(), z.unknown()).optional(),
  }),
);

/** Reads a plan from `terraform show -json`. */
export function readChanges(json: string): PlanChanges {
  const plan = PLAN.parse(terraformJson(json));
  const managed = plan.resource_changes.filter(({ mode }) => mode === "managed");
  const count = (action: string): number =>
    managed.filter(({ change }) => change.actions.includes(action)).length;
  const resources = managed.flatMap((resource) => resourceChange(resource) ?? []);
  const changing = new Set(resources.map(({ address }) => address));
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
      .filter(([, { actions, after_unknown: unknown }]) => actions.join() !== "no-op" || unknown === true)
      .map(([name]) => name),
    drift: plan.resource_drift.map(({ address }) => address).filter((address) => changing.has(address)),
  };
}

/** Reads a plan from `terraform plan -json`; undefined if it does more than create, or if the output is not JSON. */
export function readCreations(output: string, changed: boolean): PlanChanges | undefined {
  const messages = STREAM.parse(output.split("\n").flatMap((line) => parseMessage(line) ?? []));
  const planned = changed ? messages.flatMap(({ change }) => change ?? []) : [];
  const version = messages.find(({ type }) => type === "version");
  const terraformVersion = version?.terraform ?? version?.tofu;
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

/** Reads what a plan changes in place: which arguments, with their values before, which nobody is to see. */
export function readUpdates(
  json: string,
): (Pick<Resource, "address" | "type"> & { readonly before: ReadonlyMap<string, unknown> })[] {
  return PLAN.parse(terraformJson(json))
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

/** A line for each resource, one for the outputs and one for what was changed without Terraform. */
export function changeLines({ resources, outputs, drift }: PlanChanges): string[] {
  const width = Math.max(0, ...resources.map(({ mark }) => mark.length));
  return [
    ...resources.map(({ address, mark, detail }) => {
      const line = `${colour(mark)(mark.padStart(width))} ${address}`;
      return detail === undefined ? line : `${line} (${detail})`;
    }),
    ...(outputs.length > 0 ? [`outputs: ${outputs.join(", ")}`] : []),
    ...(drift.length > 0 ? [`changed without Terraform: ${drift.join(", ")}`] : []),
  ];
}

function resourceChange({ address, ...resource }: Resource): ResourceChange | undefined {
  const mark = markOf(resource.change.actions);
  const before = resource.previous_address;
  const details = [...(before === undefined ? [] : [`was ${before}`]), ...detailsOf(resource, mark)];
  if (details.length === 0) {
    return mark === "" ? undefined : { address, mark };
  }
  return { address, mark, detail: details.join(", ") };
}

function detailsOf({ change, action_reason: reason }: Omit<Resource, "address">, mark: string): string[] {
  if (mark.includes("/")) {
    const paths = change.replace_paths.map((path) => path.join("."));
    const cause = paths.length > 0 ? `${paths.join(", ")} forces it` : reason?.replaceAll("_", " ");
    return cause === undefined ? [] : [cause];
  }
  if (mark === "~") {
    return changedArguments(change);
  }
  return change.importing == null ? [] : ["import"];
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

function colour(mark: string): (text: string) => string {
  if (mark.includes("-")) {
    return paint.red;
  }
  return mark.includes("+") ? paint.green : paint.yellow;
}
