// Has Node.js run TypeScript, as `node -r sucrase/register/ts` does but for two things. What every supported version of
// Node.js understands by itself is not rewritten, as in the tests and in the compiled library. And what was rewritten is kept,
// under a name made of all that decides it, so that an edited file is never taken for the one before.
const { createHash, randomUUID } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { addHook } = require("pirates");

const OPTIONS = { transforms: ["imports", "typescript"], disableESTransforms: true };
const KEPT = join(__dirname, "node_modules/.cache/session-manager");
const DECIDING = JSON.stringify([require("sucrase/package.json").version, OPTIONS]);

// From Node.js 22 on, what V8 makes of the code is kept, too.
require("node:module").enableCompileCache?.();

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
  try {
    mkdirSync(KEPT, { recursive: true });
    // Nobody reads half of it.
    const written = `${file}.${randomUUID()}`;
    writeFileSync(written, code);
    renameSync(written, file);
  } catch {
    // Where nothing can be written, it is rewritten each time.
  }
}

addHook(
  (source, path) => {
    const name = createHash("sha256").update(DECIDING).update(path).update("\0").update(source).digest("hex");
    const file = join(KEPT, `${name}.js`);
    try {
      return readFileSync(file, "utf8");
    } catch {
      const code = rewrite(source, path);
      keep(file, code);
      return code;
    }
  },
  { exts: [".ts"] },
);
