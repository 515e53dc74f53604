import type { ChosenInstance } from "../assembly/choose";
import { stackOf } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import type { Check } from "../instance/verify";
import { sanitize } from "../terminal/sanitize";
import { archiveBucket } from "./archive-checks";
import { Examination } from "./examination";
import type { Finding } from "./finding";
import {
  instanceProfile,
  instanceState,
  metadataService,
  role,
  rolePolicies,
  statusChecks,
} from "./instance-checks";
import { LiveAccount } from "./live-account";
import { dns, endpoint, endpointIngress, gateway, instanceEgress, route, subnet } from "./network-checks";
import { credentials, programs, startSession, useKey } from "./operator-checks";
import { agent, document, key, logGroup, online, sessionUser } from "./session-checks";

/** One line of a diagnosis. */
export interface DiagnosedCheck extends Check {
  /** What a person can do; undefined where nothing has to be done. */
  readonly fix?: string;
}

type Step = readonly [check: string, examine: (examination: Examination) => Promise<Finding>];

const FIRST: Step = ["AWS credentials", credentials];

/** Examines an instance and all that a session on it needs, causes before their consequences. */
export async function diagnose(chosen: ChosenInstance): Promise<DiagnosedCheck[]> {
  const examination = new Examination(chosen, new LiveAccount(chosen.environment.region));
  const first = await carryOut(FIRST, examination);
  // Without credentials every answer would be the same.
  const isAsked = ([, examine]: Step): boolean => first.result === "pass" || examine === programs;
  const rest = stepsOf(examination).map((step) =>
    isAsked(step) ? carryOut(step, examination) : unasked(step),
  );
  return [first, ...(await Promise.all(rest))];
}

function stepsOf(examination: Examination): Step[] {
  const { environment } = examination;
  const hasArchive = stackOf(environment, "sessions")?.outputs.archive_bucket !== undefined;
  const recording: Step[] = [
    ["session document", document],
    ["session user", sessionUser],
    ["log group", logGroup],
    ["key", key],
    ["your use of the key", useKey],
    ...(hasArchive ? [["archive bucket", archiveBucket] as const] : []),
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
    ...examination
      .services()
      .map((service): Step => [`endpoint ${service}`, () => endpoint(examination, service)]),
    ...(examination.usesGateway() ? [["endpoint s3", gateway] as const] : []),
    ["security group egress", instanceEgress],
    ["security group ingress", endpointIngress],
    ["Systems Manager", online],
    ["SSM Agent", agent],
    ...(environment.recording === undefined ? [] : recording),
    ["your permission", startSession],
  ];
}

async function carryOut([check, examine]: Step, examination: Examination): Promise<DiagnosedCheck> {
  try {
    const { result, seen, fix } = await examine(examination);
    return { check, result, seen: sanitize(seen), ...(fix === undefined ? {} : { fix: sanitize(fix) }) };
  } catch (error) {
    if (error instanceof Failure) {
      return { check, result: "unknown", seen: sanitize(error.message) };
    }
    throw error;
  }
}

function unasked([check]: Step): DiagnosedCheck {
  return { check, result: "unknown", seen: "not asked, without credentials for the account" };
}
