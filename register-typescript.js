// Has Node.js run TypeScript, as `node -r sucrase/register/ts` does but for two things. What every supported version of
// Node.js understands by itself is not rewritten, as in the tests and in the compiled library. And what was rewritten is kept,
// under a name made of all that decides it, so that an edited file is never taken for the one before.
// First, and in words that an old version reads, too: it would fail on the way with an error of syntax.
const OLDEST = [20, 9];
const [major, minor] = process.version.slice(1).split(".").map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  process.stderr.write(
    `Node.js is ${process.version}, and this needs ${OLDEST.join(".")} or later: nvm install ${OLDEST[0]}, or https://nodejs.org\n`,
  );
  process.exit(1);
}

const { createHash, randomUUID } = require("node:crypto");
const { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { addHook } = require("pirates");

const OPTIONS = { transforms: ["imports", "typescript"], disableESTransforms: true };
const KEPT = join(__dirname, "node_modules/.cache/session-manager");
const DECIDING = require("sucrase/package.json").version + readFileSync(__filename, "utf8");

// From Node.js 22 on, what V8 makes of the code is kept, too.
const nodeModule = require("node:module");
if (nodeModule.enableCompileCache !== undefined) {
  nodeModule.enableCompileCache();
}

function rewrite(source, path) {
  const { code, sourceMap } = require("sucrase").transform(source, {
    ...OPTIONS,
    filePath: path,
    sourceMapOptions: { compiledFilename: path },
  });
  const map = Buffer.from(JSON.stringify(sourceMap)).toString("base64");
  return `${code}\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,${map}`;
}

function keep(file, code) {
  // Nobody reads half of it.
  const written = `${file}.${randomUUID()}`;
  try {
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(written, code);
    renameSync(written, file);
  } catch {
    // Where nothing can be written, it is rewritten each time.
    if (existsSync(written)) {
      rmSync(written);
    }
  }
}

addHook(
  (source, path) => {
    const name = createHash("sha256").update(DECIDING).update(path).update("\0").update(source).digest("hex");
    const file = join(KEPT, `${name}.js`);
    const kept = existsSync(file) ? readFileSync(file, "utf8") : "";
    // A machine that lost its power may have kept a name without a text.
    if (kept !== "") {
      return kept;
    }
    const code = rewrite(source, path);
    keep(file, code);
    return code;
  },
  { exts: [".ts"] },
);
