import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandPattern } from "../../modules";
import { JOURNAL_PROFILE } from "../../modules/facts/command-journal";
import { MINIMAL, synthEnvironment } from "../support/synth";
import { describeTerraform, terraform } from "../support/terraform";

/** What Terraform makes of texts that are no templates of its own. References to AWS are taken out first. */
describeTerraform("Terraform reads texts as they were meant", () => {
  const shellProfile = "export PS1='${USER}@%{host} $ '";
  const userData = '#!/bin/sh\necho "${HOME:-none}" %{x} $HOME $$';
  const { sessions, instances } = synthEnvironment({
    ...MINIMAL,
    sessions: { shellProfile },
    instances: { web: { userData } },
  });
  const withoutReferences = (text: string): string => text.replace(/(?<!\$)\$\{(aws_|data\.)[^}]+\}/g, "x");
  let values: Record<string, string>;

  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), "templates-"));
    const output = Object.fromEntries(
      Object.entries({
        policy: sessions.resources("aws_iam_policy").operators_shell?.policy,
        document: sessions.only("aws_ssm_document").content,
        pattern: sessions.resources("aws_cloudwatch_log_metric_filter")["alarm_command-rm-filter"]?.pattern,
        user_data: instances.only("aws_instance").user_data,
      }).map(([name, text]) => [name, { value: withoutReferences(text as string) }]),
    );
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ output }));
    expect(terraform(folder, "apply", "-auto-approve").status).toBe(0);
    const { stdout } = spawnSync(process.env.TERRAFORM_BINARY_NAME ?? "terraform", ["output", "-json"], {
      cwd: folder,
      encoding: "utf8",
    });
    values = Object.fromEntries(
      Object.entries(JSON.parse(stdout) as Record<string, { value: string }>).map(([name, { value }]) => [
        name,
        value,
      ]),
    );
    rmSync(folder, { recursive: true });
  });

  test("policy variables reach IAM", () => {
    const { Statement } = JSON.parse(values.policy as string);
    const own = Statement.find(({ Sid }: { Sid: string }) => Sid === "RecordedSessionsOwn");
    expect(own.Condition.StringEquals).toEqual({
      "ssm:resourceTag/aws:ssmmessages:session-id": "${aws:userid}",
    });
  });

  test("a shell profile reaches the shell", () => {
    expect(JSON.parse(values.document as string).inputs.shellProfile.linux).toBe(
      `${JOURNAL_PROFILE}\n${shellProfile}`,
    );
  });

  test("user data reaches the instance", () => {
    expect(values.user_data).toContain(`\n\n${userData}\n`);
  });

  test("a filter's pattern reaches CloudWatch Logs", () => {
    expect(values.pattern).toBe(commandPattern("rm"));
  });
});
