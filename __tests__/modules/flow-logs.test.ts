import { FlowLogs, type FlowLogsProps } from "../../modules";
import { synthModule } from "../support/synth";

const flowLogs = (retentionDays = 365) =>
  synthModule(
    (stack) =>
      new FlowLogs(stack, "flow-logs", {
        name: "test",
        region: "eu-central-1",
        vpcId: "vpc-1",
        retentionDays,
      }),
  );

test("records all traffic in a log group that keeps it as long as asked", () => {
  const stack = flowLogs(30);
  expect(stack.inventory()).toEqual({
    aws_cloudwatch_log_group: 1,
    aws_flow_log: 1,
    aws_iam_role: 1,
    aws_iam_role_policy: 1,
  });
  expect(stack.only("aws_cloudwatch_log_group")).toMatchObject({
    name: "test-flow-logs",
    retention_in_days: 30,
  });
  expect(stack.only("aws_flow_log")).toMatchObject({
    vpc_id: "vpc-1",
    traffic_type: "ALL",
    log_destination_type: "cloud-watch-logs",
    log_destination: expect.stringMatching(/^\$\{aws_cloudwatch_log_group\.flow-logs_log-group\w*\.arn\}$/),
    iam_role_arn: expect.stringMatching(/^\$\{aws_iam_role\.flow-logs_role\w*\.arn\}$/),
    depends_on: [expect.stringMatching(/^aws_iam_role_policy\.flow-logs_permission/)],
  });
  expect(stack.only("aws_iam_role_policy").role).toMatch(/^\$\{aws_iam_role\.flow-logs_role\w*\.name\}$/);
});

test("the role serves this account's flow logs alone", () => {
  const [statement, ...others] = JSON.parse(flowLogs().only("aws_iam_role").assume_role_policy).Statement;
  expect(others).toEqual([]);
  expect(statement.Principal).toEqual({ Service: "vpc-flow-logs.amazonaws.com" });
  expect(statement.Condition).toEqual({
    StringEquals: { "aws:SourceAccount": "${data.aws_caller_identity.aws_account.account_id}" },
    ArnLike: {
      "aws:SourceArn":
        "arn:${data.aws_partition.aws_partition.partition}:ec2:eu-central-1:${data.aws_caller_identity.aws_account.account_id}:vpc-flow-log/*",
    },
  });
});

test("the role writes to its own log group and no other", () => {
  const [statement, ...others] = JSON.parse(flowLogs().only("aws_iam_role_policy").policy).Statement;
  expect(others).toEqual([]);
  expect(statement.Action).toEqual(["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]);
  for (const resource of statement.Resource) {
    expect(resource).toMatch(/^\$\{aws_cloudwatch_log_group\.[\w-]+\.arn\}(:\*)?$/);
  }
});

test("without a period, records would be kept for ever: code that gives none is refused", () => {
  const props = { name: "test", region: "eu-central-1", vpcId: "vpc-1" };
  expect(() => synthModule((stack) => new FlowLogs(stack, "flow-logs", props as FlowLogsProps))).toThrow(
    /retentionDays: got nothing; allowed: one of CloudWatch's periods/,
  );
});

test("a period that CloudWatch Logs does not have is refused", () => {
  expect(() => flowLogs(100)).toThrow(
    /retentionDays: got 100; allowed: one of CloudWatch's periods, in days: 1, 3, 5/,
  );
});

test("what an organization demands of role and log group is made so, and refused in words", () => {
  const demanded = (props: Partial<FlowLogsProps>) =>
    synthModule(
      (stack) =>
        new FlowLogs(stack, "flow-logs", {
          name: "test",
          region: "eu-central-1",
          vpcId: "vpc-1",
          retentionDays: 30,
          ...props,
        }),
    );
  const permissionsBoundaryArn = "arn:aws:iam::111122223333:policy/team";
  const logGroupKeyArn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555";
  const stack = demanded({
    permissionsBoundaryArn,
    iamPath: "/teams/",
    inlinePolicies: false,
    logGroupKeyArn,
  });
  expect(stack.only("aws_iam_role")).toMatchObject({
    permissions_boundary: permissionsBoundaryArn,
    path: "/teams/",
  });
  expect(stack.only("aws_iam_policy")).toMatchObject({
    name: "test-flow-logs-eu-central-1-write-flow-logs",
    path: "/teams/",
  });
  expect(stack.only("aws_cloudwatch_log_group").kms_key_id).toBe(logGroupKeyArn);
  expect(() =>
    demanded({ permissionsBoundaryArn: "team", iamPath: "teams", logGroupKeyArn: "alias/x" }),
  ).toThrow(
    /logGroupKeyArn: got "alias\/x"; .*\n.*permissionsBoundaryArn: got "team"; .*\n.*iamPath: got "teams"; /,
  );
});
