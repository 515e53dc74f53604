import type { Environment } from "../../stacks/settings/environment";
import { synthEnvironment } from "../support/synth";

/** As many characters as AWS takes of a name, by type and argument, from the page of each call that makes one. */
const LONGEST: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  aws_cloudwatch_event_rule: { name: 64 },
  aws_cloudwatch_log_group: { name: 512 },
  aws_cloudwatch_log_metric_filter: { name: 512 },
  aws_cloudwatch_metric_alarm: { alarm_name: 255 },
  aws_iam_instance_profile: { name: 128 },
  aws_iam_policy: { name: 128, description: 1000, policy: 6144 },
  aws_iam_role: { name: 64, description: 1000, assume_role_policy: 2048 },
  aws_iam_role_policy: { name: 128, policy: 10_240 },
  aws_instance: { user_data: 16_384 },
  aws_kms_alias: { name: 256 },
  aws_kms_key: { policy: 32_768 },
  aws_s3_bucket: { bucket: 63 },
  aws_s3_bucket_policy: { policy: 20_480 },
  aws_scheduler_schedule: { name: 64 },
  aws_security_group: { name: 255, description: 255 },
  aws_sfn_state_machine: { name: 80, definition: 1_048_576 },
  aws_sns_topic: { name: 256 },
  aws_sns_topic_policy: { policy: 30_720 },
  aws_ssm_document: { name: 128, content: 65_536 },
  aws_vpc_endpoint: { policy: 20_480 },
  aws_vpc_security_group_egress_rule: { description: 255 },
  aws_vpc_security_group_ingress_rule: { description: 255 },
};

/** The longest of every setting; a bucket that is made has the prefix in its name, with account and Region. */
const everything = (prefix: number, archive: { bucketName?: string }): Environment => ({
  region: "ap-southeast-2",
  namePrefix: "p".repeat(prefix),
  network: {
    availabilityZones: 3,
    endpoints: { ec2Messages: true, s3Gateway: true },
    flowLogs: { retentionDays: 365 },
  },
  sessions: {
    archive,
    watchedCommands: ["a", "b", "c", "d"].map((one) => one.repeat(64)),
    rootShell: { user: "u".repeat(32) },
    shellProfile: "x".repeat(132),
    adoptAccountPreferences: "create",
    requireMfa: true,
    forward: {
      ["t".repeat(40)]: {
        host: `${"h".repeat(63)}.`.repeat(3).slice(0, -1),
        port: 65535,
        cidr: "10.128.128.0/24",
      },
    },
  },
  instances: {
    [`i${"n".repeat(62)}`]: {
      egress: [{ cidr: "10.0.0.0/8", ports: 1, description: "d".repeat(255) }],
      userData: `#!/bin/sh\n${"#".repeat(10_000)}`,
    },
  },
});

const ALL = [everything(32, { bucketName: "b".repeat(63) }), everything(26, {})].flatMap((environment) => {
  const { networking, sessions, instances } = synthEnvironment(environment);
  return [networking, sessions, instances].flatMap((stack) => stack.all());
});

/** A text as AWS gets it: what only Terraform knows is an ARN or an id. */
const written = (text: string): string =>
  text
    .replace(/\$\{data\.aws_partition[^}]*\}/g, "aws-us-gov")
    .replace(/\$\{data\.aws_caller_identity[^}]*\}/g, "111122223333")
    .replace(/\$\$\{/g, "${")
    .replace(/(?<!\$)\$\{(data|aws|local)[^}]*\}/g, "x".repeat(100));

test("nothing is longer than AWS takes it, with the longest of every setting", () => {
  const found: string[] = [];
  let checked = 0;
  for (const { type, name, config } of ALL) {
    for (const [argument, longest] of Object.entries(LONGEST[type] ?? {})) {
      if (typeof config[argument] === "string") {
        checked += 1;
        const { length } = written(config[argument]);
        if (length > longest) {
          found.push(`${type}.${name}.${argument}: ${length}, not ${longest}`);
        }
      }
    }
  }
  expect(found).toEqual([]);
  expect(checked).toBeGreaterThan(60);
});

test("every kind of resource that is named is among them", () => {
  const named = ALL.filter(({ config }) =>
    ["name", "bucket", "alarm_name"].some((argument) => typeof config[argument] === "string"),
  )
    .filter(({ config }) => !String(config.bucket ?? "").startsWith("${"))
    .map(({ type }) => type);
  expect([...new Set(named)].filter((type) => LONGEST[type] === undefined)).toEqual([]);
});
