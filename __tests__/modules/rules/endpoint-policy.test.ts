import {
  all,
  allow,
  breaking,
  type Case,
  type Change,
  deny,
  FULL,
  policy,
  put,
  set,
} from "../../support/rules";
import type { Json } from "../../support/synth";

const after = breaking(FULL);

describe("endpoint-policy", () => {
  const out = (service: string, ...actions: string[]): string[] =>
    actions.map(
      (action) =>
        `endpoint-policy: test-networking/endpoints/${service} has a policy that shuts out ${action}`,
    );
  const own = (service: string, ...statements: Json[]) =>
    set(`aws_vpc_endpoint.endpoints_${service}`, { policy: policy(...statements) });
  const channels = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"].map(
    (one) => `ssmmessages:${one}`,
  );
  const logs = ["CreateLogStream", "DescribeLogGroups", "DescribeLogStreams", "PutLogEvents"].map(
    (one) => `logs:${one}`,
  );
  const beside =
    (document: string): Change =>
    (s) =>
      put(s, "instances", "aws_vpc_endpoint_policy.x", {
        vpc_endpoint_id: '${data.terraform_remote_state.test-networking.outputs.endpoint_ids["ssm"]}',
        policy: document,
      });
  test.each<Case>([
    [
      "one that allows something else",
      own("ssm", allow("ssm:GetParameter")),
      out("ssm", "ssm:UpdateInstanceInformation"),
    ],
    ["one that allows nothing", own("ssmmessages"), out("ssmmessages", ...channels)],
    ["a denial", own("ssm", allow("*"), deny("ssm:Update*")), out("ssm", "ssm:UpdateInstanceInformation")],
    ["one that keeps the logs out", own("logs", allow("logs:Get*")), out("logs", ...logs)],
    ["one that keeps the key out", own("kms", allow("kms:Encrypt")), out("kms", "kms:Decrypt")],
    [
      "one that is set beside the endpoint, from another stack",
      beside(policy(allow("ssm:GetParameter"))),
      out("ssm", "ssm:UpdateInstanceInformation"),
    ],
  ])("is broken by %s", (_, change, expected) => {
    expect(after(change)).toEqual(expected);
  });
  test.each<[string, Change]>([
    ["no policy, which lets all through", set("aws_vpc_endpoint.endpoints_ssm", { policy: undefined })],
    ["just the agent's action", own("ssm", allow("ssm:UpdateInstanceInformation"))],
    ["an endpoint that nobody needs", own("ec2messages", allow("nothing:*"))],
    [
      "a denial under a condition",
      own("ssm", allow("*"), deny("*", { Condition: { StringNotEquals: { "aws:PrincipalOrgID": "o-1" } } })),
    ],
    ["one that Terraform composes", own("ssm")],
    ["one beside that lets the agent in", beside(policy(allow("ssm:*")))],
    ["one beside that is not known", beside("${var.policy}")],
  ])("is kept with %s", (name, change) => {
    expect(
      after(
        name === "one that Terraform composes"
          ? set("aws_vpc_endpoint.endpoints_ssm", { policy: "${var.policy}" })
          : change,
      ),
    ).toEqual([]);
  });
  test("is broken by ec2messages shut out where the image needs it", () => {
    const change = all(
      own("ec2messages", allow("ec2messages:GetMessages")),
      set("aws_instance.web", { ami: "${data.aws_ssm_parameter.x.value}" }),
      (s) => {
        (s["test-instances"] as Json).data.aws_ssm_parameter.x = {
          name: "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2",
        };
      },
    );
    expect(after(change)).toEqual(
      out(
        "ec2messages",
        ...["AcknowledgeMessage", "DeleteMessage", "FailMessage", "GetEndpoint", "SendReply"].map(
          (one) => `ec2messages:${one}`,
        ),
      ),
    );
  });
});
