import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { descendants, endTree } from "../../../cli/process/descendants";
import { Workspace } from "../../support/cli";

test("what a process has started is known without ps", async () => {
  const { PATH } = process.env;
  const child = spawn("/bin/sh", ["-c", "sleep 30 & echo $!; wait"], { stdio: ["ignore", "pipe", "ignore"] });
  const [chunk] = (await once(child.stdout, "data")) as [Buffer];
  const sleeper = Number(chunk.toString());
  process.env.PATH = process.platform === "linux" ? "/nowhere" : PATH;
  try {
    expect(descendants(child.pid as number)).toContain(sleeper);
    expect(descendants(process.pid)).toEqual(expect.arrayContaining([child.pid, sleeper]));
  } finally {
    process.env.PATH = PATH;
    process.kill(sleeper);
    child.kill();
  }
});

test("where nothing tells what a process has started, none is known", () => {
  const { PATH } = process.env;
  const seen = jest.spyOn(fs, "existsSync").mockReturnValue(false);
  process.env.PATH = "/nowhere";
  try {
    expect(descendants(process.ppid)).toEqual([]);
    expect(seen).toHaveBeenCalledWith("/proc/self/stat");
  } finally {
    process.env.PATH = PATH;
    seen.mockRestore();
  }
});

test("on Windows a process is ended with all that it has started", () => {
  const { PATH } = process.env;
  const workspace = new Workspace();
  workspace.program("taskkill");
  process.env.PATH = `${workspace.folder}/programs`;
  endTree(4711);
  process.env.PATH = PATH;
  expect(workspace.calls("taskkill")).toEqual([["/pid", "4711", "/t", "/f"]]);
  workspace.remove();
});
