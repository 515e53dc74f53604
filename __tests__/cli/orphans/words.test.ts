import type { AwsThing } from "../../../cli/orphans/aws-things";
import type { LostState, OrphanSearch } from "../../../cli/orphans/find";
import { orphansText, thingsText } from "../../../cli/orphans/words";
import { plainStack } from "../../support/plain-stack";

const thing = (id: string, what: string, more: Partial<AwsThing> = {}): AwsThing => ({
  id,
  kind: "VPC",
  what,
  stack: undefined,
  since: undefined,
  running: false,
  group: undefined,
  ...more,
});

const SINCE = new Date("2026-11-24T04:37:59Z");
const WEB = thing("i-0abc", "instance dev-web", { since: SINCE, running: true });
const VPC = thing("vpc-0123", "VPC dev\u001b[2J");
const NOTHING: OrphanSearch = {
  account: "111122223333",
  role: undefined,
  orphans: [],
  lost: [],
  identified: { tagged: 3, without: 0 },
  perhaps: [],
  hiddenKeys: 0,
  unread: [],
};
const lost = (name: string, ...things: AwsThing[]): LostState => ({
  stack: plainStack(name, `${process.cwd()}/cdktf.out/stacks/${name}`, "eu-central-1"),
  place: `local, /project/state/${name}.tfstate`,
  things,
});

test("things are told a line each, with nothing in them that a terminal obeys", () => {
  expect(thingsText([WEB, VPC])).toEqual([
    "i-0abc    instance dev-web, RUNNING, since 2026-11-24 04:37 UTC",
    "vpc-0123  VPC dev",
  ]);
  expect(thingsText([])).toEqual([]);
});

test("nothing is told in a line", () => {
  expect(orphansText("dev", NOTHING)).toBe(
    "dev: nothing in account 111122223333 that its states do not know",
  );
});

test("what can be read before it is run: since when things are there, and which are running", () => {
  const orphans = [
    { ...WEB, command: "aws ec2 terminate-instances" },
    { ...VPC, command: "aws ec2 delete-vpc" },
  ];
  expect(orphansText("dev", { ...NOTHING, orphans }).split("\n")).toEqual([
    "id        what                       since                 command",
    "i-0abc    instance dev-web, RUNNING  2026-11-24 04:37 UTC  aws ec2 terminate-instances",
    "vpc-0123  VPC dev                    not told              aws ec2 delete-vpc",
    "",
    "2 orphans in account 111122223333. What an interrupted deploy has just made is used by nobody: once it is certain that nobody is deploying, " +
      "run these in this order, then deploy again. Else find out first who made it.",
    "i-0abc is RUNNING: terminate nothing that was there before the interrupted deploy, as its disk goes with it.",
    "DependencyViolation: what was deleted takes some minutes to be gone; run the command again.",
  ]);
});

test("of lost states that are listed after all it is told that they may be elsewhere", () => {
  const orphans = [{ ...WEB, running: false, command: "aws ec2 terminate-instances" }];
  const text = orphansText("dev", { ...NOTHING, orphans, lost: [lost("dev-instances", WEB)] });
  expect(text.split("\n").at(-1)).toBe(
    "The state of dev-instances is empty (local, /project/state/dev-instances.tfstate): where it is elsewhere after all, its things are in use: run none.",
  );
});

test("an empty state is told with where it was looked for, what AWS has, and the ways to get it back", () => {
  const search = {
    ...NOTHING,
    orphans: undefined,
    lost: [lost("dev-networking", VPC), lost("dev-instances", WEB)],
  };
  expect(orphansText("dev", search).split("\n")).toEqual([
    "dev: nothing is listed to be deleted, as the state of dev-networking and of dev-instances is empty. It was looked for in",
    "  local, /project/state/dev-networking.tfstate",
    "  local, /project/state/dev-instances.tfstate",
    "and account 111122223333 has of them, probably in use:",
    "  vpc-0123  VPC dev",
    "  i-0abc    instance dev-web, RUNNING, since 2026-11-24 04:37 UTC",
    "Get the state back, then run this again:",
    "- A colleague's clone or the pipeline may have it. There: terraform -chdir=cdktf.out/stacks/dev-networking state pull > dev-networking.tfstate. " +
      'Here, with that file: terraform -chdir=cdktf.out/stacks/dev-networking state push "$PWD/dev-networking.tfstate", and so for each.',
    "- It may be in another place: name that in state, in environments/dev.ts, then npm start.",
    "- Where nobody has it: terraform -chdir=cdktf.out/stacks/dev-networking import <address> <id> takes one thing after another into a new one.",
    "- Where there never was one, as the first deploy of dev-networking and of dev-instances was interrupted, or where all of it is to go: " +
      "npm run orphans -- dev --state-is-lost lists what deletes it.",
    "docs/recovery.md says more, in step 7.",
  ]);
});

test("a deploy without identity is told with what may be left of it, and no command", () => {
  const search = { ...NOTHING, orphans: undefined, identified: { tagged: 3, without: 1 }, perhaps: [WEB] };
  expect(orphansText("dev", search).split("\n")).toEqual([
    "dev: nothing is listed to be deleted, as what is its own cannot be told for certain: of 3 resources in its states, 1 is without the tag " +
      "SessionManagerStack, as after a deploy by an earlier version of this project. npm run deploy -- dev gives it to them in place; then run this again.",
    "",
    "No state knows these either. They carry tags of dev and the beginning of its names, but not the tag SessionManagerStack: they may be of " +
      "a deploy by an earlier version of this project, or of others. Find out who made them, and note them: after the next deploy they are " +
      "not told any more.",
    "  i-0abc  instance dev-web, RUNNING, since 2026-11-24 04:37 UTC",
  ]);
  expect(orphansText("dev", { ...search, lost: [lost("dev-instances")] })).toMatch(
    /gives it to them in place, once its states are complete; then run this again\.\n\ndev: nothing is listed to be deleted, as the state of dev-instances is empty\. It was looked for in\n {2}local, .*\nGet the state back/,
  );
});
