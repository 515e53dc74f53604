import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ORIGIN } from "../../scripts/export-module/module-stack";
import { writeExport } from "../../scripts/export-module/write";

const moduleText = (text: string): string => JSON.stringify({ "//": ORIGIN, text });
const FILES = {
  "networking/main.tf.json": moduleText("networking"),
  "access/main.tf.json": moduleText("access"),
  "example/main.tf": "example",
};
const MODULES = ["networking", "sessions", "access"];

describe("writing an export", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "export-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const at = (path: string): string => join(folder, path);
  const write = () => writeExport(folder, FILES, MODULES);

  test("writes every file, and the same again", () => {
    const done = Object.keys(FILES).map(at);
    expect(write()).toEqual({ done });
    expect(write()).toEqual({ done });
    expect(done.map((file) => readFileSync(file, "utf8"))).toEqual(Object.values(FILES));
    expect(readdirSync(at("access"))).toEqual(["main.tf.json"]);
  });

  test("replaces modules of an earlier export, and removes those that are no more", () => {
    put("networking/main.tf.json", moduleText("earlier"));
    put("sessions/main.tf.json", moduleText("earlier"));
    expect(write()).toEqual({
      done: [
        ...Object.keys(FILES).map(at),
        `removed ${at("sessions/main.tf.json")}, which the environment has no more`,
      ],
    });
    expect(readFileSync(at("networking/main.tf.json"), "utf8")).toBe(moduleText("networking"));
    expect(existsSync(at("sessions/main.tf.json"))).toBe(false);
  });

  test("keeps an example that was changed", () => {
    put("example/main.tf", "mine");
    expect(write()).toEqual({
      done: [
        at("networking/main.tf.json"),
        at("access/main.tf.json"),
        `kept ${at("example/main.tf")}, as it may be yours by now: remove it to have a new one`,
      ],
    });
    expect(readFileSync(at("example/main.tf"), "utf8")).toBe("mine");
  });

  test.each(["{}", "no JSON"])("leaves alone what others wrote, and writes nothing then: %s", (theirs) => {
    put("access/main.tf.json", theirs);
    put("sessions/main.tf.json", theirs);
    expect(write()).toEqual({
      problems: [
        `${at("access/main.tf.json")} was not written by an export, and is left as it is: name another folder, or move the file`,
      ],
    });
    expect([readdirSync(folder).sort(), readFileSync(at("access/main.tf.json"), "utf8")]).toEqual([
      ["access", "sessions"],
      theirs,
    ]);
  });

  test("writes no file where the last one cannot be written", () => {
    put("example", "a file where a folder should be");
    expect(write()).toEqual({
      problems: [expect.stringMatching(/example\/main\.tf cannot be written: .*(EEXIST|ENOTDIR)/)],
    });
    expect(["networking", "access"].flatMap((name) => readdirSync(at(name)))).toEqual([]);
  });
});
