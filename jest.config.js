const common = {
  testEnvironment: "node",
  transform: { "\\.ts$": "@sucrase/jest-plugin" },
  // Other copies of the project (cdktf.out, a worktree inside it) are not part of the tests.
  modulePathIgnorePatterns: [
    "<rootDir>/cdktf.out",
    "<rootDir>/.venv",
    "<rootDir>/.rehearsal",
    "<rootDir>/.cdktn",
    "<rootDir>/.bench",
  ],
  // The CLI sets this for the app it runs; a shell that exports it must not change what the tests see.
  setupFiles: ["<rootDir>/__tests__/support/clean-process-env.ts"],
};

/** @type {import("jest").Config} */
module.exports = {
  projects: [
    {
      ...common,
      displayName: "unit",
      testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
      testPathIgnorePatterns: ["<rootDir>/__tests__/e2e/"],
    },
    {
      ...common,
      displayName: "e2e",
      testMatch: ["<rootDir>/__tests__/e2e/**/*.test.ts"],
      globalSetup: "<rootDir>/__tests__/support/e2e-setup.ts",
    },
  ],
};
