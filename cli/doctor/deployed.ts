import type { DeployedOutputs, Layer } from "../../stacks/contract";
import { stackOf } from "../assembly/environments";
import { type SynthesizedResource, type SynthesizedStack, referenced, resourcesOf } from "../assembly/stacks";
import { outputsOnce } from "../instance/find";
import type { Examination } from "./examination";

/** An expression in a text of the JSON. */
const EXPRESSION = /(?<!\$)\$\{([^}]+)\}/g;

/** What a layer of an environment publishes; nothing where it is not deployed, or its state cannot be read. */
export async function published({ environment }: Examination, layer: Layer): Promise<DeployedOutputs> {
  const stack = stackOf(environment, layer);
  return (stack && (await outputsOnce(stack).catch(() => undefined))) ?? {};
}

/**
 * What a text of a layer's JSON is once it is deployed: account and partition are those of the credentials, and what AWS
 * alone gives a name, the state tells. Undefined where nobody here knows.
 */
export async function deployedText(
  examination: Examination,
  layer: Layer,
  value: unknown,
): Promise<string | undefined> {
  const stack = stackOf(examination.environment, layer);
  if (stack === undefined || typeof value !== "string") {
    return undefined;
  }
  const [, partition = "", , , account = ""] = (await examination.identity()).split(":");
  const outputs = await published(examination, layer);
  const known = (expression: string): string | undefined => {
    if (/^data\.aws_caller_identity\.[\w-]+\.account_id$/.test(expression)) {
      return account;
    }
    if (/^data\.aws_partition\.[\w-]+\.partition$/.test(expression)) {
      return partition;
    }
    const { resource, attribute = "" } = referenced(stack, `\${${expression}}`) ?? {};
    return publishedAs(stack, expression, outputs) ?? resolve(resource?.config[attribute]);
  };
  const resolve = (text: unknown): string | undefined => {
    if (typeof text !== "string") {
      return undefined;
    }
    const expressions = [...text.matchAll(EXPRESSION)].map(([, expression = ""]) => expression);
    return expressions.some((expression) => known(expression) === undefined)
      ? undefined
      : text.replace(EXPRESSION, (_, expression: string) => known(expression) ?? "");
  };
  // What Terraform would read as a template is written with two signs.
  return resolve(value)?.replace(/([$%])\1\{/g, "$1{");
}

/** The key of the recordings that is deployed: the state names it, or its alias does. */
export async function deployedKey(examination: Examination): Promise<string | undefined> {
  const { key_arn: arn } = await published(examination, "sessions");
  if (arn !== undefined) {
    return arn;
  }
  const [alias] = made(examination, "aws_kms_alias");
  const name = await deployedText(examination, "sessions", alias?.config.name);
  return name === undefined ? undefined : (await examination.account.key(name).catch(() => undefined))?.Arn;
}

function publishedAs(
  stack: SynthesizedStack,
  expression: string,
  outputs: DeployedOutputs,
): string | undefined {
  const name = Object.entries(stack.outputs).find(([, value]) => value === `\${${expression}}`)?.[0];
  const value = outputs[name as keyof DeployedOutputs];
  return typeof value === "string" ? value : undefined;
}

/** A JSON text, whatever its spaces and the order of its keys. */
export function canonical(json: string): string {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      return value.map(sorted);
    }
    return typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([one], [other]) => (one < other ? -1 : 1))
            .map(([key, one]) => [key, sorted(one)]),
        )
      : value;
  };
  try {
    return JSON.stringify(sorted(JSON.parse(json)));
  } catch {
    return json;
  }
}

/** What the JSON of the sessions makes of a type. */
export function made({ environment }: Examination, type: string): SynthesizedResource[] {
  const stack = stackOf(environment, "sessions");
  return stack === undefined ? [] : resourcesOf(stack, type);
}

/** The name of what a text of that JSON refers to; undefined where it has none that is written. */
export function nameIn({ environment }: Examination, value: unknown): string | undefined {
  const stack = stackOf(environment, "sessions");
  const name = stack && referenced(stack, value)?.resource.config.name;
  return typeof name === "string" ? name : undefined;
}

/** The blocks of an argument: one, or several. */
export function nested(value: unknown): Readonly<Record<string, unknown>>[] {
  return [value ?? []].flat() as Readonly<Record<string, unknown>>[];
}
