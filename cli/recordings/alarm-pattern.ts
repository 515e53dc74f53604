import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { SynthesizedResource } from "../assembly/stacks";
import { table } from "../terminal/output";

/** One recorded terminal session. */
export interface Vector {
  /** Whether the command must be found, must not, evades the pattern, or is a mention taken for a use. */
  readonly kind: string;
  /** What was done. */
  readonly name: string;
  readonly events: readonly string[];
}

/** What the service found in a session. */
export interface Finding {
  readonly vector: Vector;
  /** How many of its events match, by the name of the filter. */
  readonly matches: Record<string, number>;
}

/** The most events that one request takes. */
const EVENTS_PER_REQUEST = 50;

/** The filters of a synthesized stack: their names, and their patterns as Terraform will send them. */
export function filterPatterns(resources: readonly SynthesizedResource[]): Record<string, string> {
  return Object.fromEntries(
    resources
      .filter(({ type }) => type === "aws_cloudwatch_log_metric_filter")
      .map(({ config }) => [String(config.name), String(config.pattern).replace(/([$%])\1\{/g, "$1{")]),
  );
}

/** Has CloudWatch Logs itself match recorded sessions with patterns. */
export async function findMatches(
  client: Pick<CloudWatchLogsClient, "send">,
  patterns: Readonly<Record<string, string>>,
  vectors: readonly Vector[],
): Promise<Finding[]> {
  const { TestMetricFilterCommand } = await import("@aws-sdk/client-cloudwatch-logs");
  const events = vectors.flatMap((vector) => vector.events.map((event) => ({ event, vector })));
  const findings: Finding[] = vectors.map((vector) => ({ vector, matches: {} }));
  for (const [name, filterPattern] of Object.entries(patterns)) {
    const matched: (Vector | undefined)[] = [];
    for (let start = 0; start < events.length; start += EVENTS_PER_REQUEST) {
      const batch = events.slice(start, start + EVENTS_PER_REQUEST);
      const { matches = [] } = await client.send(
        new TestMetricFilterCommand({ filterPattern, logEventMessages: batch.map(({ event }) => event) }),
      );
      // The service counts from one.
      matched.push(...matches.map(({ eventNumber = 0 }) => batch[eventNumber - 1]?.vector));
    }
    for (const { vector, matches } of findings) {
      matches[name] = matched.filter((one) => one === vector).length;
    }
  }
  return findings;
}

/** Whether a session is one in which the command must be found. */
export function isUse({ vector }: Finding): boolean {
  return ["pos", "ran"].includes(vector.kind);
}

/** A table of what was found, with a line that says whether every use was. */
export function findingsTable(findings: readonly Finding[], filter: string): string {
  const columns = Object.keys(findings[0]?.matches ?? {});
  const rows = findings.map(({ vector, matches }) => [
    vector.kind,
    vector.name,
    ...columns.map((column) => ((matches[column] ?? 0) > 0 ? "found" : "-")),
  ]);
  const uses = findings.filter(isUse);
  const missed = uses.filter(({ matches }) => !matches[filter]).map(({ vector }) => vector.name);
  const verdict =
    missed.length === 0
      ? `${filter}: all ${uses.length} uses were found`
      : `${filter}: ${missed.length} of ${uses.length} uses were missed: ${missed.join(", ")}`;
  return [table(["kind ", "session", ...columns], rows), "", verdict].join("\n");
}
