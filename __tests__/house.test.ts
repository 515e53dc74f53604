import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { preProcessFile } from "typescript";

const ROOT = join(__dirname, "..");

/** Every file of the project's own code, each with the files that it imports, for their types alone or for more. */
const imports = new Map(
  ["main.ts", ...["modules", "stacks", "cli", "scripts", "bench", "environments"].flatMap(filesBelow)].map(
    (file) => [file, importsOf(file)],
  ),
);

test("no file imports itself by way of others", () => {
  expect(imports.size).toBeGreaterThan(200);
  expect(circles()).toEqual([]);
});

test("cli keeps its files in rooms, and modules has beside its rooms what the package exports", () => {
  const loose = (folder: string) =>
    readdirSync(join(ROOT, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "index.ts")
      .map(({ name }) => name);
  expect(loose("cli")).toEqual([]);
  const exported = readFileSync(join(ROOT, "modules/index.ts"), "utf8");
  expect(loose("modules").filter((name) => !exported.includes(`"./${name.replace(".ts", "")}"`))).toEqual([]);
});

test.each(["cli", "modules", "stacks"])("%s has no rooms within rooms", (folder) => {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true });
  const rooms = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const deeper = rooms.flatMap((room) =>
    readdirSync(join(ROOT, folder, room), { withFileTypes: true }).filter((entry) => entry.isDirectory()),
  );
  expect(deeper).toEqual([]);
});

test("every room has its neighbours listed, and its place in the ground plan", () => {
  const [config = "", tour = ""] = ["eslint.config.mjs", "CONTRIBUTING.md"].map((file) =>
    readFileSync(join(ROOT, file), "utf8"),
  );
  const rooms = readdirSync(join(ROOT, "cli"), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  expect(rooms.length).toBeGreaterThan(10);
  for (const { name } of rooms) {
    expect(config).toMatch(new RegExp(`^ *("cli/${name}"|${name}): \\[`, "m"));
    expect(tour).toContain(`  ${name}/`);
  }
});

test("a test lies where its subject lies", () => {
  const astray = ["cli", "process/cli", "terraform/cli"]
    .flatMap((folder) => filesBelow(`__tests__/${folder}`))
    .map((file) => dirname(relative("__tests__", file)).replace(/^(process|terraform)\//, ""))
    .filter((folder) => !existsSync(join(ROOT, folder)));
  expect(astray).toEqual([]);
});

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file));
}

function importsOf(file: string): string[] {
  const { importedFiles } = preProcessFile(readFileSync(join(ROOT, file), "utf8"), true, true);
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith("."))
    .map(({ fileName }) => join(dirname(file), fileName))
    .flatMap((path) => [`${path}.ts`, join(path, "index.ts")].filter((one) => existsSync(join(ROOT, one))));
}

/** The first circle that each file is on. */
function circles(): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      found.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      return;
    }
    if (!done.has(file)) {
      imports.get(file)?.forEach((one) => visit(one, [...path, file]));
      done.add(file);
    }
  };
  [...imports.keys()].forEach((file) => visit(file, []));
  return found;
}
