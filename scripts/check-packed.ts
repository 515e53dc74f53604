import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "sucrase";
import { FOLDER, compare } from "./check-cdktn";

const ROOT = join(__dirname, "..");
const NAME = "cdktf-session-manager";
const EXAMPLE = readFileSync(join(ROOT, "examples/three-lines.ts"), "utf8");

/** The entries of the package, and the library whose apps each is for. */
const ENTRIES = { cdktf: NAME, cdktn: `${NAME}/cdktn` } as const;

type Library = keyof typeof ENTRIES;

/** What came of an app that uses the packed constructs. */
interface Synthesized {
  readonly status: number | null;
  readonly stderr: string;
  /** Its stack, where it was synthesized. */
  readonly stack: unknown;
}

/** Packs the constructs into a folder, and returns the path of what npm has made. */
function pack(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const [made] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", folder])) as [
    { filename: string },
  ];
  return join(folder, made.filename);
}

/** A folder with the packed constructs, as whoever installs them has it. */
class PackedConstructs {
  /** @param links packages that apps find there beside those of the project, by name */
  constructor(
    private readonly folder: string,
    packed: string,
    links: Readonly<Record<string, string>> = {},
  ) {
    const home = join(folder, "node_modules");
    const to = join(home, NAME);
    rmSync(to, { recursive: true, force: true });
    mkdirSync(to, { recursive: true });
    run("tar", ["-xzf", packed, "--strip-components=1", "-C", to]);
    for (const [name, target] of Object.entries(links)) {
      mkdirSync(join(home, name, ".."), { recursive: true });
      rmSync(join(home, name), { force: true });
      symlinkSync(target, join(home, name), "junction");
    }
  }

  /** Synthesizes an app of a library that imports from an entry: its own, or that of the other. */
  public synthesize(library: Library, entry: string = ENTRIES[library]): Synthesized {
    const text = EXAMPLE.replaceAll('"@cdktf/', `"@${library}/`)
      .replaceAll('"cdktf"', `"${library}"`)
      .replaceAll(`"${NAME}"`, `"${entry}"`);
    const [app, outdir] = [join(this.folder, "app.js"), join(this.folder, "app.out")];
    writeFileSync(app, transform(text, { transforms: ["typescript", "imports"] }).code);
    rmSync(outdir, { recursive: true, force: true });
    const { status, stderr } = spawnSync(process.execPath, [app], {
      // Where it runs is written into the JSON.
      cwd: ROOT,
      env: { ...process.env, CDKTF_OUTDIR: outdir },
      encoding: "utf8",
    });
    const [stack] = status === 0 ? readdirSync(join(outdir, "stacks")) : [];
    const json = stack && readFileSync(join(outdir, "stacks", stack, "cdk.tf.json"), "utf8");
    return { status, stderr, stack: json ? (JSON.parse(json) as unknown) : undefined };
  }
}

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) {
    throw new Error(`${program} ${args.join(" ")} failed: ${stderr}`);
  }
  return stdout;
}

/** What the package gives to apps of each library, and whether the entry of the other one is refused in words. */
function comparePacked(): { readonly lines: string[]; readonly good: boolean } {
  // The project's own packages are found from here, and CDK Terrain beside them.
  const folder = join(ROOT, "node_modules/.cache/packed");
  const packed = pack(folder);
  const both = new PackedConstructs(folder, packed, {
    cdktn: join(FOLDER, "node_modules/cdktn"),
    "@cdktn/provider-aws": join(FOLDER, "node_modules/@cdktn/provider-aws"),
  });
  const ours = both.synthesize("cdktf");
  const theirs = new PackedConstructs(FOLDER, packed).synthesize("cdktn");
  rmSync(packed);
  if (ours.status !== 0 || theirs.status !== 0) {
    return { lines: [`the packed constructs: ${ours.stderr}${theirs.stderr}`], good: false };
  }
  const found = compare({ packed: ours.stack }, { packed: theirs.stack });
  const refused = (["cdktf", "cdktn"] as const).map((library) => {
    const wrong = ENTRIES[library === "cdktf" ? "cdktn" : "cdktf"];
    const { status, stderr } = both.synthesize(library, wrong);
    const said = stderr.includes(`import "${ENTRIES[library]}".`);
    return status !== 0 && said
      ? []
      : [`the entry ${wrong} is not refused in an app of ${library}: ${stderr}`];
  });
  const lines = [...found.lines, ...refused.flat()];
  return { lines, good: found.good && refused.flat().length === 0 };
}

if (require.main === module) {
  const { lines, good } = comparePacked();
  console.log(lines.join("\n"));
  process.exitCode = good ? 0 : 1;
}
