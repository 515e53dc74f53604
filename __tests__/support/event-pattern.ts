import type { Json } from "./synth";

/**
 * Whether EventBridge would match an event, as far as the project uses its patterns: exact values, prefix, suffix, wildcard,
 * anything-but, exists and $or. What it does not know is refused.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function matchesEvent(pattern: Json, event: unknown): boolean {
  // Of a list in an event, one element is enough: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html
  if (Array.isArray(event)) {
    return event.some((one) => matchesEvent(pattern, one));
  }
  return Object.entries(pattern).every(([key, wanted]) => {
    if (key === "$or") {
      return (wanted as Json[]).some((one) => matchesEvent(one, event));
    }
    const value = (event as Json | null | undefined)?.[key] as unknown;
    if (!Array.isArray(wanted)) {
      return matchesEvent(wanted as Json, value);
    }
    const values = [value].flat();
    return wanted.some((matcher) => values.some((one) => matchesValue(matcher, one)));
  });
}

function matchesValue(matcher: unknown, value: unknown): boolean {
  if (typeof matcher !== "object" || matcher === null) {
    return value === matcher;
  }
  const [[operator, wanted] = [], ...more] = Object.entries(matcher);
  if (operator === "exists") {
    return (value !== undefined) === wanted;
  }
  if (typeof value !== "string") {
    return false;
  }
  if (operator === "prefix" || operator === "suffix") {
    return operator === "prefix" ? value.startsWith(wanted as string) : value.endsWith(wanted as string);
  }
  if (operator === "wildcard") {
    const parts = (wanted as string).split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${parts.join(".*")}$`, "s").test(value);
  }
  if (operator === "anything-but" && more.length === 0) {
    return ![wanted].flat().includes(value);
  }
  throw new Error(`not a matcher that this evaluator knows: ${JSON.stringify(matcher)}`);
}
