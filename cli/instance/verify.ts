import type { EC2Client } from "@aws-sdk/client-ec2";
import type { InstanceInformation, SSMClient } from "@aws-sdk/client-ssm";
import { type AgentUse, FIRST_WITHOUT_EC2MESSAGES, agentFault } from "../../modules/facts/agent-versions";
import { isInstanceItself } from "../../modules/facts/forward-target";
import type { ChosenInstance } from "../assembly/choose";
import { type SynthesizedEnvironment, neededServices } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import { type FoundInstance, findInstance } from "./find";
import { type MetadataSeen, metadataScript, readMetadata } from "./metadata-script";
import { type Patience } from "../aws/ask-until";
import { askUntilOnline } from "./wait-until-online";
import { runScript } from "../aws/run-command";
import { paint } from "../terminal/output";
import { sanitize } from "../terminal/sanitize";

/** What came of a check: unknown where it could not be made. */
export type Result = "pass" | "FAIL" | "unknown";

/** How a line with a result is painted. */
export const COLOURS = {
  pass: paint.green,
  FAIL: paint.red,
  unknown: paint.yellow,
} as const satisfies Record<Result, unknown>;

/** One check of an instance. */
export interface Check {
  readonly check: string;
  readonly result: Result;
  readonly seen: string;
}

/** What an instance is asked with, and how long. */
export interface VerifyOptions {
  readonly ec2: EC2Client;
  readonly ssm: SSMClient;
  readonly patience: Patience;
  readonly say: (text: string) => void;
}

/** What the script on the instance finds out. */
const METADATA = ["token of IMDSv2", "instance profile", "no metadata without token"] as const;

/**
 * Checks that an instance is as the recipe demands: running, known to Systems Manager, with the deployed profile, and
 * with metadata for those alone who have a token.
 *
 * @throws where the instance is not deployed or cannot be looked up.
 */
export async function verifyInstance(chosen: ChosenInstance, options: VerifyOptions): Promise<Check[]> {
  const { environment } = chosen;
  const found = await findInstance(chosen, options.ec2);
  const state = found.described.State?.Name ?? "unknown";
  const running = judge("running", state === "running", `${found.id} is ${state}`);
  const information =
    state === "running"
      ? await registration(found.id, chosen, options)
      : new Failure(`not asked, since the instance is ${state}`);
  if (information instanceof Failure) {
    return [
      running,
      ...unasked(["Online in Systems Manager", "SSM Agent", ...METADATA], information.message),
    ];
  }
  const status = information?.PingStatus ?? "not registered";
  return [
    running,
    judge("Online in Systems Manager", status === "Online", status),
    agentCheck(environment, information?.AgentVersion),
    ...(status === "Online"
      ? await metadataChecks(found, environment, options)
      : unasked(METADATA, "not asked, since the instance is not Online")),
  ];
}

/** What the agent's version comes to in an environment. */
export function agentCheck(environment: SynthesizedEnvironment, version: string | undefined): Check {
  const check = "SSM Agent";
  if (!version) {
    return { check, result: "unknown", seen: "Systems Manager names no version" };
  }
  const use = agentUse(environment);
  const fault = agentFault(version, use);
  const isRecent = fault === undefined || isForEndpoint(version, use);
  const demand = `; without the endpoint ec2messages it takes ${FIRST_WITHOUT_EC2MESSAGES}`;
  const words = isRecent ? (use.ec2Messages ? "" : demand) : ` ${fault}`;
  return judge(check, fault === undefined, `${version}${words}`);
}

/** Whether nothing is wrong with an agent but that the endpoint `ec2messages` is missing. */
export function isForEndpoint(version: string, use: AgentUse): boolean {
  return agentFault(version, { ...use, ec2Messages: true }) === undefined;
}

/** How the instances of an environment are used. */
export function agentUse(environment: SynthesizedEnvironment): AgentUse {
  const { recording } = environment;
  return {
    ec2Messages: neededServices(environment).includes("ec2messages"),
    recorded: recording !== undefined,
    tunnels: (recording?.forward ?? []).some(({ host }) => !isInstanceItself(host)),
  };
}

/** What answers of the metadata service come to. */
export function judgeMetadata(seen: MetadataSeen, expected: { arn?: string; source: string }): Check[] {
  const status = (code: string): string => (code === "000" ? "no answer" : `status ${code}`);
  const named = seen.profile ?? `no profile (${seen.info === undefined ? "no token" : status(seen.info)})`;
  const right = seen.profile !== undefined && seen.profile === expected.arn;
  const other = `; ${expected.source} ${expected.arn === undefined ? "knows none" : `has ${expected.arn}`}`;
  return [
    judge(METADATA[0], seen.token === "200", status(seen.token)),
    judge(METADATA[1], right, `${named}${right ? "" : other}`),
    judge(
      METADATA[2],
      seen.tokenless === "401",
      `${status(seen.tokenless)}${seen.tokenless === "200" ? ", so IMDSv1 is allowed" : ""}`,
    ),
  ];
}

/** What Systems Manager knows of an instance, or why that is not to be had. */
async function registration(
  id: string,
  { environment: { region, recording }, instance }: ChosenInstance,
  { ssm, patience, say }: VerifyOptions,
): Promise<InstanceInformation | Failure | undefined> {
  const allowedBy = recording && `the policy ${recording.policies.shell}`;
  const what = { action: "ssm:DescribeInstanceInformation", region, allowedBy };
  try {
    return await askUntilOnline(ssm, { name: instance.name, id }, what, patience, say);
  } catch (error) {
    if (error instanceof Failure) {
      return error;
    }
    throw error;
  }
}

async function metadataChecks(
  found: FoundInstance,
  environment: SynthesizedEnvironment,
  { ssm, patience }: VerifyOptions,
): Promise<Check[]> {
  try {
    const output = await runScript(ssm, found.id, metadataScript(), environment.region, patience.sleep);
    const seen = readMetadata(output);
    if (seen === undefined) {
      throw new Failure(
        output.includes("curl missing")
          ? "there is no curl on the instance, by which it would be asked: install it"
          : "the script was not understood, which takes a shell of Linux",
      );
    }
    return judgeMetadata(seen, deployedProfile(found));
  } catch (error) {
    if (error instanceof Failure) {
      return unasked(METADATA, error.message);
    }
    throw error;
  }
}

/** The profile that is deployed: as the state has it, or for those who cannot read it, as EC2 has it. */
function deployedProfile({ described, outputs }: FoundInstance): { arn?: string; source: string } {
  const arn = outputs?.instance_profile_arn;
  return typeof arn === "string"
    ? { arn, source: "the state" }
    : { arn: described.IamInstanceProfile?.Arn, source: "EC2" };
}

function unasked(checks: readonly string[], why: string): Check[] {
  return checks.map((check) => ({ check, result: "unknown", seen: sanitize(why) }));
}

/** A check that was made. */
export function judge(check: string, passed: boolean, seen: string): Check {
  return { check, result: passed ? "pass" : "FAIL", seen: sanitize(seen) };
}
