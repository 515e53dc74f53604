import { terraformJson, terraformProgram } from "../../../cli/terraform/program";
import { Workspace } from "../../support/cli";

const { PATH } = process.env;
let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace();
  process.env.PATH = `${workspace.folder}/programs`;
});

afterEach(() => {
  process.env.PATH = PATH;
  workspace.remove();
});

test("where there is OpenTofu alone, it is named", () => {
  workspace.program("tofu");
  expect(() => terraformProgram()).toThrow(
    /^no terraform on the PATH: install Terraform \(1\.4 or later; .*\), or set TERRAFORM_BINARY_NAME=tofu, which is there$/,
  );
});

test("what a script in Terraform's place says before its JSON is passed over", () => {
  expect(terraformJson('a newer version is there\n{"resources":[]}\n')).toEqual({ resources: [] });
  expect(terraformJson('{"a":{\n"b":1}}')).toEqual({ a: { b: 1 } });
});

test("a program that says something else is named", () => {
  workspace.program("terraform");
  expect(() => terraformJson("hello\nworld")).toThrow(
    `${workspace.folder}/programs/terraform does not answer as Terraform does, but "hello": name Terraform itself in TERRAFORM_BINARY_NAME`,
  );
});
