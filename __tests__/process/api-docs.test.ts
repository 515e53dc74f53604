import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");

interface Comment {
  readonly summary: { readonly text: string }[];
  readonly blockTags?: { readonly tag: string }[];
}

interface Reflection {
  readonly name: string;
  readonly flags: { readonly isOptional?: boolean };
  readonly comment?: Comment;
  readonly signatures?: readonly Reflection[];
  readonly children?: readonly Reflection[];
}

/** TypeDoc's number for a property. */
const PROPERTY = 1024;

let folder: string;
let api: readonly Reflection[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "api-"));
  const bin = join(ROOT, "node_modules/typedoc/bin/typedoc");
  const args = [bin, "--out", join(folder, "api"), "--json", join(folder, "api.json")];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  expect({ status, said: status === 0 ? "" : `${stdout}${stderr}` }).toEqual({ status: 0, said: "" });
  api = (JSON.parse(readFileSync(join(folder, "api.json"), "utf8")) as Reflection).children ?? [];
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

function files(root: string): Record<string, string> {
  const all = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md"));
  return Object.fromEntries(all.sort().map((name) => [name, readFileSync(join(root, name), "utf8")]));
}

test("the pages of the API are those that npm run docs writes", () => {
  expect(files(join(ROOT, "docs/api"))).toEqual(files(join(folder, "api")));
});

/** Everything that is exported, and its properties. */
function exported(): { readonly path: string; readonly one: Reflection }[] {
  return api.flatMap((parent) => [
    { path: parent.name, one: parent.signatures?.[0] ?? parent },
    ...(parent.children ?? [])
      .filter((child) => (child as { kind?: number }).kind === PROPERTY)
      .map((child) => ({ path: `${parent.name}.${child.name}`, one: child })),
  ]);
}

test("everything that is exported says what it is", () => {
  const summaries = exported().map(({ path, one }) => ({
    path,
    text: one.comment?.summary.map(({ text }) => text).join("") ?? "",
  }));
  expect(summaries.length).toBeGreaterThan(100);
  expect(summaries.filter(({ text }) => text.trim().length < 8)).toEqual([]);
});

test("every prop that can be left out says what it is then", () => {
  const optional = exported().filter(({ one }) => one.flags.isOptional);
  const silent = optional.filter(({ one }) => !one.comment?.blockTags?.some(({ tag }) => tag === "@default"));
  expect(optional.length).toBeGreaterThan(30);
  expect(silent.map(({ path }) => path)).toEqual([]);
});

test("every construct that refuses props says so", () => {
  const sources = readdirSync(join(ROOT, "modules"))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(join(ROOT, "modules", file), "utf8"))
    .filter((source) => source.includes("refuseBadProps("))
    .flatMap((source) => [...source.matchAll(/export class (\w+)/g)].map(([, name]) => name));
  const telling = api
    .filter(({ comment }) => comment?.blockTags?.some(({ tag }) => tag === "@throws"))
    .map(({ name }) => name);
  expect(telling).toEqual(expect.arrayContaining(sources));
});
