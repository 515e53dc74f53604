import { scratchFolder } from "../../../cli/process/scratch-folder";

jest.mock("node:os", () => ({ ...jest.requireActual<object>("node:os"), tmpdir: () => "/nowhere" }));

test("a folder for temporary files that is not there is told with the variable", () => {
  expect(() => scratchFolder()).toThrow(
    "no folder for temporary files can be made in /nowhere (ENOENT): make room there, or set TMPDIR to a folder that you can write to",
  );
});

test("of a folder elsewhere, the system's own words are told", () => {
  expect(() => scratchFolder("/no/plans")).toThrow("ENOENT: no such file or directory, mkdtemp '/no/plans/");
});
