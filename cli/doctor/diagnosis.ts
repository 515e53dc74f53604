import type { ChosenInstance } from "../assembly/choose";
import { Failure } from "../terminal/failure";
import type { Check } from "../instance/verify";
import { visible } from "../terminal/sanitize";
import { Examined, type Finding } from "./examination";
import {
  instanceProfile,
  instanceState,
  metadataService,
  role,
  rolePolicies,
  statusChecks,
} from "./instance-checks";
import { LiveAccount } from "./live-account";
import { dns, endpoint, gateway, route, subnet, wayIn, wayOut } from "./network-checks";
import { credentials, programs, startSession, useKey } from "./operator-checks";
import { agent, document, key, logGroup, online } from "./session-checks";

/** One line of a diagnosis. */
export interface DiagnosedCheck extends Check {
  /** What a person can do; undefined where nothing has to be done. */
  readonly fix?: string;
}

type Examination = readonly [check: string, examine: (examined: Examined) => Promise<Finding>];

const FIRST: Examination = ["AWS credentials", credentials];

/** Examines an instance and all that a session on it takes, causes before what comes of them. */
export async function diagnose(chosen: ChosenInstance): Promise<DiagnosedCheck[]> {
  const examined = new Examined(chosen, new LiveAccount(chosen.environment.region));
  const first = await carryOut(FIRST, examined);
  const all = examinations(examined);
  // Without credentials every answer would be the same.
  const rest =
    first.result === "pass"
      ? await Promise.all(all.map((one) => carryOut(one, examined)))
      : await Promise.all(all.map((one) => (one[1] === programs ? carryOut(one, examined) : unasked(one))));
  return [first, ...rest];
}

function examinations(examined: Examined): Examination[] {
  const { environment } = examined;
  const recording: Examination[] = [
    ["session document", document],
    ["log group", logGroup],
    ["key", key],
    ["your use of the key", useKey],
  ];
  return [
    ["AWS CLI and plugin", programs],
    ["instance", instanceState],
    ["status checks", statusChecks],
    ["metadata service", metadataService],
    ["instance profile", instanceProfile],
    ["role", role],
    ["role's policies", rolePolicies],
    ["subnet", subnet],
    ["route", route],
    ["DNS of the VPC", dns],
    ...examined
      .services()
      .map((service): Examination => [`endpoint ${service}`, () => endpoint(examined, service)]),
    ...(examined.usesGateway() ? [["endpoint s3", gateway] as const] : []),
    ["security group egress", wayOut],
    ["security group ingress", wayIn],
    ["Systems Manager", online],
    ["SSM Agent", agent],
    ...(environment.recording === undefined ? [] : recording),
    ["your permission", startSession],
  ];
}

async function carryOut([check, examine]: Examination, examined: Examined): Promise<DiagnosedCheck> {
  try {
    const { result, seen, fix } = await examine(examined);
    return { check, result, seen: visible(seen), ...(fix === undefined ? {} : { fix: visible(fix) }) };
  } catch (error) {
    if (error instanceof Failure) {
      return { check, result: "unknown", seen: visible(error.message) };
    }
    throw error;
  }
}

function unasked([check]: Examination): DiagnosedCheck {
  return { check, result: "unknown", seen: "not asked, without credentials for the account" };
}
