import { Command } from "commander";
import { lostOptions } from "../../../cli/terminal/lost-options";

const DEPLOY = new Command().option("--auto-approve", "asks nobody").option("--replace <names>", "which");
const LOGS = new Command()
  .option("--search <text>", "text")
  .option("--json", "as JSON")
  .option("--environment <name>", "name");
const ENV = new Command().option("--prefix <text>", "begins names").option("--unset", "takes back");

// As npm leaves them behind of what was typed without --, or with -- in PowerShell.
test.each<[string, string, Command, string[], NodeJS.ProcessEnv, string]>([
  [
    "npm run deploy dev --auto-approve",
    "deploy",
    DEPLOY,
    ["dev"],
    { npm_config_auto_approve: "true" },
    "dev --auto-approve",
  ],
  [
    "npm run deploy --auto-approve dev",
    "deploy",
    DEPLOY,
    [],
    { npm_config_auto_approve: "dev" },
    "--auto-approve dev",
  ],
  [
    "npm run deploy dev --replace web",
    "deploy",
    DEPLOY,
    ["dev"],
    { npm_config_replace_registry_host: "web" },
    "dev --replace web",
  ],
  [
    "npm run deploy dev --replace aws_instance.web",
    "deploy",
    DEPLOY,
    ["dev"],
    { npm_config_replace_registry_host: "aws_instance.web" },
    "dev --replace aws_instance\\.web",
  ],
  [
    "npm run deploy dev --replace",
    "deploy",
    DEPLOY,
    ["dev"],
    { npm_config_replace_registry_host: "true" },
    "\\.\\.\\. --replace <names>",
  ],
  ["npm run logs --search rm", "logs", LOGS, [], { npm_config_search: "rm" }, "--search rm"],
  [
    "npm run logs last --search 'rm -rf' --json",
    "logs",
    LOGS,
    ["last"],
    { npm_config_search: "rm -rf", npm_config_json: "true" },
    'last --search "rm -rf" --json',
  ],
  [
    "npm run logs --environment",
    "logs",
    LOGS,
    [],
    { npm_config_environment: "true" },
    "\\.\\.\\. --environment <name>",
  ],
  [
    "npm run logs last --search rm",
    "logs",
    LOGS,
    ["last", "rm"],
    { npm_config_search: "true" },
    "\\.\\.\\. --search <text>",
  ],
  [
    "npm run env dev --unset",
    "env",
    ENV,
    ["dev"],
    { npm_config_unset: "true", npm_config_prefix: "/usr" },
    "dev --unset",
  ],
])("%s: what to type is said", (_typed, name, command, args, env, all) => {
  expect(lostOptions(name, command, args, env)).toMatch(
    new RegExp(
      `^npm took --[\\w, -]+ for its own, .*: nothing was done; npm run ${name} -- ${all}; in PowerShell `,
    ),
  );
});

test.each<[string, NodeJS.ProcessEnv, string[]]>([
  ["what npm always says of itself", { npm_config_prefix: "/usr", npm_config_user_agent: "npm" }, []],
  ["what was handed on as well", { npm_config_json: "true" }, ["--json"]],
  ["what was handed on with a value", { npm_config_search: "rm" }, ["--search=rm"]],
])("%s is no option that is lost", (_what, env, args) => {
  expect(lostOptions("logs", LOGS, args, env)).toBeUndefined();
});

test.each(["never", "always", "npmjs", "npm.example.com"])(
  "replace-registry-host=%s in an .npmrc is no option that is lost",
  (npm_config_replace_registry_host) => {
    expect(lostOptions("deploy", DEPLOY, ["dev"], { npm_config_replace_registry_host })).toBeUndefined();
  },
);
