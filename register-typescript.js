// Has Node.js run TypeScript, as `node -r sucrase/register/ts` does but for one thing: what every supported version of Node.js
// understands by itself is not rewritten, as in the tests and in the compiled library. Synthesis starts faster for it.
const { addHook } = require("sucrase/dist/register");

addHook(".ts", { transforms: ["imports", "typescript"], disableESTransforms: true });
