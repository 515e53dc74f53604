import { scratchFolder } from "../../../cli/process/scratch-folder";

test("a folder for temporary files that is not there is told with the variable", () => {
  expect(() => scratchFolder("/nowhere")).toThrow(
    "no folder for temporary files can be made in /nowhere (ENOENT): make room there, or set TMPDIR to a folder that you can write to",
  );
});
