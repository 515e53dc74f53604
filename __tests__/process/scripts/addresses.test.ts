import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ADDRESSES } from "../../../scripts/addresses";
import { copyProject, runIn } from "../../support/project";

const locked = JSON.parse(readFileSync(ADDRESSES, "utf8")) as Record<string, string[]>;

test("npm run addresses forgets nothing unless it is told to", () => {
  const project = copyProject();
  cpSync(join(__dirname, "../../../scripts"), join(project, "scripts"), { recursive: true });
  const file = join(project, "stacks/addresses.json");
  const write = (instances: string[]) =>
    writeFileSync(file, JSON.stringify({ ...locked, "least-instances": instances }));
  const addresses = (args = "") => runIn(project, `npm run --silent addresses ${args}`);
  const [first, ...others] = locked["least-instances"] ?? [];

  // What is new is added.
  write(others);
  expect(addresses()).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(locked);

  write([`${first}`, ...others, "aws_instance.db"]);
  const before = readFileSync(file, "utf8");
  expect(addresses()).toEqual({
    status: 1,
    stdout: "",
    stderr: expect.stringMatching(
      /^least-instances: aws_instance\.db is gone: .+ npm run addresses -- --forget\n$/,
    ),
  });
  expect(readFileSync(file, "utf8")).toBe(before);

  expect(addresses("-- --forget")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(locked);
}, 60_000);
