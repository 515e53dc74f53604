import type { ChosenInstance } from "../assembly/choose";
import { stackOf } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import { sanitize } from "../terminal/sanitize";
import { alarms, notices, subscriptions } from "./alert-checks";
import { archiveBucket } from "./archive-checks";
import { documentAsDeployed, sessionDocuments, sessionUser } from "./document-checks";
import { Examination } from "./examination";
import type { DiagnosedCheck, Finding } from "./finding";
import {
  instanceProfile,
  instanceState,
  metadataService,
  role,
  rolePolicies,
  statusChecks,
} from "./instance-checks";
import { LiveAccount } from "./live-account";
import { endpoint, gateway } from "./endpoint-checks";
import { dns, route, subnet } from "./network-checks";
import { endpointIngress, instanceEgress } from "./traffic-checks";
import { credentials, programs, startSession, useKey } from "./operator-checks";
import { key, logGroup } from "./recording-checks";
import { agent, agentRole, online } from "./session-checks";
import { watch } from "./watch-check";

/** A check; it may look at what the checks above it came to. */
type Step = readonly [
  check: string,
  examine: (examination: Examination, above: () => Promise<readonly DiagnosedCheck[]>) => Promise<Finding>,
];

const FIRST: Step = ["AWS credentials", credentials];

/** Examines an instance and all that a session on it needs, causes before their consequences. */
export async function diagnose(chosen: ChosenInstance): Promise<DiagnosedCheck[]> {
  const examination = new Examination(chosen, new LiveAccount(chosen.environment.region));
  const first = await carryOut(FIRST, examination, () => Promise.resolve([]));
  // Without credentials every answer would be the same.
  const isAsked = ([, examine]: Step): boolean => first.result === "pass" || examine === programs;
  const begun: Promise<DiagnosedCheck>[] = [];
  for (const step of stepsOf(examination)) {
    const above = [...begun];
    begun.push(
      isAsked(step) ? carryOut(step, examination, () => Promise.all(above)) : Promise.resolve(unasked(step)),
    );
  }
  return [first, ...(await Promise.all(begun))];
}

function stepsOf(examination: Examination): Step[] {
  const { environment } = examination;
  const isAllElsewhere = examination
    .services()
    .every((service) => examination.elsewhere(service) !== undefined);
  const hasArchive = stackOf(environment, "sessions")?.outputs.archive_bucket !== undefined;
  const recording: Step[] = [
    ...sessionDocuments(examination).map(({ check, document }): Step => [
      check,
      () => documentAsDeployed(examination, document),
    ]),
    ["session user", sessionUser],
    ["log group", logGroup],
    ["key", key],
    ["your use of the key", useKey],
    ...(hasArchive ? [["archive bucket", archiveBucket] as const] : []),
    ["watch", watch],
    ["alarms", alarms],
    ["notices", notices],
    ["who is told", subscriptions],
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
    // Of endpoints elsewhere, others keep the groups.
    ...(isAllElsewhere ? [] : [["security group ingress", endpointIngress] as const]),
    ["Systems Manager", online],
    ["SSM Agent", agent],
    ["agent's role", agentRole],
    ...(environment.recording === undefined ? [] : recording),
    ["your permission", startSession],
  ];
}

async function carryOut(
  [check, examine]: Step,
  examination: Examination,
  above: () => Promise<readonly DiagnosedCheck[]>,
): Promise<DiagnosedCheck> {
  try {
    const { result, seen, fix } = await examine(examination, above);
    return { check, result, seen: sanitize(seen), ...(fix === undefined ? {} : { fix: sanitize(fix) }) };
  } catch (error) {
    if (error instanceof Failure) {
      return { check, result: "unknown", seen: sanitize(error.message) };
    }
    throw error;
  }
}

function unasked([check]: Step): DiagnosedCheck {
  return { check, result: "unknown", seen: "not asked, as AWS credentials fails above" };
}
