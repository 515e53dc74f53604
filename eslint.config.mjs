import js from "@eslint/js";
import jsdoc from "eslint-plugin-jsdoc";
import tseslint from "typescript-eslint";

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
      // What other files and other projects import says what it is.
      "jsdoc/require-jsdoc": [
        "error",
        {
          publicOnly: true,
          require: { ClassDeclaration: true, FunctionDeclaration: true },
          contexts: [
            "TSInterfaceDeclaration",
            "TSTypeAliasDeclaration",
            "VariableDeclaration",
            "TSInterfaceDeclaration TSPropertySignature",
            "ClassDeclaration > ClassBody > PropertyDefinition:not([accessibility='private'])",
          ],
        },
      ],
      "jsdoc/require-description": "error",
    },
  },
  // What Node.js runs before it can run TypeScript.
  { files: ["*.js"], rules: { "@typescript-eslint/no-require-imports": "off" } },
);
