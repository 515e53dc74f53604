import { allows, readPolicyJson } from "../../modules/facts/iam-policy";
import { ADDRESSES } from "../../stacks/contract";
import { addressOf } from "../assembly/stacks";
import { Failure } from "../terminal/failure";
import { canonical, deployedKey, deployedText, made } from "./deployed";
import type { Examination } from "./examination";
import { type Finding, fail, pass, unknown } from "./finding";

/** What CloudWatch Logs does with the key of a log group. */
const LOGS_ACTIONS = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"];

/** Whether the log group of the recordings is as it was deployed: sessions demand that it is there, and encrypted. */
export async function logGroup(examination: Examination): Promise<Finding> {
  const { logGroupName = "" } = examination.environment.recording ?? {};
  const [found, key] = await Promise.all([
    examination.account.logGroup(logGroupName),
    deployedKey(examination),
  ]);
  if (found === undefined) {
    return fail(`${logGroupName} is not there`, examination.deploy);
  }
  if (!found.kmsKeyId) {
    return fail(`${logGroupName} is not encrypted, which sessions demand`, examination.deploy);
  }
  const { config = {} } =
    made(examination, "aws_cloudwatch_log_group").find((one) => addressOf(one) === ADDRESSES.recordings) ??
    {};
  const wrong: string[] = [];
  const compare = (what: string, is: unknown, deployed: unknown): void => {
    if (deployed !== undefined && is !== deployed) {
      wrong.push(`${what} ${String(is ?? "none")}, not ${String(deployed)}`);
    }
  };
  compare("is encrypted with", found.kmsKeyId, key);
  compare("keeps days", found.retentionInDays, config.retention_in_days);
  compare(
    "has deletion protection",
    found.deletionProtectionEnabled ?? false,
    config.deletion_protection_enabled,
  );
  // Alarms are made of metric filters, which the other classes do not have.
  compare("is of the class", found.logGroupClass ?? "STANDARD", "STANDARD");
  if (wrong.length > 0) {
    return fail(`${logGroupName} ${wrong.join(", ")}`, examination.deploy);
  }
  const seen = `${logGroupName} is encrypted with ${found.kmsKeyId}, and keeps recordings for ${found.retentionInDays ?? "all"} days`;
  return key === undefined ? unknown(`${seen}; ${withoutKey(examination)}`) : pass(seen);
}

/** Whether the key of the recordings is the deployed one, can be used, and lets CloudWatch Logs use it. */
export async function key(examination: Examination): Promise<Finding> {
  const { kmsKeyId: id } = await examination.recordingInputs();
  if (!id) {
    throw new Failure("not asked, since no document names a key");
  }
  const [found, deployed] = await Promise.all([examination.account.key(id), deployedKey(examination)]);
  const enable = examination.aws(`kms enable-key --key-id ${id}`);
  const cancel = examination.aws(`kms cancel-key-deletion --key-id ${id}`);
  if (found === undefined) {
    return fail(`${id} does not exist`, examination.deploy);
  }
  if (found.KeyState === "PendingDeletion") {
    return fail(`${id} is to be deleted, with all that it encrypts`, `${cancel} && ${enable}`);
  }
  if (found.KeyState !== "Enabled") {
    return fail(`${id} is ${found.KeyState}`, enable);
  }
  if (deployed !== undefined && ![found.Arn, found.KeyId].includes(deployed) && id !== deployed) {
    return fail(`${id} is enabled, but the deployed key is ${deployed}`, examination.deploy);
  }
  const { region } = examination.environment;
  const policy = await examination.account.keyPolicy(id);
  const written = await deployedText(
    examination,
    "sessions",
    made(examination, "aws_kms_key")[0]?.config.policy,
  );
  const statements = readPolicyJson(policy);
  const toLogs = new RegExp(`"logs\\.${region}\\.|"\\*"`);
  const forLogs = (statements ?? []).filter(({ principals }) =>
    toLogs.test(JSON.stringify(principals ?? "*")),
  );
  const shut = LOGS_ACTIONS.filter((action) => !allows(forLogs, action));
  if (shut.length > 0) {
    const seen = `${id} is enabled, but its policy lets logs.${region}.amazonaws.com not do ${shut.join(", ")}`;
    return fail(seen, examination.deploy);
  }
  if (written !== undefined && canonical(policy) !== canonical(written)) {
    return fail(`${id} is enabled, but has another policy than is deployed`, examination.deploy);
  }
  const seen = `${id} is enabled, and its policy lets CloudWatch Logs use it`;
  return deployed === undefined ? unknown(`${seen}; ${withoutKey(examination)}`) : pass(seen);
}

function withoutKey({ environment }: Examination): string {
  return `whether that is the deployed key, only the state of ${environment.name}-sessions tells`;
}
