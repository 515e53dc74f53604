import { unexplainedChanges } from "../../cli/rehearsal/rehearsed-stack";
import type { Environment } from "../../stacks/settings/environment";
import { Deployment, describeE2e } from "../support/deployment";
import { MINIMAL } from "../support/synth";

const UNRECORDED: Environment = { ...MINIMAL, network: { availabilityZones: 2 } };

const BASE: Environment = { ...UNRECORDED, sessions: { recordings: "delete", watchedCommands: ["rm"] } };

const TAGGED: Environment = { ...BASE, tags: { Team: "platform" } };

/** The interface endpoints of an environment that records. */
const ENDPOINTS = ["kms", "logs", "ssm", "ssmmessages"].map(
  (service) => `networking: ~ aws_vpc_endpoint.endpoints_${service}`,
);
const ZONE = ["aws_route_table_association.network_route-zone-3", "aws_subnet.network_zone-3"];
const ZONE_OUTPUTS = ["networking: output availability_zones", "networking: output subnet_ids"];
const INSTANCE_OUTPUTS = ["instances: output instance_ids", "instances: output private_ips"];
const DD = [
  "aws_cloudwatch_log_metric_filter.alarm_command-dd-filter",
  "aws_cloudwatch_metric_alarm.alarm_command-dd-alarm",
];

/** What records sessions, beside the recordings and their key. */
const RECORDING = [
  "aws_cloudwatch_event_rule.alarm_session-started",
  "aws_cloudwatch_event_target.alarm_session-started-notice",
  "aws_cloudwatch_log_metric_filter.alarm_command-rm-filter",
  "aws_cloudwatch_log_metric_filter.alarm_evasion-filter",
  "aws_cloudwatch_metric_alarm.alarm_command-rm-alarm",
  "aws_cloudwatch_metric_alarm.alarm_evasion-alarm",
  "aws_iam_policy.guardrail_policy",
  "aws_iam_policy.operators_auditor",
  "aws_iam_policy.operators_shell",
  "aws_kms_alias.logging_key-alias",
  "aws_sns_topic.alarm",
  "aws_sns_topic_policy.alarm_policy",
  "aws_ssm_document.logging_document",
  // What finds sessions without a recording, and who touches recordings.
  "aws_cloudwatch_event_rule.tampering_evidence",
  "aws_cloudwatch_event_rule.tampering_watchers",
  "aws_cloudwatch_event_target.tampering_evidence-notice",
  "aws_cloudwatch_event_target.tampering_watchers-notice",
  "aws_cloudwatch_log_group.watch_log-group",
  "aws_cloudwatch_metric_alarm.watch_alarm",
  "aws_iam_role.watch_role",
  "aws_iam_role.watch_schedule-role",
  "aws_iam_role_policy.watch_permission",
  "aws_iam_role_policy.watch_schedule-permission",
  "aws_scheduler_schedule.watch_schedule",
  "aws_sfn_state_machine.watch",
];
const RECORDING_OUTPUTS = [
  "alert_topic_arn",
  "auditor_policy_arn",
  "document_name",
  "guardrail_policy_arn",
  "key_arn",
  "log_group_arn",
  "log_group_name",
  "shell_policy_arn",
].map((name) => `sessions: output ${name}`);

/** What people change, one after the other, and all that each may do. */
const CHANGES: readonly (readonly [what: string, settings: Environment, actions: readonly string[]])[] = [
  [
    "recording",
    BASE,
    [
      "networking: + aws_vpc_endpoint.endpoints_kms",
      "networking: + aws_vpc_endpoint.endpoints_logs",
      "networking: output endpoint_ids",
      ...RECORDING.map((address) => `sessions: + ${address}`),
      "sessions: + aws_cloudwatch_log_group.logging",
      "sessions: + aws_kms_key.logging_key",
      ...RECORDING_OUTPUTS,
      "instances: + aws_iam_role_policy.instance_access_record-sessions",
      "instances: + terraform_data.web_user-data",
      "instances: ~ aws_instance.web (root_block_device, tags, tags_all)",
    ],
  ],
  [
    "an instance more",
    { ...BASE, instances: { web: {}, jobs: {} } },
    [
      "instances: + aws_instance.jobs",
      "instances: + terraform_data.jobs_image",
      "instances: + terraform_data.jobs_user-data",
      ...INSTANCE_OUTPUTS,
    ],
  ],
  [
    "an instance less",
    BASE,
    [
      "instances: - aws_instance.jobs",
      "instances: - terraform_data.jobs_image",
      "instances: - terraform_data.jobs_user-data",
      ...INSTANCE_OUTPUTS,
    ],
  ],
  [
    "a further zone",
    { ...BASE, network: { availabilityZones: 3 } },
    [
      ...ZONE.map((address) => `networking: + ${address}`),
      ...ENDPOINTS.map((endpoint) => `${endpoint} (subnet_ids)`),
      ...ZONE_OUTPUTS,
    ],
  ],
  [
    "that zone no more",
    BASE,
    [
      ...ZONE.map((address) => `networking: - ${address}`),
      ...ENDPOINTS.map((endpoint) => `${endpoint} (subnet_ids)`),
      ...ZONE_OUTPUTS,
    ],
  ],
  [
    "another command that is watched",
    { ...BASE, sessions: { recordings: "delete", watchedCommands: ["rm", "dd"] } },
    DD.map((address) => `sessions: + ${address}`),
  ],
  ["that command no more", BASE, DD.map((address) => `sessions: - ${address}`)],
  [
    "a tag of everything",
    TAGGED,
    [
      "networking: ~ aws_default_security_group.network_default-security-group",
      "networking: ~ aws_route_table.network_isolated",
      "networking: ~ aws_security_group.endpoints",
      "networking: ~ aws_subnet.network_zone-1",
      "networking: ~ aws_subnet.network_zone-2",
      "networking: ~ aws_vpc.network",
      ...ENDPOINTS,
      "networking: ~ aws_vpc_security_group_ingress_rule.endpoints_https-from-vpc",
      "sessions: ~ aws_cloudwatch_event_rule.alarm_session-started",
      "sessions: ~ aws_cloudwatch_log_group.logging",
      "sessions: ~ aws_cloudwatch_metric_alarm.alarm_command-rm-alarm",
      "sessions: ~ aws_cloudwatch_metric_alarm.alarm_evasion-alarm",
      "sessions: ~ aws_iam_policy.guardrail_policy",
      "sessions: ~ aws_iam_policy.operators_auditor",
      "sessions: ~ aws_iam_policy.operators_shell",
      "sessions: ~ aws_kms_key.logging_key",
      "sessions: ~ aws_sns_topic.alarm",
      "sessions: ~ aws_ssm_document.logging_document",
      "sessions: ~ aws_cloudwatch_event_rule.tampering_evidence",
      "sessions: ~ aws_cloudwatch_event_rule.tampering_watchers",
      "sessions: ~ aws_cloudwatch_log_group.watch_log-group",
      "sessions: ~ aws_cloudwatch_metric_alarm.watch_alarm",
      "sessions: ~ aws_iam_role.watch_role",
      "sessions: ~ aws_iam_role.watch_schedule-role",
      "sessions: ~ aws_sfn_state_machine.watch",
      "instances: ~ aws_iam_instance_profile.instance_access_profile",
      "instances: ~ aws_iam_policy.instance_access_be-reached",
      "instances: ~ aws_iam_role.instance_access",
      "instances: ~ aws_instance.web",
      "instances: ~ aws_security_group.instance_access_security-group",
      "instances: ~ aws_vpc_security_group_egress_rule.instance_access_https-to-endpoints",
    ].map((change) => `${change} (tags_all)`),
  ],
  [
    "no recording any more",
    { ...TAGGED, sessions: false },
    [
      "networking: - aws_vpc_endpoint.endpoints_kms",
      "networking: - aws_vpc_endpoint.endpoints_logs",
      "networking: output endpoint_ids",
      "instances: - aws_iam_role_policy.instance_access_record-sessions",
      // Nobody may open a session by the tag any more, which its volume has too.
      "instances: ~ aws_instance.web (root_block_device, tags, tags_all)",
      ...RECORDING.map((address) => `sessions: - ${address}`),
      // Terraform forgets the recordings and their key, and leaves them.
      "sessions: . aws_cloudwatch_log_group.logging",
      "sessions: . aws_kms_key.logging_key",
      ...RECORDING_OUTPUTS,
    ],
  ],
];

describeE2e("a change of settings", (moto) => {
  let deployment: Deployment;
  beforeAll(() => {
    deployment = new Deployment(moto);
  });
  afterAll(() => deployment.remove());

  /** Deploys settings: what was done to which resource, stack by stack. */
  const deploy = async (settings: Environment): Promise<string[]> => {
    const done: string[] = [];
    for (const [layer, stack] of Object.entries(deployment.synthesize(settings))) {
      await stack.init();
      await stack.plan();
      const { stdout } = await stack.terraform("show", "-json", "rehearsal.tfplan");
      const { unexplained } = unexplainedChanges(stdout, moto.version);
      if (unexplained.length > 0) {
        await stack.apply();
        expect(await stack.planAgain()).toMatch(/^no changes/);
      }
      done.push(...unexplained.map((change) => `${layer}: ${change}`));
    }
    return done;
  };

  test("does what it says, and replaces nothing", async () => {
    const start = performance.now();
    await deploy(UNRECORDED);
    const seen: string[][] = [];
    for (const [, settings] of CHANGES) {
      seen.push(await deploy(settings));
    }
    expect(CHANGES.map(([what], index) => [what, ...(seen[index] ?? []).sort()])).toEqual(
      CHANGES.map(([what, , actions]) => [what, ...[...actions].sort()]),
    );
    // Created and destroyed in one go is replaced.
    expect(seen.flat().filter((change) => /: \S+\/\S+ /.test(change))).toEqual([]);
    const seconds = Math.round((performance.now() - start) / 1000);
    process.stderr.write(`settings: ${CHANGES.length} changes, none replaces anything, ${seconds} s\n`);
  }, 1_200_000);
});
