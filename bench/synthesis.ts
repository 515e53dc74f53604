import { join } from "node:path";
import { cdktfProgram } from "../__tests__/support/cdktf-cli";
import { COMMAND_NAMES } from "../cli";
import { type Contestant, type Measured, sideBySide } from "./measure";
import { compiledProject, copyProject, environmentOf, stockProject } from "./projects";

const NODE = process.execPath;

/** How the app is run: see cdktf.json. */
const APP = [NODE, "-r", "./register-typescript.js", "main.ts"] as const;

/** How commands are run. */
const CLI = ["-r", "./register-typescript.js", "cli/index.ts"] as const;

/** Numbers of instances in one environment. */
const SIZES = [1, 10, 100, 1_000, 4_000];

/**
 * The app of the project as it is, against the same compiled before and the stock template's way.
 *
 * @param commit an earlier commit, whose app is measured as well
 */
export function measureApp(commit?: string): {
  ours: Measured;
  floor: Measured;
  stock: Measured;
  before: Measured | undefined;
} {
  const [ours, floor, stock, before] = sideBySide([
    { name: "ours: node -r ./register-typescript.js main.ts", command: APP, cwd: copyProject("ours") },
    { name: "floor: node main.js, compiled before", command: [NODE, "main.js"], cwd: compiledProject() },
    {
      name: "stock: npx ts-node main.ts",
      command: ["npx", "--no-install", "ts-node", "main.ts"],
      cwd: stockProject(),
    },
    ...(commit === undefined
      ? []
      : [{ name: `before: ours at ${commit}`, command: APP, cwd: copyProject("before", undefined, commit) }]),
  ]) as [Measured, Measured, Measured, Measured?];
  return { ours, floor, stock, before };
}

/** The cdktf CLI around the app. */
export function measureCli(): Measured {
  const command = [NODE, cdktfProgram(), "synth"] as const;
  return sideBySide([{ name: "cdktf synth", command, cwd: copyProject("ours") }])[0] as Measured;
}

/**
 * One environment of ever more instances.
 *
 * @param commit an earlier commit, whose 1,000 instances are measured as well, last
 */
export function measureSizes(commit?: string): Measured[] {
  const thousand = { big: environmentOf(1_000) };
  return sideBySide([
    ...SIZES.map((size) => ({
      name: `${size.toLocaleString("en")} instance${size === 1 ? "" : "s"}`,
      command: APP,
      cwd: copyProject(`of-${size}`, { big: environmentOf(size) }),
    })),
    ...(commit === undefined
      ? []
      : [
          {
            name: `before: 1,000 instances at ${commit}`,
            command: APP,
            cwd: copyProject("before-1000", thousand, commit),
          },
        ]),
  ]);
}

/**
 * The help of every command.
 *
 * @param commit an earlier commit, whose help is measured as well
 */
export function measureHelp(commit?: string): { ours: Measured[]; before: Measured[] } {
  const help = (project: string): Contestant[] =>
    COMMAND_NAMES.map((name) => ({ name, command: [NODE, ...CLI, name, "--help"], cwd: project }));
  const ours = help(copyProject("ours"));
  const before = commit === undefined ? [] : help(copyProject("before", undefined, commit));
  const measured = sideBySide([...ours, ...before]);
  return { ours: measured.slice(0, ours.length), before: measured.slice(ours.length) };
}

/** Everything that `npm test` does. */
export function measureTests(): Measured {
  return sideBySide([
    { name: "npm test", command: ["npm", "test"], cwd: join(__dirname, "..") },
  ])[0] as Measured;
}

/** Many environments in one app, of two instances each. */
export function measureEnvironments(): Measured {
  const environments = Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [`e-${index}`, environmentOf(2)]),
  );
  const cwd = copyProject("environments", environments);
  return sideBySide([{ name: "50 environments, 100 stacks", command: APP, cwd }])[0] as Measured;
}
