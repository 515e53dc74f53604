// One in which local time is not UTC, also for commands that are called in the process of a test.
process.env.TZ = "Europe/Berlin";

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
  setupFiles: [
    "<rootDir>/__tests__/support/clean-process-env.ts",
    "<rootDir>/__tests__/support/no-token-traces.ts",
  ],
};

/** The tests of a folder of their own: what they take is not what all others take. */
const inFolder = (displayName) => ({
  ...common,
  displayName,
  testMatch: [`<rootDir>/__tests__/${displayName}/**/*.test.ts`],
});

/** @type {import("jest").Config} */
module.exports = {
  // On two cores, jest would leave one unused.
  maxWorkers: "100%",
  // A busy machine is no mistake of the project.
  testTimeout: 30_000,
  projects: [
    {
      ...common,
      displayName: "unit",
      testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
      testPathIgnorePatterns: ["process", "terraform", "e2e"].map(
        (folder) => `<rootDir>/__tests__/${folder}/`,
      ),
    },
    inFolder("process"),
    inFolder("terraform"),
    {
      ...inFolder("e2e"),
      setupFiles: [...common.setupFiles, "<rootDir>/__tests__/support/for-emulator.ts"],
      globalSetup: "<rootDir>/__tests__/support/e2e-setup.ts",
    },
  ],
};
