import fs, {
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
import { signed, writeExport } from "../../scripts/export-module/write";

const moduleText = (text: string): string => JSON.stringify({ "//": ORIGIN, text });
const FILES = {
  "networking/main.tf.json": moduleText("networking"),
  "access/main.tf.json": moduleText("access"),
  "example/main.tf": signed("example\n"),
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

  test("replaces an example of an earlier export, but not one that was changed", () => {
    put("example/main.tf", signed("earlier\n"));
    expect(write()).toEqual({ done: Object.keys(FILES).map(at) });
    expect(readFileSync(at("example/main.tf"), "utf8")).toBe(signed("example\n"));
    const mine = `${signed("earlier\n")}mine\n`;
    put("example/main.tf", mine);
    expect(write()).toEqual({
      done: [
        at("networking/main.tf.json"),
        at("access/main.tf.json"),
        `kept ${at("example/main.tf")}, which was changed: remove it to have a new one`,
      ],
    });
    expect(readFileSync(at("example/main.tf"), "utf8")).toBe(mine);
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

  test("writes nothing where a folder is in a file's place", () => {
    put("networking/main.tf.json", moduleText("earlier"));
    put("example/main.tf/file", "");
    expect(write()).toEqual({ problems: [expect.stringMatching(/ cannot be read: EISDIR/)] });
    expect(readFileSync(at("networking/main.tf.json"), "utf8")).toBe(moduleText("earlier"));
    expect(existsSync(at("access"))).toBe(false);
  });

  test("has everything as before where the last one cannot take its place", () => {
    put("networking/main.tf.json", moduleText("earlier"));
    // As on a disk that somebody else's process holds on to.
    const { renameSync } = fs;
    const rename = jest.spyOn(fs, "renameSync").mockImplementation((from, to) => {
      if (String(to).endsWith("example/main.tf")) {
        throw new Error("EBUSY: resource busy or locked");
      }
      renameSync(from, to);
    });
    try {
      expect(write()).toEqual({
        problems: [`${at("example/main.tf")} cannot be written: EBUSY: resource busy or locked`],
      });
    } finally {
      rename.mockRestore();
    }
    expect(readFileSync(at("networking/main.tf.json"), "utf8")).toBe(moduleText("earlier"));
    expect(["networking", "access", "example"].flatMap((name) => readdirSync(at(name)))).toEqual([
      "main.tf.json",
    ]);
  });
});
