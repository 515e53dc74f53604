import { join } from "node:path";
import { LETTER, layoutOf } from "../../../cli/diagram/layout";
import { mermaid } from "../../../cli/diagram/mermaid";
import { type Diagram, diagramOf } from "../../../cli/diagram/model";
import { svg } from "../../../cli/diagram/svg";
import { readEnvironments } from "../../../cli/assembly/environments";
import dev from "../../../environments/dev";
import recipe from "../../../environments/recipe";
import type { Environment } from "../../../stacks/settings/environment";
import { Workspace } from "../../support/cli";
import { MIXED } from "../../support/existing-network";
import { MINIMAL } from "../../support/synth";

function draw(environment: Environment, name = "test"): Diagram {
  const workspace = new Workspace({ [name]: environment });
  const [read] = readEnvironments(join(workspace.folder, "cdktf.out"));
  workspace.remove();
  return diagramOf(read as NonNullable<typeof read>);
}

/** What a small reader of XML says is open at the end, or where the text is not well-formed. */
function openElements(xml: string): string[] {
  const open: string[] = [];
  const rest = xml.replace(
    /<(\/?)([a-z]+)((?: [a-zA-Z:-]+="[^"<&]*(?:&[a-z]+;[^"<&]*)*")*)(\/?)>/g,
    (_, end, name, __, empty) => {
      if (end) {
        expect(open.pop()).toBe(name);
      } else if (!empty) {
        open.push(name);
      }
      return "";
    },
  );
  expect(rest.replace(/&(amp|lt|gt|quot);/g, "")).not.toMatch(/[<&]/);
  return open;
}

const MANY: Environment = {
  region: "eu-central-1",
  network: { cidr: "10.0.0.0/16", availabilityZones: 6, subnetPrefix: 20, endpoints: { s3Gateway: true } },
  sessions: {
    archive: {},
    alertEmails: ["ops@example.com"],
    forward: Object.fromEntries(
      ["db", "cache", "search", "queue"].map((name) => [
        name,
        { host: `${name}.a-long-name-within.example.internal`, port: 5432, cidr: "10.200.0.0/24" },
      ]),
    ),
  },
  instances: Object.fromEntries(
    Array.from({ length: 32 }, (_, index) => [
      `instance-with-a-long-name-${index}`,
      index % 4 === 0 ? { zone: `zone-${1 + (index % 3)}` } : {},
    ]),
  ),
};

const ALL: [string, Environment][] = [
  ["dev", dev],
  ["recipe", recipe],
  ["existing", MIXED],
  ["one-zone", { ...MINIMAL, network: { availabilityZones: 1 } }],
  ["many", MANY],
];

test.each([
  ["dev", dev],
  ["recipe", recipe],
])("%s is drawn", (name, environment) => {
  const diagram = draw(environment, name);
  expect(mermaid(diagram)).toMatchSnapshot();
  expect(svg(diagram)).toMatchSnapshot();
});

describe.each(ALL)("%s", (name, environment) => {
  const diagram = draw(environment, name);
  const { width, height, boxes, routes } = layoutOf(diagram);

  test("is well-formed, and needs nothing from elsewhere", () => {
    const picture = svg(diagram);
    expect(openElements(picture)).toEqual([]);
    expect(picture).not.toMatch(/<script|<image|@import|href|url\((?!#)/);
  });

  test("has every text within its box, and every box within the picture", () => {
    for (const box of boxes) {
      const longest = Math.max(...box.lines.map((line) => line.length));
      expect(longest * LETTER).toBeLessThanOrEqual(box.width - 8);
      expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(width);
      expect(box.y + box.height).toBeLessThanOrEqual(height);
    }
  });

  test("has no box over another", () => {
    const solid = boxes.filter(({ frame }) => frame === undefined);
    const over = solid.flatMap((one, index) =>
      solid
        .slice(index + 1)
        .filter(
          (other) =>
            one.x < other.x + other.width &&
            other.x < one.x + one.width &&
            one.y < other.y + other.height &&
            other.y < one.y + one.height,
        )
        .map((other) => [one.id, other.id]),
    );
    expect(over).toEqual([]);
  });

  test("draws every arrow, straight", () => {
    expect(routes).toHaveLength(diagram.arrows.length);
    for (const { points } of routes) {
      const [x1, y1, x2, y2] = points;
      expect([x1 === x2, y1 === y2].filter(Boolean)).toHaveLength(1);
    }
  });
});

test("an instance is in a zone only where that is sure", () => {
  const { zones, anywhere } = draw({
    ...MINIMAL,
    instances: { sure: { zone: "zone-2" }, unsure: {} },
  });
  expect(zones.map(({ id, instances }) => [id, instances.map((one) => one.id)])).toEqual([
    ["zone-1", []],
    ["zone-2", ["instance-sure"]],
  ]);
  expect(anywhere.map(({ id }) => id)).toEqual(["instance-unsure"]);
  const only = draw({ ...MINIMAL, network: { availabilityZones: 1 } });
  expect(only.zones[0]?.instances.map(({ id }) => id)).toEqual(["instance-web"]);
});

test("more than twenty instances are counted", () => {
  const diagram = draw(MANY);
  expect(diagram.anywhere.at(-1)).toEqual({ id: "more", lines: ["and 12 more"] });
  expect(mermaid(diagram)).toContain('n-more["and 12 more"]');
});

test("the watch for sessions without a recording is beside the alarms", () => {
  const { alerting } = draw({ ...MINIMAL, sessions: {} });
  expect(alerting.map(({ lines }) => lines)).toEqual([
    ["2 metric filters", "rm, evasion"],
    ["3 alarms", "watch of recordings"],
    ["Topic", "0 subscribers"],
  ]);
});

test("an existing network is drawn as somebody else's", () => {
  const { network, endpoints, zones } = draw(MIXED);
  expect(network).toEqual({ id: "network", lines: ["Existing VPC vpc-0123456789abcdef0"], foreign: true });
  expect(endpoints.map(({ lines, foreign }) => [...lines, foreign])).toEqual([
    ["ssm", "existing endpoint", true],
    ["ec2messages", "outside this VPC", true],
    ["ssmmessages", "existing endpoint", true],
    ["logs", "endpoint", false],
    ["kms", "outside this VPC", true],
    ["s3", "gateway endpoint", false],
  ]);
  expect(zones.map(({ lines }) => lines)).toEqual([
    ["eu-central-1a", "subnet-0123456789abcdef0"],
    ["eu-central-1b", "subnet-0123456789abcdef1"],
  ]);
});

test("no name gets out of its place", () => {
  const name = `"]</text><script>&#x22;\u0007`;
  const diagram: Diagram = {
    ...draw(MINIMAL),
    title: `${name};`,
    network: { id: "network", lines: [name] },
    operator: { id: "operator", lines: [name] },
  };
  const picture = svg(diagram);
  expect(picture).toContain("&quot;]&lt;/text&gt;&lt;script&gt;&amp;#x22;\ufffd");
  expect(openElements(picture)).toEqual([]);
  const text = mermaid(diagram);
  expect(text).toContain('n-operator["#34;]#60;/text#62;#60;script#62;#38;#35;x22;\u0007"]');
  expect(text.split("\n")[1]).toBe('  accTitle: "]</text><script>& x22,\u0007,');
});
