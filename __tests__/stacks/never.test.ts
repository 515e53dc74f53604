import { ownStacks } from "../support/environments";
import { MIXED } from "../support/existing-network";
import { type Json, type StackJson, synthEnvironment } from "../support/synth";

/** Every resource that a security promise could be broken in. A type that is new here must be judged, then added. */
const KNOWN_TYPES = [
  "aws_cloudwatch_event_rule",
  "aws_cloudwatch_event_target",
  "aws_cloudwatch_log_group",
  "aws_cloudwatch_log_metric_filter",
  "aws_cloudwatch_metric_alarm",
  "aws_default_security_group",
  "aws_flow_log",
  "aws_iam_instance_profile",
  "aws_iam_policy",
  "aws_iam_role",
  "aws_iam_role_policy",
  "aws_iam_role_policy_attachment",
  "aws_instance",
  "aws_kms_alias",
  "aws_kms_key",
  "aws_route_table",
  "aws_route_table_association",
  "aws_s3_bucket",
  "aws_s3_bucket_lifecycle_configuration",
  "aws_s3_bucket_object_lock_configuration",
  "aws_s3_bucket_policy",
  "aws_s3_bucket_public_access_block",
  "aws_s3_bucket_server_side_encryption_configuration",
  "aws_s3_bucket_versioning",
  "aws_scheduler_schedule",
  "aws_security_group",
  "aws_sfn_state_machine",
  "aws_sns_topic",
  "aws_sns_topic_policy",
  "aws_sns_topic_subscription",
  "aws_ssm_document",
  "aws_subnet",
  "aws_vpc",
  "aws_vpc_endpoint",
  "aws_vpc_security_group_egress_rule",
  "aws_vpc_security_group_ingress_rule",
  "terraform_data",
];

const everything = () =>
  synthEnvironment({
    region: "eu-central-1",
    network: { endpoints: { s3Gateway: true }, flowLogs: { retentionDays: 365 }, availabilityZones: 3 },
    sessions: {
      archive: {},
      alertEmails: ["ops@example.com"],
      adoptAccountPreferences: "import",
      forward: { db: { host: "db.internal", port: 5432, cidr: "10.20.0.0/16" } },
    },
    instances: {
      web: {
        egress: [{ cidr: "203.0.0.0/16", ports: 443, description: "a partner" }],
        userData: "#!/bin/sh",
      },
      db: { image: "al2", zone: "zone-1", securityGroupIds: ["sg-0123456789abcdef0"] },
    },
  });

const stacks = (): Record<string, StackJson> => {
  const { networking, sessions, instances } = everything();
  const existing = synthEnvironment(MIXED, "existing");
  return {
    ...ownStacks(),
    networking,
    sessions,
    instances,
    ...{ existingNetworking: existing.networking, existingInstances: existing.instances },
  };
};

let resources: { type: string; name: string; config: Json }[];
let files: string[];

beforeAll(() => {
  const all = Object.values(stacks());
  resources = all.flatMap((stack) => stack.all());
  files = all.map((stack) => JSON.stringify(stack.json));
});

const ofType = (type: string) => resources.filter((resource) => resource.type === type);

test("every type of resource is one that these promises were made for", () => {
  expect([...new Set(resources.map(({ type }) => type))].sort()).toEqual(KNOWN_TYPES);
});

test("no route leads anywhere", () => {
  for (const { config } of ofType("aws_route_table")) {
    expect(Object.keys(config).sort()).toEqual(["//", "tags", "vpc_id"]);
  }
});

test("no block is the whole internet, in no rule, route or policy", () => {
  for (const file of files) {
    expect(file).not.toMatch(/0\.0\.0\.0\/\d|::\/0/);
  }
});

test("nothing enters but HTTPS from the VPC, to the endpoints", () => {
  const blocks = ofType("aws_vpc").map(({ config }) => config.cidr_block);
  expect(ofType("aws_vpc_security_group_ingress_rule")).toHaveLength(4);
  for (const { config } of ofType("aws_vpc_security_group_ingress_rule")) {
    expect(config).toMatchObject({
      security_group_id: "${aws_security_group.endpoints.id}",
      ip_protocol: "tcp",
      from_port: 443,
      to_port: 443,
    });
    if (config.for_each === undefined) {
      expect(blocks).toContain(config.cidr_ipv4);
    } else {
      expect(config.for_each).toBe("${toset(local.network_blocks)}");
    }
  }
  for (const { config } of [...ofType("aws_security_group"), ...ofType("aws_default_security_group")]) {
    // Rules are resources of their own; an empty list says that there are none, and has others taken away.
    expect(config.ingress ?? []).toEqual([]);
    expect(config.egress ?? []).toEqual([]);
    const admitsHttps = String(config.name).endsWith("-endpoints");
    expect(admitsHttps || config.ingress).toBeTruthy();
  }
});

test("every rule and group says what it is for", () => {
  for (const type of [
    "aws_security_group",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
  ]) {
    for (const { config } of ofType(type)) {
      expect(config.description).toMatch(/\w{3}/);
    }
  }
});

test("no instance has a public address, a key pair, metadata without a token or a plain volume", () => {
  expect(ofType("aws_instance").length).toBeGreaterThanOrEqual(4);
  for (const { config } of ofType("aws_instance")) {
    expect(config.associate_public_ip_address).toBe(false);
    expect(config).not.toHaveProperty("key_name");
    expect(config.metadata_options).toMatchObject({ http_endpoint: "enabled", http_tokens: "required" });
    expect(config.root_block_device.encrypted).toBe(true);
    expect(config).not.toHaveProperty("ebs_block_device");
    expect(config.depends_on.join()).toMatch(
      /instance_access_session-manager.*instance_access_https-to-endpoints/,
    );
  }
  for (const { config } of ofType("aws_subnet")) {
    expect(config.map_public_ip_on_launch).toBe(false);
  }
});

test("every interface endpoint has private DNS and a policy", () => {
  for (const { config } of ofType("aws_vpc_endpoint")) {
    expect(config.policy).toBeTruthy();
    if (config.vpc_endpoint_type === "Interface") {
      expect(config.private_dns_enabled).toBe(true);
    }
  }
});

test("no account, partition or credential is written into the JSON", () => {
  for (const file of files) {
    expect(file).not.toMatch(/arn:aws:|\b\d{12}\b|AKIA|access_key|secret/i);
  }
});
