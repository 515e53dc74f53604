import { ACCESS_TAG } from "../../modules/facts/names";
import type { Environment } from "../../stacks/settings/environment";
import { asIamGetsIt, describeSimulation, simulate } from "../support/simulate-policies";
import { MINIMAL, synthEnvironment } from "../support/synth";

const ACCOUNT = "111122223333";
const FORWARD = { db: { host: "db.internal", port: 5432, cidr: "10.20.0.0/16" } };

/** The environment `dev` of one of several projects that share an account and a Region. */
function project(namePrefix: string, changes: Partial<Environment> = {}) {
  const environment = { ...MINIMAL, namePrefix, sessions: { forward: FORWARD }, ...changes };
  const { sessions, instances } = synthEnvironment(environment, "dev");
  const known: Readonly<Record<string, string>> = {
    partition: "aws",
    account_id: ACCOUNT,
    "operators_forward-db.name": `SessionManager-${namePrefix}-forward-db`,
    "logging_document.name": `SessionManager-${namePrefix}`,
  };
  const resolve = (reference: string): string =>
    Object.entries(known).find(([end]) => reference.endsWith(`${end}}`))?.[1] ?? "arn:aws:kms:x";
  const policy = (name: string): object =>
    asIamGetsIt(sessions.resources("aws_iam_policy")[`operators_${name}`]?.policy as string, resolve);
  const { tags } = instances.only("aws_instance") as { tags: Record<string, string> };
  return { shell: policy("shell"), forward: policy("forward"), tag: tags[ACCESS_TAG] ?? "" };
}

test("the tag that lets people in is of one environment in an account, whatever files and other tags are called", () => {
  expect([project("shop").tag, project("billing").tag]).toEqual(["shop", "billing"]);
  expect(project("shop", { tags: { environment: "Production", MANAGEDBY: "x" } }).tag).toBe("shop");
});

describeSimulation("operators of a project with a file of the same name", () => {
  const [shop, billing] = [project("shop"), project("billing")];
  const context = (tag: string) => ({
    "ssm:SessionDocumentAccessCheck": "true",
    [`ssm:resourceTag/${ACCESS_TAG}`]: tag,
  });
  const resource = `arn:aws:ec2:eu-central-1:${ACCOUNT}:instance/i-0123456789abcdef0`;
  const decide = (policy: object, tag: string) =>
    simulate([{ policies: [policy], action: "ssm:StartSession", resource, context: context(tag) }]);

  test("are kept out", () => {
    expect(decide(billing.shell, shop.tag)).toEqual(["ImplicitDeny"]);
    expect(decide(billing.forward, shop.tag)).toEqual(["ImplicitDeny"]);
    expect(decide(shop.shell, billing.tag)).toEqual(["ImplicitDeny"]);
  });

  test("are let in to their own", () => {
    expect(decide(shop.shell, shop.tag)).toEqual(["Allow"]);
    expect(decide(shop.forward, shop.tag)).toEqual(["Allow"]);
  });
});
