import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect } from "expect";
import * as circus from "jest-circus";
import { transform } from "sucrase";
import { mutantsOf } from "./mutants";

const ROOT = join(__dirname, "..");
const TESTS = join(ROOT, "__tests__");

/** The share of changes that may go without notice. */
const MAX_MISSED = 0.1;

type Load = (module: { _compile(code: string, path: string): void }, path: string) => void;

/** The file that is changed, and what it is in place of what it was. */
let mutated = { path: "", source: "" };

/** Has jest's tests run in this process, with its vocabulary: a jest for every change would take hours. */
async function prepare(): Promise<void> {
  const extensions = require.extensions as unknown as Record<".ts", Load>;
  const load = extensions[".ts"];
  extensions[".ts"] = (module, path) =>
    path === mutated.path
      ? module._compile(transform(mutated.source, { transforms: ["imports", "typescript"] }).code, path)
      : load(module, path);
  const mock = async (path: string, made: () => object): Promise<object> =>
    Object.assign((await import(path)) as object, made());
  Object.assign(globalThis, circus, { expect, jest: { mock } });
  circus.addEventHandler((event) => {
    if (event.name === "test_fn_failure" || event.name === "hook_failure") {
      throw event.error;
    }
  });
  for (const setup of ["clean-process-env", "no-token-traces"]) {
    await import(join(TESTS, "support", setup));
  }
}

function filesOf(folder: string, ending: string): string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return paths.filter((path) => path.endsWith(ending)).map((path) => join(folder, path));
}

/** What is loaded and uses a file: itself, and whatever imports one of these. */
function usersOf(path: string): Set<string> {
  const users = new Set([path]);
  // Goes on over those that are added.
  for (const user of users) {
    Object.entries(require.cache)
      .filter(([, one]) => one?.children.some(({ filename }) => filename === user))
      .forEach(([one]) => users.add(one));
  }
  return users;
}

/** Tests that use a file: its own, or else those of its folder, or else all. */
async function testsOf(path: string): Promise<string[]> {
  const own = join(TESTS, relative(ROOT, path)).replace(/ts$/, "test.ts");
  for (const near of [own, dirname(own), join(TESTS, "modules")]) {
    const tests = filesOf(join(TESTS, "modules"), ".test.ts").filter((test) => test.startsWith(near));
    for (const test of tests) {
      await import(test);
    }
    const users = usersOf(path);
    const using = tests.filter((test) => users.has(test));
    if (using.length > 0) {
      return using;
    }
  }
  return [];
}

/** Whether a test fails where a file is another. */
async function isNoticed(path: string, source: string, tests: string[]): Promise<boolean> {
  mutated = { path, source };
  usersOf(path).forEach((user) => delete require.cache[user]);
  for (const test of tests) {
    try {
      circus.resetState();
      await import(test);
      await circus.run();
    } catch {
      // Likely to notice the next change as well.
      tests.unshift(...tests.splice(tests.indexOf(test), 1));
      return true;
    }
  }
  return false;
}

/** `npm run mutate [-- <part of a path>...]`: tells every change that no test notices. */
async function main(): Promise<void> {
  await prepare();
  const wanted = process.argv.slice(2);
  const files = filesOf(join(ROOT, "modules"), ".ts").filter((path) => {
    return wanted.length === 0 || wanted.some((part) => relative(ROOT, path).includes(part));
  });
  if (files.length === 0) {
    console.error(
      `no file of modules/ has ${wanted.join(" or ")} in its path: name one, such as modules/facts/cidr.ts`,
    );
    process.exitCode = 1;
    return;
  }
  let [all, missed] = [0, 0];
  for (const path of files) {
    const source = readFileSync(path, "utf8");
    const tests = await testsOf(path);
    console.log(relative(ROOT, path));
    if (await isNoticed(path, source, tests)) {
      throw new Error("its tests fail before anything is changed: run npm test");
    }
    for (const mutant of mutantsOf(source)) {
      all += 1;
      if (!(await isNoticed(path, mutant.source, tests))) {
        missed += 1;
        console.log(mutant.change);
      }
    }
    // The next file is tried with this one as it was.
    await isNoticed(path, source, []);
  }
  const isTooMany = missed > all * MAX_MISSED;
  console.log(
    `${all} changes, ${missed} not noticed${isTooMany ? ": more than one in ten, so this fails" : ""}`,
  );
  process.exitCode = Number(isTooMany);
}

void main();
