import { TerraformStack, Token } from "cdktf";
import { invokeAspects } from "cdktf/lib/synthesize/synthesizer";
import { Construct, type IConstruct } from "constructs";
import { literal } from "../private/terraform";
import { SILENCED_RULES_KEY } from "../facts/names";
import { problem } from "../facts/refusal";
import { ISOLATION, REACHABILITY, type RuleId, type Violation, describeViolation, violations } from ".";
import type { StackJson } from "./json-graph";
import { refuseOtherLibrary } from "./own-library";

/** A rule that somebody has silenced for a construct and what is below it. */
export interface Silence {
  /** Path of the construct. */
  readonly path: string;
  /** The rule. */
  readonly rule: RuleId;
  /** Why it may be broken here. */
  readonly reason: string;
}

/** What an app has put under guard. */
interface Guard {
  readonly stacks: Set<TerraformStack>;
  readonly paths: string[];
  readonly given: Set<string>;
  readonly silences: Silence[];
}

const GUARDS = new WeakMap<IConstruct, Guard>();

/** A reason has at least this many characters. */
const SHORTEST_REASON = 12;

/**
 * Puts a construct, what is below it and what attaches to it under the rules, which are judged when the app
 * synthesizes.
 *
 * @param given settings or props of the construct: what they name may be written into the JSON
 * @throws where the app is written with another library than this entry of the package.
 */
export function guard(scope: Construct, given: unknown): void {
  refuseOtherLibrary(scope);
  const { stacks, paths, given: texts } = guardOf(scope);
  const stack = TerraformStack.of(scope);
  paths.push(scope.node.path);
  collectTexts(given, texts);
  if (!stacks.has(stack)) {
    stacks.add(stack);
    stack.node.addValidation({ validate: () => judge(stack) });
  }
}

/**
 * Switches a rule off for a construct and what is below it. The reason is written into the stack's JSON.
 *
 * @throws where there is no such rule, or no reason.
 */
export function silenceRule(scope: Construct, rule: RuleId, reason: string): void {
  const rules = Object.keys({ ...REACHABILITY, ...ISOLATION });
  const problems: string[] = [];
  if (!rules.includes(rule)) {
    problems.push(`got ${JSON.stringify(rule)}; ${problem(rules.join(", "), "name one of them")}`);
  }
  if (reason.trim().length < SHORTEST_REASON) {
    const allowed = `a sentence of ${SHORTEST_REASON} characters or more`;
    const advice = problem(allowed, "say why this place may break the rule");
    problems.push(`reason: got ${JSON.stringify(reason)}; ${advice}`);
  }
  if (problems.length > 0) {
    throw new Error(problems.map((one) => `[${scope.node.path}] silenceRule: ${one}`).join("\n"));
  }
  const { silences } = guardOf(scope);
  const stack = TerraformStack.of(scope);
  silences.push({ path: scope.node.path, rule, reason });
  const own = silences.filter(({ path }) => isBelow(path, stack.node.path));
  stack.addOverride(`//.metadata.${SILENCED_RULES_KEY}`, own);
}

/** What breaks the rules in a stack and those it belongs with. Only the first of them reports it. */
function judge(stack: TerraformStack): string[] {
  const { stacks, paths, given, silences } = guardOf(stack);
  const together = belongingTo(stack);
  if ([...stacks].find((one) => together.has(one)) !== stack) {
    return [];
  }
  // CDKTF calls the aspects of the other stacks only later, and what they add is judged too.
  together.forEach(invokeAspects);
  const json = Object.fromEntries(
    [...together].map((one) => [one.node.path, one.toTerraform() as StackJson] as const),
  );
  const found = violations({ stacks: json, guarded: paths, given: [...given] });
  const needed = new Set<Silence>();
  const left = found.flatMap((violation) => withoutSilenced(violation, silences, needed));
  const idle = silences.filter(
    (silence) => !needed.has(silence) && [...together].some((one) => isBelow(silence.path, one.node.path)),
  );
  return [
    ...left.map(describeViolation),
    ...idle.map(({ path, rule }) => `silenceRule: ${path} does not break ${rule}. Remove the silence.`),
  ];
}

/** A violation that is left once silenced places and silenced instances are taken away. */
function withoutSilenced(
  violation: Violation,
  silences: readonly Silence[],
  needed: Set<Silence>,
): Violation[] {
  const silenced = (path: string): boolean => {
    const one = silences.find((silence) => silence.rule === violation.rule && isBelow(path, silence.path));
    if (one !== undefined) {
      needed.add(one);
    }
    return one !== undefined;
  };
  if (silenced(violation.path)) {
    return [];
  }
  const instances = violation.instances.filter((path) => !silenced(path));
  return violation.instances.length > 0 && instances.length === 0 ? [] : [{ ...violation, instances }];
}

/** A stack with those it depends on and those that depend on it, however far. */
function belongingTo(stack: TerraformStack): Set<TerraformStack> {
  const all = stack.node.root.node.findAll().filter(TerraformStack.isStack);
  const together = new Set([stack]);
  // A set grows while it is walked: what is added is walked too.
  for (const one of together) {
    one.dependencies.forEach((other) => together.add(other));
    all.filter((other) => other.dependencies.includes(one)).forEach((other) => together.add(other));
  }
  return together;
}

function guardOf(scope: IConstruct): Guard {
  const { root } = scope.node;
  const guard: Guard = GUARDS.get(root) ?? { stacks: new Set(), paths: [], given: new Set(), silences: [] };
  GUARDS.set(root, guard);
  return guard;
}

function isBelow(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}/`);
}

function collectTexts(value: unknown, texts: Set<string>): void {
  if (typeof value === "string" && !Token.isUnresolved(value)) {
    texts.add(value).add(literal(value));
  } else if (typeof value === "object" && value !== null && !Construct.isConstruct(value)) {
    Object.values(value).forEach((one) => collectTexts(one, texts));
  }
}
