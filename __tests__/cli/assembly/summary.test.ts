import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { summarize } from "../../../cli/assembly/summary";
import { JSON_FORMAT } from "../../../stacks/contract";
import { readSynthesized } from "../../../cli/assembly/stacks";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "out-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(
  stacks: Record<
    string,
    {
      resource?: object;
      data?: object;
      dependencies?: string[];
      silencedRules?: object[];
      assumptions?: object[];
    }
  >,
): void {
  const manifest: Record<string, object> = {};
  for (const [name, { resource, data, dependencies = [], ...metadata }] of Object.entries(stacks)) {
    const synthesizedStackPath = `${name}.json`;
    manifest[name] = { name, synthesizedStackPath, dependencies };
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, synthesizedStackPath),
      JSON.stringify({
        "//": { metadata: { format: JSON_FORMAT, ...metadata } },
        provider: { aws: [{ region: "r" }] },
        resource,
        data,
      }),
    );
  }
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ stacks: manifest }));
}

test("stacks come in the order they are deployed", () => {
  write({ "a-b-instances": { dependencies: ["a-b-networking"] }, "a-b-networking": {}, "a-networking": {} });
  expect(readSynthesized(folder).map(({ name, environment }) => [name, environment])).toEqual([
    ["a-b-networking", "a-b"],
    ["a-b-instances", "a-b"],
    ["a-networking", "a"],
  ]);
});

test("nothing synthesized is said in one line", () => {
  expect(() => readSynthesized(folder)).toThrow(/^nothing is synthesized in .*: run npm start first$/);
});

const SAFE = { root_block_device: { encrypted: true }, metadata_options: { http_tokens: "required" } };

test.each<[string, object]>([
  ["internet or NAT gateway: aws_nat_gateway.x", { aws_nat_gateway: { x: {} } }],
  ["internet or NAT gateway: aws_internet_gateway.x", { aws_internet_gateway: { x: {} } }],
  ["public address: aws_eip.x", { aws_eip: { x: {} } }],
  ["public address: aws_subnet.x", { aws_subnet: { x: { map_public_ip_on_launch: true } } }],
  ["public address: aws_instance.x", { aws_instance: { x: { ...SAFE, associate_public_ip_address: true } } }],
  [
    "inbound rule on an instance: aws_vpc_security_group_ingress_rule.x",
    { aws_vpc_security_group_ingress_rule: { x: { security_group_id: "sg-1" } } },
  ],
  ["SSH key pair: aws_key_pair.x", { aws_key_pair: { x: {} } }],
  ["SSH key pair: aws_instance.x", { aws_instance: { x: { ...SAFE, key_name: "me" } } }],
  ["unencrypted volume: aws_instance.x", { aws_instance: { x: { ...SAFE, root_block_device: {} } } }],
  ["unencrypted volume: aws_instance.x", { aws_instance: { x: { ...SAFE, ebs_block_device: [{}] } } }],
  ["unencrypted volume: aws_ebs_volume.x", { aws_ebs_volume: { x: {} } }],
  [
    "metadata without a token: aws_instance.x",
    { aws_instance: { x: { ...SAFE, metadata_options: { http_tokens: "optional" } } } },
  ],
])("a promise that is broken is said: %s", (found, resource) => {
  write({ "dev-networking": { resource } });
  expect(summarize(folder)).toContain(`\n  found: ${found}\n`);
  expect(
    summarize(folder)
      .split("\n")
      .find((line) => line.startsWith("  never:")),
  ).not.toContain(found.split(":")[0]);
});

test("alerts that nobody reads are said, and only where there are alerts", () => {
  const line =
    "\n  alerts: nobody is told: set sessions.alertEmails, or subscribe to the topic in alert_topic_arn\n";
  write({ "dev-sessions": { resource: { aws_sns_topic: { alarm: {} } } } });
  expect(summarize(folder)).toContain(line);
  for (const resource of [{}, { aws_sns_topic: { alarm: {} }, aws_sns_topic_subscription: { mail: {} } }]) {
    write({ "dev-sessions": { resource } });
    expect(summarize(folder)).not.toContain("alerts:");
  }
});

test("what cannot be checked is said", () => {
  write({
    "dev-networking": { assumptions: [{ service: "kms", networks: ["10.1.0.0/24", "10.2.0.0/24"] }] },
  });
  expect(summarize(folder)).toContain(
    "\n  assumes: kms answers under its own name in 10.1.0.0/24, 10.2.0.0/24, on port 443\n",
  );
});

test("a silenced rule is said, with its reason", () => {
  const silencedRules = [{ path: "dev-instances/web", rule: "no-key-pair", reason: "until March" }];
  write({ "dev-instances": { silencedRules } });
  expect(summarize(folder)).toContain("\n  silenced: no-key-pair for dev-instances/web: until March\n");
});

test("an image that is mended no more is said once, and what has no end is not", () => {
  const latest = "/aws/service/ami-amazon-linux-latest";
  const aws_ssm_parameter = {
    old: { name: `${latest}/amzn2-ami-hvm-x86_64-gp2` },
    arm: { name: `${latest}/amzn2-ami-hvm-arm64-gp2` },
    new: { name: `${latest}/al2023-ami-kernel-default-x86_64` },
  };
  write({ "dev-instances": { data: { aws_ssm_parameter } } });
  const lines = summarize(folder, new Date("2026-11-27")).split("\n");
  expect(lines.filter((line) => line.startsWith("  image:"))).toEqual([
    "  image: Amazon Linux 2 has had no security updates since 2026-06-30: change to al2023",
  ]);
  expect(summarize(folder, new Date("2025-06-30"))).not.toContain("image:");
});

test("what goes beyond AWS's default quotas is said, and nothing at them", () => {
  const resource = (groups: number, rules: number, policies: number) => ({
    aws_instance: {
      web: { ...SAFE, vpc_security_group_ids: Array.from({ length: groups }, (_, n) => `sg-${n}`) },
    },
    aws_vpc_security_group_egress_rule: Object.fromEntries(
      Array.from({ length: rules }, (_, n) => [
        `r${n}`,
        { security_group_id: "${aws_security_group.own.id}" },
      ]),
    ),
    aws_iam_role_policy_attachment: Object.fromEntries(
      Array.from({ length: policies }, (_, n) => [`p${n}`, { role: "${aws_iam_role.access.name}" }]),
    ),
  });
  write({ "dev-instances": { resource: resource(5, 60, 10) } });
  expect(summarize(folder)).not.toContain("quota:");
  write({ "dev-instances": { resource: resource(6, 61, 11) } });
  const ask = "ask in Service Quotas before you deploy";
  expect(summarize(folder)).toContain(
    [
      `  quota: web: 6 security groups per network interface: AWS's default is 5, which can be raised, up to 16: ${ask}`,
      `  quota: access: 11 managed policies attached to a role: AWS's default is 10, which can be raised, up to 25: ${ask}`,
      `  quota: own: 61 outbound rules per security group: AWS's default is 60, which can be raised, up to 500: ${ask}`,
    ].join("\n"),
  );
});

test("so are more VPCs in a Region than an account has by itself", () => {
  const stacks = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, n) => [
        `e${n}-networking`,
        { resource: { aws_vpc: { network: {} } } },
      ]),
    );
  write(stacks(5));
  expect(summarize(folder)).not.toContain("quota:");
  write(stacks(6));
  expect(summarize(folder)).toMatch(
    /\n\nquota: r: 6 VPCs per Region: AWS's default is 5, which can be raised: ask .*, where they share an account$/,
  );
});
