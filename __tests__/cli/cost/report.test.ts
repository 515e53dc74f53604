import { join } from "node:path";
import { type CostReport, costReport } from "../../../cli/cost/report";
import { priceOf } from "../../../cli/cost/prices";
import { readEnvironments } from "../../../cli/assembly/environments";
import dev from "../../../environments/dev";
import recipe from "../../../environments/recipe";
import type { Environment } from "../../../stacks/settings/environment";
import { Workspace } from "../../support/cli";
import { MIXED, existingNetwork } from "../../support/existing-network";
import { MINIMAL } from "../../support/synth";

const USAGE = { logGb: 1, flowLogGb: 1, endpointGb: 1 };

function report(environment: Environment, usage = USAGE): CostReport {
  const workspace = new Workspace({ test: environment });
  const [read] = readEnvironments(join(workspace.folder, "cdktf.out"));
  workspace.remove();
  expect(read).toBeDefined();
  return costReport(read as NonNullable<typeof read>, usage);
}

function amounts({ lines }: CostReport): Record<string, number | undefined> {
  return Object.fromEntries(lines.map(({ what, amount }) => [what, amount]));
}

test("the recipe, by hand: three endpoints in two zones, a t3.nano and its volume", () => {
  const found = report(recipe);
  expect(amounts(found)).toEqual({
    "endpoint ec2messages": 14.6,
    "endpoint ssm": 14.6,
    "endpoint ssmmessages": 14.6,
    "traffic of endpoints": 0.01,
    "instance t3.nano": 3.8,
    "root volumes": 0.64,
  });
  expect(found).toMatchObject({
    total: { amount: 48.25, complete: true },
    features: { ec2Messages: { amount: 14.6, complete: true } },
    further: {
      // Two endpoints in two zones, 29.20, a key, three alarms, the watch, 0.5 GB taken in and 12 GB kept.
      recording: { amount: 31.45, complete: true },
      "flow logs": { amount: 0.86, complete: true },
      "detailed monitoring of an instance": { amount: 2.1, complete: true },
      "a further zone": { amount: 21.9, complete: true },
      "a further instance like cookbook": { amount: 4.44, complete: true },
    },
  });
});

test("dev, by hand: what has no known price in its Region leaves the least", () => {
  const found = report(dev);
  expect(amounts(found)).toEqual({
    "endpoint kms": 17.52,
    "endpoint logs": 17.52,
    "endpoint ssm": 17.52,
    "endpoint ssmmessages": 17.52,
    "traffic of endpoints": 0.01,
    "instance t4g.nano": 3.5,
    "root volumes": 0.76,
    "flow logs taken in": undefined,
    "flow logs kept": 0.39,
    key: 1,
    alarms: undefined,
    "runs of the watch": undefined,
    "time of the watch": undefined,
    "recordings taken in": 0.63,
    "recordings kept": 0.39,
  });
  expect(found.total).toEqual({ amount: 76.76, complete: false });
  expect(found.features).toEqual({
    recording: { amount: 37.06, complete: false },
    "flow logs": { amount: 0.39, complete: false },
  });
});

test("everything that is optional, where every price is known", () => {
  const found = report(
    {
      region: "us-east-1",
      network: { endpoints: { ec2Messages: true, s3Gateway: true }, flowLogs: { retentionDays: 365 } },
      sessions: { archive: { expireDays: 365 } },
      instances: { web: { detailedMonitoring: true }, jobs: { instanceType: "m7g.large" } },
    },
    { logGb: 2, flowLogGb: 10, endpointGb: 100 },
  );
  expect(found.features).toEqual({
    ec2Messages: { amount: 14.6, complete: true },
    recording: { amount: 32.31, complete: true },
    archive: { amount: 1.1, complete: true },
    "flow logs": { amount: 8.6, complete: true },
    "detailed monitoring": { amount: 2.1, complete: true },
  });
  expect(amounts(found)).toMatchObject({
    alarms: 0.3,
    "runs of the watch": 0.04,
    "time of the watch": 0.05,
    "instance m7g.large": 59.57,
    "traffic of endpoints": 1,
  });
  expect(found.total).toEqual({ amount: 153.56, complete: true });
});

test("an unknown type of instance leaves the least", () => {
  const found = report({ region: "us-east-1", instances: { web: { instanceType: "u7i-12tb.224xlarge" } } });
  expect(amounts(found)).toMatchObject({ "instance u7i-12tb.224xlarge": undefined, "root volumes": 0.64 });
  expect(found.total).toEqual({ amount: 29.85, complete: false });
  expect(found.further["a further instance like web"]).toEqual({ amount: 0.64, complete: false });
});

test("in a Region without prices nothing is guessed", () => {
  const found = report({ ...MINIMAL, region: "ap-northeast-3", sessions: {} });
  expect(amounts(found).key).toBe(1);
  expect(found.total).toEqual({ amount: 1, complete: false });
});

test("endpoints that others made, and those elsewhere, cost nothing here", () => {
  expect(Object.keys(amounts(report(MIXED)))).toEqual([
    "endpoint logs",
    "traffic of endpoints",
    "instance t3.nano",
    "root volumes",
    "key",
    "alarms",
    "runs of the watch",
    "time of the watch",
    "recordings taken in",
    "recordings kept",
  ]);
  const none = report({ ...MINIMAL, network: existingNetwork({ services: "existing" }) });
  expect(none.total).toEqual({ amount: 5.14, complete: true });
  expect(none.further).not.toHaveProperty("a further zone");
});

test("what would be added is what it adds, and nothing that is there already", () => {
  const region = "us-east-1";
  const detailed = { detailedMonitoring: true };
  const one = report({ region, instances: { web: detailed } });
  const two = report({ region, instances: { web: detailed, jobs: detailed } });
  const { amount = 0 } = one.further["a further instance like web"] ?? {};
  expect(Math.abs(two.total.amount - one.total.amount - amount)).toBeLessThan(0.02);
  // The bucket and the endpoint of others have no line.
  const archived = report({ ...MINIMAL, sessions: { archive: { bucketName: "copies-of-sessions" } } });
  expect(archived.further).not.toHaveProperty("archive");
  expect(report(MIXED).further).not.toHaveProperty("ec2Messages");
  const existing = existingNetwork({ ec2Messages: true, services: { ec2messages: "existing" } });
  expect(report({ ...MINIMAL, network: existing }).further).not.toHaveProperty("ec2Messages");
});

test("a price is for its Region, and tells where it was seen", () => {
  expect(priceOf("endpoint-hour", "us-west-2")).toBeUndefined();
  expect(priceOf("instance/t3.nano", "us-west-2")).toMatchObject({ amount: 0.0052, date: null });
  expect(priceOf("key-month", "sa-east-1")).toEqual({
    amount: 1,
    source: "https://aws.amazon.com/kms/pricing/",
    date: null,
  });
});
