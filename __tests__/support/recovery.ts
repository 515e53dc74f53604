import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Orphan } from "../../cli/orphans/find";
import { type ProcessResult, capture } from "../../cli/process/run";
import { rehearsalEnv } from "../../cli/rehearsal/override";
import type { RehearsedStack } from "../../cli/rehearsal/rehearsed-stack";

const ROOT = join(__dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/recovery.md"), "utf8");

/** What the page's commands need. */
export const RECOVERY_PROGRAMS = ["bash", "aws"];

/** What an interrupted deploy needs, in the words of docs/recovery.md. */
export type Repair = "unlock" | "delete orphans" | "import" | "untaint";

/** What Terraform says in `-json` where something fails. */
interface Refusal {
  readonly summary: string;
  readonly detail: string;
  readonly address?: string;
}

/** Where a stack is mended. */
interface Place {
  /** The project: the folder that holds cdktf.out. */
  readonly root: string;
  /** What answers in place of AWS. */
  readonly url: string;
}

/**
 * Mends a stack as docs/recovery.md says: clears up what no state knows, and deploys until nothing is refused, with the
 * repair of each refusal.
 *
 * @returns the repairs; none where it mended itself
 * @throws where a refusal is not on the page, or comes again and again.
 */
export async function recover(stack: RehearsedStack, place: Place): Promise<Set<Repair>> {
  const repairs = new Set<Repair>(await clear(stack, place));
  for (let refusals = await deploy(stack), tries = 0; refusals.length > 0; tries++) {
    if (tries === 6) {
      throw new Error(`still refused: ${refusals.map(words).join("\n")}`);
    }
    for (const refusal of refusals) {
      repairs.add(await mend(stack, refusal));
    }
    refusals = await deploy(stack);
  }
  return repairs;
}

/** What `npm run orphans` lists of the stack's environment: of a first deploy that left no state, too. */
export async function listOrphans(rehearsed: RehearsedStack, place: Place): Promise<Orphan[]> {
  const { stack } = rehearsed;
  let found = await askForOrphans(stack.environment, place);
  if (found.emptyStates?.some((one) => one.stack === stack.name)) {
    found = await askForOrphans(stack.environment, place, "--state-is-lost");
  }
  if (found.orphans === undefined) {
    throw new Error(`npm run orphans: ${JSON.stringify(found)}`);
  }
  return found.orphans;
}

async function askForOrphans(
  environment: string,
  { root, url }: Place,
  ...options: readonly string[]
): Promise<{ readonly orphans?: Orphan[]; readonly emptyStates?: readonly { readonly stack: string }[] }> {
  const [register, cli] = [join(ROOT, "register-typescript.js"), join(ROOT, "cli/index.ts")];
  const args = ["-r", register, cli, "orphans", environment, "--json", ...options];
  const { stdout, stderr, status } = await capture(process.execPath, args, {
    cwd: root,
    env: rehearsalEnv(url),
  });
  if (stdout === "") {
    throw new Error(`npm run orphans: ${status}: ${stderr}`);
  }
  return JSON.parse(stdout) as Awaited<ReturnType<typeof askForOrphans>>;
}

/** Applies a stack: what is refused. */
async function deploy(stack: RehearsedStack): Promise<Refusal[]> {
  const { status, stdout, stderr } = await stack.terraform("apply", "-auto-approve", "-input=false", "-json");
  const refusals = stdout
    .split("\n")
    .filter((line) => line.includes('"diagnostic"'))
    .map((line) => (JSON.parse(line) as { diagnostic: Refusal & { severity: string } }).diagnostic)
    .filter(({ severity }) => severity === "error");
  if (status !== 0 && refusals.length === 0) {
    throw new Error(`${stdout}${stderr}`);
  }
  return refusals;
}

async function mend(stack: RehearsedStack, refusal: Refusal): Promise<Repair> {
  const { summary, detail, address = "" } = refusal;
  if (summary === "Error acquiring the state lock") {
    return unlock(stack, detail);
  }
  const [, tainted] = /^Resource (\S+) has lifecycle.prevent_destroy set/.exec(detail) ?? [];
  if (tainted !== undefined) {
    await carryOut(stack, "untaint", tainted);
    return "untaint";
  }
  const id = /AlreadyExists/.test(words(refusal)) ? importId(stack, address) : undefined;
  if (id === undefined) {
    throw new Error(`not on the page: ${words(refusal)}`);
  }
  await carryOut(stack, "import", "-input=false", address, id);
  return "import";
}

/** Runs the commands that `npm run orphans` lists: what they repaired. */
async function clear(stack: RehearsedStack, place: Place): Promise<Repair[]> {
  const repairs: Repair[] = [];
  for (const { id, command = deletionOf(id, stack) } of await listOrphans(stack, place)) {
    const run = (): Promise<ProcessResult> =>
      capture("bash", ["-c", command], {
        cwd: place.root,
        env: { ...rehearsalEnv(place.url), AWS_PAGER: "" },
      });
    let result = await run();
    if (result.stderr.includes("Error acquiring the state lock")) {
      repairs.push(await unlock(stack, result.stderr));
      result = await run();
    }
    if (result.status !== 0) {
      throw new Error(`${command}: ${result.stderr}`);
    }
    repairs.push(command.includes(" import ") ? "import" : "delete orphans");
  }
  return repairs;
}

async function unlock(stack: RehearsedStack, said: string): Promise<Repair> {
  const [, id = ""] = /^\W*ID: +([\w-]+)/m.exec(stripVTControlCharacters(said)) ?? [];
  await carryOut(stack, "force-unlock", "-force", id);
  return "unlock";
}

/** What the page has for a key that was made by the interrupted deploy, before any session. */
function deletionOf(key: string, { stack }: RehearsedStack): string {
  const [command] = /aws kms schedule-key-deletion .+/.exec(PAGE) ?? [];
  return `${command?.replace("<id>", key)} --region ${stack.region}`;
}

/** What follows the address in an import, of a type that the page names; undefined for others. */
function importId({ stack }: RehearsedStack, address: string): string | undefined {
  const resource = stack.resources.find(({ type, name }) => address === `${type}.${name}`);
  const name = resource?.config.name;
  if (typeof name !== "string" || !PAGE.includes(`| \`${resource?.type}\` `)) {
    return undefined;
  }
  return resource?.type === "aws_iam_policy" ? `arn:aws:iam::123456789012:policy/${name}` : name;
}

async function carryOut(stack: RehearsedStack, ...args: readonly string[]): Promise<void> {
  const { status, stdout, stderr } = await stack.terraform(...args);
  if (status !== 0) {
    throw new Error(`terraform ${args.join(" ")}: ${stdout}${stderr}`);
  }
}

function words({ address, summary, detail }: Refusal): string {
  return `${address}: ${summary} ${detail}`;
}
