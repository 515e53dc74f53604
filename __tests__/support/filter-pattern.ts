/**
 * CloudWatch Logs' filter language, as far as the project uses it: one JSON selector with one wildcard, compared with a
 * regular expression, or with either of two. What the service documents as not supported is refused here too.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function matchesPattern(pattern: string, event: string): boolean {
  if (pattern.length > 1024) {
    throw new Error("a filter pattern has at most 1024 characters");
  }
  const terms = pattern.startsWith("{ (") ? pattern.slice(3, -3).split(") || (") : [pattern.slice(2, -2)];
  if (terms.length > 2) {
    throw new Error("a filter pattern has at most two regular expressions");
  }
  return terms.some((term) => {
    const [, field, expression] = /^\$\.(\w+)\[\*\] = %(.+)%$/.exec(term) ?? [];
    if (field === undefined || expression === undefined) {
      throw new Error(`not a pattern that this evaluator knows: ${pattern}`);
    }
    const regex = new RegExp(checked(expression));
    const values = (JSON.parse(event) as Record<string, unknown>)[field];
    return Array.isArray(values) && values.some((value) => regex.test(String(value)));
  });
}

/** Letters, digits and a few signs stand for themselves; of operators there are `^ $ ? [ ] { } | \ * + .` only. */
function checked(expression: string): string {
  const rest = expression.replace(/\\(x[0-9a-fA-F]{2}|[dDsSwW]|[\^$?[\]{}|\\*+.])/g, "");
  const foreign = /[^A-Za-z0-9:_#=@/;, \-^$?[\]{}|*+.]/.exec(rest);
  if (foreign !== null) {
    throw new Error(`CloudWatch Logs has no ${foreign[0]} in regular expressions`);
  }
  return expression;
}
