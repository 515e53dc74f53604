import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { findProgram, whyNotFound } from "../../../cli/process/find-program";
import { capture } from "../../../cli/process/run";
import { onPlatform } from "../../support/platform";

const { PATH } = process.env;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "programs-"));
  process.env.PATH = folder;
});

afterEach(() => {
  process.env.PATH = PATH;
  rmSync(folder, { recursive: true });
});

function program(name: string, mode = 0o755, text = "#!/bin/sh\n"): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

test.each(["aws.exe", "session-manager-plugin.exe", "terraform.exe", "tool.com"])(
  "on Windows %s is found by its name, with or without the ending",
  async (file) => {
    const path = program(file, 0o644);
    await onPlatform("win32", () => {
      expect(findProgram(file.replace(/\.\w+$/, ""))).toBe(path);
      expect(findProgram(file)).toBe(path);
      expect(findProgram(join(folder, file.replace(/\.\w+$/, "")))).toBe(path);
    });
  },
);

test.each(["aws.cmd", "aws.bat", "aws.ps1"])("on Windows %s is none that can be started", async (file) => {
  const path = program(file);
  await onPlatform("win32", () => {
    expect(findProgram("aws")).toBeUndefined();
    expect(whyNotFound("aws")).toBe(
      `no aws on the PATH that can be started (${path} is a script of a shell, and not an .exe)`,
    );
  });
});

test("on Windows a file without an ending is none", async () => {
  program("aws");
  await onPlatform("win32", () => {
    expect(findProgram("aws")).toBeUndefined();
    expect(whyNotFound("aws")).toBe("no aws on the PATH");
  });
});

test("in WSL the program of Windows is not taken for the one that is missing", async () => {
  const path = program("aws.exe");
  await onPlatform("linux", () => {
    expect(findProgram("aws")).toBeUndefined();
    expect(whyNotFound("aws")).toBe(
      `no aws on the PATH (${path} is that of Windows: WSL needs one of its own)`,
    );
  });
});

test("a program without the right to be run is named", () => {
  const path = program("aws", 0o644);
  // Root may run nothing either that nobody may.
  expect(findProgram("aws")).toBeUndefined();
  expect(whyNotFound("aws")).toBe(`no aws on the PATH that may be run (chmod +x ${path})`);
});

test("a folder of that name is no program", () => {
  mkdirSync(join(folder, "aws"));
  expect(findProgram("aws")).toBeUndefined();
  expect(whyNotFound("aws")).toBe("no aws on the PATH");
});

test("a PATH may name what is no folder", () => {
  process.env.PATH = [join(folder, "gone"), program("file"), folder].join(delimiter);
  expect(whyNotFound("aws")).toBe("no aws on the PATH");
  const path = program("aws");
  expect(findProgram("aws")).toBe(path);
});

test("without a PATH nothing is found", () => {
  delete process.env.PATH;
  expect(findProgram("no-such-program")).toBeUndefined();
});

test("a script whose interpreter is gone does not start, in words", async () => {
  const path = program("aws", 0o755, "#!/nowhere/python3\n");
  await expect(capture(path, [])).rejects.toThrow(
    `${path} does not start: what it needs to run, such as the interpreter of a script, is not there: install it again (ENOENT)`,
  );
});

test("a program that may not be run does not start, in words", async () => {
  const path = program("aws", 0o644);
  await expect(capture(path, [])).rejects.toThrow(/does not start: it may not be run here: .* \(EACCES\)$/);
});
