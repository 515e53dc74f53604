import { type CloudWatchLogsClient, TestMetricFilterCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { SynthesizedResource } from "../assembly/stacks";

/** One recorded terminal session. */
export interface Vector {
  /** Whether the command must be found, must not, evades the pattern, or is a mention taken for a use. */
  readonly kind: string;
  /** What was done. */
  readonly name: string;
  /** The log events, as the agent writes them. */
  readonly events: readonly string[];
}

/** What the service found in a session. */
export interface Finding {
  /** The session. */
  readonly vector: Vector;
  /** How many of its events match, by the name of the filter. */
  readonly matches: Readonly<Record<string, number>>;
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
  const events = vectors.flatMap((vector, index) => vector.events.map((event) => ({ event, index })));
  const counts = vectors.map((): Record<string, number> => ({}));
  for (const [name, filterPattern] of Object.entries(patterns)) {
    for (const count of counts) {
      count[name] = 0;
    }
    for (let start = 0; start < events.length; start += EVENTS_PER_REQUEST) {
      const batch = events.slice(start, start + EVENTS_PER_REQUEST);
      const { matches = [] } = await client.send(
        new TestMetricFilterCommand({ filterPattern, logEventMessages: batch.map(({ event }) => event) }),
      );
      for (const { eventNumber = 0 } of matches) {
        // The service counts from one.
        const count = counts[batch[eventNumber - 1]?.index ?? -1];
        if (count !== undefined) {
          count[name] = (count[name] ?? 0) + 1;
        }
      }
    }
  }
  return vectors.map((vector, index) => ({ vector, matches: counts[index] ?? {} }));
}

/** A table of what was found, with a line that says whether every use was. */
export function findingsTable(findings: readonly Finding[], filter: string): string {
  const columns = Object.keys(findings[0]?.matches ?? {});
  const width = Math.max(...findings.map(({ vector }) => vector.name.length), "session".length);
  const head = ["kind ", "session".padEnd(width), ...columns].join("  ");
  const rows = findings.map(({ vector, matches }) =>
    [
      vector.kind.padEnd(5),
      vector.name.padEnd(width),
      ...columns.map((column) => ((matches[column] ?? 0) > 0 ? "found" : "-").padEnd(column.length)),
    ]
      .join("  ")
      .trimEnd(),
  );
  const uses = findings.filter(({ vector }) => vector.kind === "pos");
  const missed = uses.filter(({ matches }) => !matches[filter]).map(({ vector }) => vector.name);
  const verdict =
    missed.length === 0
      ? `${filter}: all ${uses.length} uses were found`
      : `${filter}: ${missed.length} of ${uses.length} uses were missed: ${missed.join(", ")}`;
  return [head, ...rows, "", verdict].join("\n");
}
