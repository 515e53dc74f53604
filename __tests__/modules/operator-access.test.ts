import { OperatorAccess, type OperatorAccessProps } from "../../modules";
import { synthModule } from "../support/synth";
import { unresolved, unresolvedNumber } from "../support/tokens";

const operators = (props: Partial<OperatorAccessProps> = {}) =>
  synthModule(
    (stack) =>
      new OperatorAccess(stack, "operators", {
        name: "test",
        region: "eu-central-1",
        accessTag: "test",
        documentName: "SessionManager-test",
        keyArn: "arn:key",
        logGroupArn: "arn:logs",
        ...props,
      }),
  );

test("a target that no document can be called after, and a tag that EC2 does not take, are refused together", () => {
  expect(() =>
    operators({ accessTag: "a*", forward: { "my db!": { host: "https://db", port: 70000 } } }),
  ).toThrow(
    new Error(
      [
        '[module/operators] accessTag: got "a*"; allowed: values of up to 256 characters: letters, digits, blanks and _ . : / = + - @; shorten it or leave the others out',
        '[module/operators] forward.my db!: got "my db!"; allowed: a name of 1 to 40 lower-case letters, digits and hyphens; rename it',
        '[module/operators] forward.my db!.host: got "https://db"; allowed: a host name or IPv4 address, and nothing else; write "db", and its port as port: a tunnel knows no scheme and no path',
        "[module/operators] forward.my db!.port: got 70000; allowed: a port from 1 to 65535; name the port that the host listens on",
      ].join("\n"),
    ),
  );
});

test("a target without host or port is refused", () => {
  expect(() => operators({ forward: { db: {} as never } })).toThrow(
    "[module/operators] forward.db.host: got nothing; allowed: a host name or IPv4 address; give one\n" +
      "[module/operators] forward.db.port: got nothing; allowed: a port from 1 to 65535; give one",
  );
});

test.each(["Db", "1db", "x".repeat(41), ""])("the target's name %j is refused", (name) => {
  expect(() => operators({ forward: { [name]: { host: "db", port: 1 } } })).toThrow(/1 to 40 lower-case/);
});

test("variables are left to Terraform", () => {
  const stack = operators({
    accessTag: unresolved("var.tag"),
    forward: { db: { host: unresolved("var.host"), port: unresolvedNumber("var.port") } },
  });
  expect(stack.only("aws_ssm_document").content).toContain("${var.host}");
});

describe("targets", () => {
  const forward = (count: number, name: string) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`${name}${index}`, { host: `h${index}`, port: 1 }]),
    );

  test("are as many as one policy names", () => {
    const all = Object.values(operators({ forward: forward(40, "db") }).resources("aws_iam_policy"));
    const policy: string = all.find(({ name }) => name === "test-session-forward")?.policy;
    expect(policy.match(/document\//g)).toHaveLength(40);
  });

  test("are refused together where IAM might refuse their policy for its length", () => {
    expect(() => operators({ name: "n".repeat(32), forward: forward(40, "x".repeat(38)) })).toThrow(
      /^\[module\/operators\] forward: got 40; allowed: as many targets as one IAM policy of 6144 characters holds: with these it may have \d{4}; leave some out, or shorten their names$/,
    );
  });
});
