import type { SynthesizedEnvironment } from "../assembly/environments";
import { paint, table } from "../terminal/output";
import { furtherLines } from "./further";
import { type CostLine, type CostTotal, HOURS, type Usage, costLines, featureLines, totalOf } from "./lines";

/** What an environment costs a month, with all that the figure rests on. */
export type CostReport = ReturnType<typeof costReport>;

/** Estimates what an environment costs a month. */
export function costReport(environment: SynthesizedEnvironment, usage: Usage) {
  const lines = costLines(environment, usage);
  const totals = (parts: ReadonlyMap<string, readonly CostLine[]>): Record<string, CostTotal> =>
    Object.fromEntries([...parts].map(([name, some]) => [name, totalOf(some)]));
  const seen = lines.flatMap(({ price }) => (price ? `${price.date ?? "undated"}: ${price.source}` : []));
  return {
    environment: environment.name,
    region: environment.region,
    lines,
    total: totalOf(lines),
    /** What each option that is on adds, by its name. */
    features: totals(featureLines(lines)),
    /** What each option that is off, one more zone or one more instance would add. */
    further: totals(furtherLines(environment, lines, usage)),
    assumptions: assumptionsOf(usage),
    sources: [...new Set(seen)].sort(),
  };
}

/** The reports for a person: each with its lines and what is optional, and at the end what all rest on. */
export function costText(reports: readonly CostReport[]): string {
  const bulleted = (title: string, items: readonly string[]): string =>
    [`${title}:`, ...[...new Set(items)].sort().map((item) => `  ${item}`)].join("\n");
  const assumed = reports.flatMap(({ assumptions }) => assumptions);
  const seen = reports.flatMap(({ sources }) => sources);
  return [...reports.map(bill), bulleted("assumes", assumed), bulleted("prices seen", seen)].join("\n\n");
}

function bill({ environment, region, lines, total, features, further }: CostReport): string {
  const rows = lines.map(({ what, count, unit, price, amount }) => [
    what,
    String(Math.round(count * 100) / 100),
    price === undefined ? "unknown" : `${price.amount} per ${unit}`,
    amount === undefined ? "unknown" : amount.toFixed(2),
  ]);
  const totals = (named: Readonly<Record<string, CostTotal>>): string[][] =>
    Object.entries(named).map(([name, one]) => [name, inWords(one)]);
  const parts = [
    `${paint.bold(environment)} (${region}), US dollars a month`,
    table(["what", "count", "price", "a month"], [...rows, ["total", "", "", inWords(total)]]),
  ];
  if (Object.keys(features).length > 0) {
    parts.push(table(["of which", "a month"], totals(features)));
  }
  if (Object.keys(further).length > 0) {
    parts.push(table(["would add", "a month"], totals(further)));
  }
  return parts.join("\n\n");
}

function inWords({ amount, complete }: CostTotal): string {
  if (complete) {
    return amount.toFixed(2);
  }
  return amount === 0 ? "unknown" : `at least ${amount.toFixed(2)}`;
}

function assumptionsOf({ logGb, flowLogGb, endpointGb }: Usage): string[] {
  return [
    `${HOURS} hours a month, all instances running, on-demand prices of Linux, without tax, credits and free tier`,
    `a month brings ${logGb} GB of recordings (--log-gb), ${flowLogGb} GB of flow logs (--flow-log-gb), and ${endpointGb} GB through the endpoints (--endpoint-gb)`,
    "logs and copies fill their time of retention, and are counted as they came in: kept logs are compressed, and cost less",
    "the watch for sessions without a recording runs every minute, a second long, in 64 MB",
    "keys were never rotated: a rotation adds the price of a key",
    "not counted: requests to KMS and S3, alerts, metrics of watched commands, traffic between zones",
    "not counted: what others own, such as existing endpoints and a bucket of yours",
    "free of charge: Session Manager, S3 gateway endpoint, EventBridge, IAM, security groups, basic metrics",
  ];
}
