/** @type {import("jest").Config} */
module.exports = {
  testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
  testEnvironment: "node",
  transform: { "\\.ts$": "@sucrase/jest-plugin" },
  // Other copies of the project (cdktf.out, a worktree inside it) are not part of the tests.
  modulePathIgnorePatterns: ["<rootDir>/cdktf.out", "<rootDir>/.venv"],
  // The CLI sets this for the app it runs; a shell that exports it must not change what the tests see.
  setupFiles: ["<rootDir>/__tests__/support/clean-process-env.ts"],
};
