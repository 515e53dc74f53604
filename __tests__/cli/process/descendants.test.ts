import { spawn } from "node:child_process";
import { once } from "node:events";
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
