import { STACK_TAG } from "../../stacks/contract";
import { plural, table } from "../terminal/output";
import { terraformIn } from "../terraform/program";
import { sanitize } from "../terminal/sanitize";
import type { LostState, Orphan, OrphanSearch } from "./find";

/** What is said of a key if the state has another. */
const KEEP = "keep it: recordings may need it, and nobody can tell which";

/** A line for each thing: its id, what it is, and since when. */
export function thingsText(things: readonly Omit<Orphan, "command">[]): string[] {
  const width = Math.max(0, ...things.map(({ id }) => id.length));
  return things.map((thing) => {
    const since = thing.since === undefined ? "" : `, since ${minute(thing.since)}`;
    return `${thing.id.padEnd(width)}  ${whatText(thing)}${since}`;
  });
}

/** What `npm run orphans` prints about an environment. */
export function orphansText(environment: string, search: OrphanSearch): string {
  const { account, orphans, lost, identified, perhaps } = search;
  const parts = [
    orphans === undefined && identified.without > 0 && unidentifiedText(environment, search),
    orphans === undefined && lost.length > 0 && lostText(environment, search),
    orphans?.length === 0 && `${environment}: nothing in account ${account} that its states do not know`,
    orphans !== undefined && orphans.length > 0 && orphanTable(search, orphans),
    perhaps.length > 0 && perhapsText(environment, perhaps),
  ];
  return parts.filter(Boolean).join("\n\n");
}

function orphanTable({ account, role, lost }: OrphanSearch, orphans: readonly Orphan[]): string {
  const rows = orphans.map((one) => [
    one.id,
    whatText(one),
    one.since === undefined ? "not told" : minute(one.since),
    one.command ?? KEEP,
  ]);
  const running = orphans.filter((one) => one.running).map(({ id }) => id);
  const advice = [
    `${plural(orphans.length, "orphan")} in account ${account}. What an interrupted deploy has just made is used by nobody: once it is certain that ` +
      "nobody is deploying, run these in this order, then deploy again. Else find out first who made it.",
    running.length > 0 &&
      `${running.join(", ")} ${running.length === 1 ? "is" : "are"} RUNNING: terminate nothing that was there before the ` +
        "interrupted deploy, as its disk goes with it.",
    role !== undefined &&
      `They take ${role}: run them with a profile that has it as role_arn, and without a key in AWS_ACCESS_KEY_ID.`,
    ...lost.map(
      ({ stack, place }) =>
        `The state of ${stack.name} is empty (${place}): where it is elsewhere after all, its things are in use: run none.`,
    ),
    orphans.some(({ command }) => command?.includes(" delete-")) &&
      "DependencyViolation: what was deleted takes some minutes to be gone; run the command again.",
  ];
  return [table(["id", "what", "since", "command"], rows), "", ...advice.filter(Boolean)].join("\n");
}

/** What is said if the last deploy gave no identity. */
function unidentifiedText(environment: string, { lost, identified }: OrphanSearch): string {
  const { tagged, without } = identified;
  const first = lost.length === 0 ? "" : ", once its states are complete";
  return (
    `${environment}: nothing is listed to be deleted, as what is its own cannot be told for certain: of ` +
    `${plural(tagged, "resource")} in its states, ${without} ${without === 1 ? "is" : "are"} without the tag ${STACK_TAG}, as after a ` +
    `deploy by an earlier version of this project. npm run deploy -- ${environment} gives it to them in place${first}; then run this again.`
  );
}

/** What is said if AWS has more of an environment than its states say. */
function lostText(environment: string, { account, lost }: OrphanSearch): string {
  const names = lost.map(({ stack }) => stack.name);
  const things = lost.flatMap((one) => one.things);
  const [{ stack }] = lost as [LostState];
  const terraform = terraformIn(stack);
  const copy = `"$PWD/${stack.name}.tfstate"`;
  return [
    `${environment}: nothing is listed to be deleted, as the state of ${names.join(" and of ")} is empty. It was looked for in`,
    ...lost.map(({ place }) => `  ${place}`),
    ...(things.length === 0
      ? []
      : [
          `and account ${account} has of ${names.length === 1 ? "it" : "them"}, probably in use:`,
          ...thingsText(things).map((line) => `  ${line}`),
        ]),
    "Get the state back, then run this again:",
    `- A colleague's clone or the pipeline may have it. There: ${terraform} state pull > ${stack.name}.tfstate. ` +
      `Here, with that file: ${terraform} state push ${copy}${names.length === 1 ? "" : ", and so for each"}.`,
    `- It may be in another place: name that in state, in environments/${environment}.ts, then npm start.`,
    `- Where nobody has it: ${terraform} import <address> <id> takes one thing after another into a new one.`,
    `- Where there never was one, as the first deploy of ${names.join(" and of ")} was interrupted, or where all of it is to go: ` +
      `npm run orphans -- ${environment} --state-is-lost lists what deletes it.`,
    "docs/recovery.md says more, in step 7.",
  ].join("\n");
}

function perhapsText(environment: string, perhaps: OrphanSearch["perhaps"]): string {
  return [
    `No state knows these either. They carry tags of ${environment} and the beginning of its names, but not the tag ${STACK_TAG}: they may be of ` +
      "a deploy by an earlier version of this project, or of others. Find out who made them, and note them: after the next deploy they are " +
      "not told any more.",
    ...thingsText(perhaps).map((line) => `  ${line}`),
  ].join("\n");
}

function whatText({ what, running }: Pick<Orphan, "what" | "running">): string {
  return `${sanitize(what)}${running ? ", RUNNING" : ""}`;
}

/** A time to the minute: `2026-11-24 04:37 UTC`. */
function minute(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
