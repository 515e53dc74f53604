import { join } from "node:path";
import { type SynthesizedEnvironment, readEnvironments } from "../../../cli/assembly/environments";
import { type DiagnosedCheck, diagnose } from "../../../cli/doctor/diagnosis";
import { Workspace } from "../../support/cli";
import { MIXED } from "../../support/existing-network";
import { HealthyAccount, INSTANCE_ID, PROFILE_ARN } from "../../support/healthy-account";
import { MINIMAL } from "../../support/synth";

/** The account that is examined, healed before every test. */
export const account = new HealthyAccount();

const path = process.env.PATH;
let workspace: Workspace;
let environments: readonly SynthesizedEnvironment[];

/** Makes the environments dev, far and plain before the tests of a file, each with an instance that is deployed. */
export function beforeDiagnoses(): void {
  beforeAll(() => {
    workspace = new Workspace({
      dev: { ...MINIMAL, network: { endpoints: { ec2Messages: false } }, sessions: { archive: {} } },
      yours: {
        ...MINIMAL,
        network: { endpoints: { ec2Messages: false } },
        sessions: { archive: { bucketName: "copies" } },
      },
      far: MIXED,
      plain: MINIMAL,
    });
    for (const stack of ["dev-instances", "yours-instances", "far-instances", "plain-instances"]) {
      workspace.deployed(stack, { instance_ids: { web: INSTANCE_ID }, instance_profile_arn: PROFILE_ARN });
    }
    workspace.program("aws", 'console.log("aws-cli/2.31.0 Python/3.13.7")');
    workspace.program("session-manager-plugin", 'console.log("1.2.896.0")');
    environments = readEnvironments(join(workspace.folder, "cdktf.out"));
  });
  afterAll(() => {
    process.env.PATH = path;
    workspace.remove();
  });
  beforeEach(() => {
    delete process.env.AWS_ACCESS_KEY_ID;
    account.heal();
    process.env.PATH = `${workspace.folder}/programs:${path}`;
  });
}

/** Examines the instance of an environment. */
export async function examine(name = "dev", among = environments): Promise<DiagnosedCheck[]> {
  const environment = among.find((one) => one.name === name);
  if (environment?.instances[0] === undefined) {
    throw new Error(`no ${name}`);
  }
  return diagnose({ environment, instance: environment.instances[0] });
}

/** The checks that do not pass, such as `FAIL route`. */
export const wrong = (checks: readonly DiagnosedCheck[]): string[] =>
  checks.filter(({ result }) => result !== "pass").map(({ check, result }) => `${result} ${check}`);

/** What a check says. */
export const said = (checks: readonly DiagnosedCheck[], name: string): string =>
  checks
    .filter(({ check }) => check === name)
    .map(({ seen, fix }) => `${seen}${fix === undefined ? "" : ` -> ${fix}`}`)
    .join();
