import { join } from "node:path";
import { DescribeVpcEndpointsCommand } from "@aws-sdk/client-ec2";
import { GetDocumentCommand } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { readEnvironments } from "../../../cli/assembly/environments";
import { Workspace } from "../../support/cli";
import { awsError } from "../../support/recorded";
import { MINIMAL } from "../../support/synth";
import { account, beforeDiagnoses, examine, said, wrong } from "./diagnoses";

beforeDiagnoses();

test("what is not recorded has no document, log group or key", async () => {
  const checks = await examine("plain");
  expect(wrong(checks)).toEqual([]);
  expect(checks.map(({ check }) => check)).not.toContain("session document");
  account.refused = { "Operator ssm:StartSession": [] };
  expect(said(await examine("plain"), "your permission")).toMatch(/-> ask for ssm:StartSession/);
});

test("what may not be read is unknown, with the permission that it takes", async () => {
  account.mocks.ec2.on(DescribeVpcEndpointsCommand).rejects(awsError("UnauthorizedOperation"));
  account.mocks.ssm.on(GetDocumentCommand).rejects(awsError("AccessDeniedException"));
  const checks = await examine();
  expect(wrong(checks)).toEqual(
    [
      ...["subnet", "route", "endpoint ssm", "endpoint ssmmessages", "endpoint logs", "endpoint kms"],
      ...["endpoint s3", "security group egress", "security group ingress", "session document"],
      ...["session user", "key", "archive bucket"],
    ].map((check) => `unknown ${check}`),
  );
  expect(said(checks, "route")).toMatch(/^denied: ec2:DescribeVpcEndpoints in eu-central-1: ask for/);
});

test("without credentials for the account, nothing else is asked of it", async () => {
  account.identity = "arn:aws:iam::444455556666:user/alice";
  const checks = await examine();
  expect(checks[0]).toEqual({
    check: "AWS credentials",
    result: "FAIL",
    seen: "arn:aws:iam::444455556666:user/alice, and web is in account 111122223333",
    fix: "choose a profile of that account with AWS_PROFILE",
  });
  expect(checks[1]).toMatchObject({ check: "AWS CLI and plugin", result: "pass" });
  expect(new Set(checks.slice(2).map(({ result, seen }) => `${result}: ${seen}`))).toEqual(
    new Set(["unknown: not asked, as AWS credentials fails above"]),
  );
  expect(account.mocks.ec2.calls()).toEqual([]);

  account.mocks.sts.on(GetCallerIdentityCommand).rejects(awsError("ExpiredToken"));
  expect((await examine())[0]?.seen).toMatch(/^your AWS credentials have expired: renew them/);
});

test("an instance that is not deployed is that, and everything about it is not asked", async () => {
  const fresh = new Workspace({ dev: MINIMAL });
  account.instance.State = { Name: "terminated" };
  const checks = await examine("dev", readEnvironments(join(fresh.folder, "cdktf.out")));
  fresh.remove();
  expect(said(checks, "instance")).toBe(
    "web is not deployed, or in another account than your credentials (the state of dev-instances has no web): npm run deploy -- dev",
  );
  expect(said(checks, "route")).toBe("not asked, since the instance is not found");
});

test("a document that is not JSON is not read", async () => {
  account.mocks.ssm.on(GetDocumentCommand).resolves({ Status: "Active", Content: "schemaVersion: '1.0'" });
  const checks = await examine();
  expect(wrong(checks)).toEqual([
    "unknown session document",
    "unknown session user",
    "unknown key",
    "unknown archive bucket",
  ]);
  expect(said(checks, "key")).toBe("SessionManager-dev is not JSON: npm run deploy -- dev");
});

test("what is missing on this machine, or does not start, is named", async () => {
  const { PATH } = process.env;
  process.env.PATH = "/nowhere";
  expect(said(await examine(), "AWS CLI and plugin")).toMatch(
    /^no aws on the PATH, by which only .*; no session-manager-plugin on the PATH: sessions are opened by this project's own client, .* -> install it, https:/,
  );
  const broken = new Workspace();
  broken.program("aws", 'console.error("wrong glibc"); process.exit(1)');
  broken.program("session-manager-plugin");
  process.env.PATH = `${broken.folder}/programs:${PATH}`;
  expect(said(await examine(), "AWS CLI and plugin")).toBe(
    `${broken.folder}/programs/aws does not start: wrong glibc: install it again`,
  );
  broken.write("programs/aws", "no program");
  expect(said(await examine(), "AWS CLI and plugin")).toMatch(/aws does not start: .*: install it again$/);
  broken.remove();
});

test.each([
  [
    "1.2.707.0",
    "FAIL",
    / is older than 1\.2\.764\.0 of 2025-11-19, the oldest that AWS supports -> install the newest, /,
  ],
  ["1.2.889.0", "FAIL", / was withdrawn by AWS on 2026-10-09, the day it came out -> install the newest, /],
  ["1.2.804.0", "pass", / cannot resume a session .* -> install the newest, /],
  ["1.2.896.0", "pass", /^aws-cli\/2\.31\.0, session-manager-plugin 1\.2\.896\.0$/],
  [
    "none",
    "unknown",
    /^aws-cli\/2\.31\.0; session-manager-plugin does not tell its version, but "none" -> install the newest, /,
  ],
])("the plugin %s is %s", async (version, result, seen) => {
  const { PATH } = process.env;
  const other = new Workspace();
  other.program("session-manager-plugin", `console.log("${version}")`);
  process.env.PATH = `${other.folder}/programs:${PATH}`;
  const checks = await examine();
  other.remove();
  expect(checks[1]).toMatchObject({ check: "AWS CLI and plugin", result });
  expect(said(checks, "AWS CLI and plugin")).toMatch(seen);
});
