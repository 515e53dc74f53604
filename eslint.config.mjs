import js from "@eslint/js";
import importX, { createNodeResolver } from "eslint-plugin-import-x";
import jsdoc from "eslint-plugin-jsdoc";
import tseslint from "typescript-eslint";

/** What the commands may know of stacks and modules. */
const AGREED = [
  "stacks/contract.ts",
  "stacks/provider-lock.ts",
  "stacks/settings/likely-name.ts",
  "modules/facts",
];

/** What the files of a folder may import of the project, beside their own folder. CONTRIBUTING.md says why. */
const MAY_IMPORT = {
  modules: [],
  "modules/facts": [],
  "modules/private": ["modules/facts"],
  "modules/rules": ["modules/facts", "modules/private/terraform.ts"],
  "stacks/contract.ts": ["modules/facts"],
  stacks: ["modules"],
  "cli/terminal": [],
  "cli/process": ["cli/terminal"],
  ...wings({
    assembly: [],
    aws: ["assembly"],
    terraform: ["assembly", "process"],
    instance: ["assembly", "aws", "terraform"],
    channel: [],
    session: ["assembly", "aws", "channel", "instance", "process"],
    recordings: ["assembly", "aws", "process"],
    orphans: ["assembly", "aws", "terraform"],
    deployment: ["assembly", "aws", "terraform", "orphans", "process"],
    rehearsal: ["assembly", "aws", "terraform", "process"],
    doctor: ["assembly", "aws", "instance", "session", "process"],
    scan: ["assembly", "process"],
    cost: ["assembly"],
    diagram: ["assembly"],
  }),
  "cli/index.ts": ["cli/commands", "cli/process", "cli/terminal"],
  // A command is options, one call, and what it prints.
  "cli/commands": ["cli", ...AGREED],
};

function wings(neighbours) {
  return Object.fromEntries(
    Object.entries(neighbours).map(([wing, others]) => [
      `cli/${wing}`,
      ["cli/terminal", ...others.map((one) => `cli/${one}`), ...AGREED],
    ]),
  );
}

const ZONES = Object.entries(MAY_IMPORT).flatMap(([target, allowed]) =>
  ["cli", "modules", "stacks", "scripts", "environments", "docs", "bench"].map((from) => ({
    target: `./${target}`,
    from: `./${from}`,
    except: [target, ...allowed]
      .filter((one) => one === from || one.startsWith(`${from}/`))
      .map((one) => `.${one.slice(from.length)}`),
    message: `${target} may import only ${[target, ...allowed].join(", ")}: see CONTRIBUTING.md.`,
  })),
);

function documented(...members) {
  return {
    publicOnly: true,
    require: { ClassDeclaration: true, FunctionDeclaration: true },
    contexts: ["TSInterfaceDeclaration", "TSTypeAliasDeclaration", "VariableDeclaration", ...members],
  };
}

// Rules judge the JSON that is written: constructs put themselves under guard, and know no rule.
for (const target of ["./modules/*.ts", "./stacks"]) {
  ZONES.push({
    target,
    from: "./modules/rules",
    except: ["./guard.ts", "./index.ts"],
    message:
      "Constructs and stacks know no rule: import modules/rules/guard.ts or index.ts. See CONTRIBUTING.md.",
  });
}

export default tseslint.config(
  { ignores: ["node_modules", ".venv", "cdktf.out", "coverage", "dist", ".cdktn", ".bench"] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    languageOptions: { globals: { module: "writable", process: "readonly", require: "readonly" } },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      // The package's root loads every AWS resource: 3 seconds and half a gigabyte.
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { regex: "/provider-aws$", message: "Import the one resource, from its lib/<resource>." },
          ],
        },
      ],
    },
  },
  {
    files: ["modules/**/*.ts", "stacks/**/*.ts", "cli/**/*.ts"],
    plugins: { jsdoc },
    rules: {
      // What other files import says what it is.
      "jsdoc/require-jsdoc": ["error", documented()],
      "jsdoc/require-description": "error",
    },
  },
  {
    files: ["modules/**/*.ts", "stacks/**/*.ts"],
    rules: {
      // What other projects and people's settings use says so of each member, too.
      "jsdoc/require-jsdoc": [
        "error",
        documented(
          "TSInterfaceDeclaration TSPropertySignature",
          "ClassDeclaration > ClassBody > PropertyDefinition:not([accessibility='private'])",
        ),
      ],
    },
  },
  {
    files: ["modules/facts/**/*.ts", "stacks/contract.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [{ regex: "^(cdktf|constructs|@cdktf/)", message: "Facts are so without a construct." }],
        },
      ],
    },
  },
  {
    files: ["cli/commands/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: "^\\./",
              message: "No command is built on another: what they share is in a folder beside.",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["modules/**/*.ts", "stacks/**/*.ts", "cli/**/*.ts"],
    plugins: { "import-x": importX },
    settings: { "import-x/resolver-next": [createNodeResolver({ extensions: [".ts", ".js"] })] },
    rules: { "import-x/no-restricted-paths": ["error", { zones: ZONES }] },
  },
  // What Node.js runs before it can run TypeScript.
  {
    files: ["*.js"],
    languageOptions: { globals: { Buffer: "readonly", __dirname: "readonly", __filename: "readonly" } },
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
);
