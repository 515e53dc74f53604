import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startEmulator, useEmulator } from "../../../cli/rehearsal/emulator";

/** The project's own Python, which has moto. */
const PYTHON = resolve(__dirname, "../../../.venv/bin/python");
const testWithPython = existsSync(PYTHON) ? test : test.skip;

const [PROJECT, PATH] = [process.cwd(), process.env.PATH];

let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "emulator-"));
  said = [];
  process.chdir(folder);
  process.env.PATH = join(folder, "programs");
});
afterEach(() => {
  process.chdir(PROJECT);
  process.env.PATH = PATH;
  rmSync(folder, { recursive: true });
});

const start = () => startEmulator("moto.log", (text) => said.push(text));

/** A Python on the PATH, as a script of sh with the arguments in `$*`; it records how it is called. */
function python(path: string, script: string): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(
    join(folder, path),
    `#!/bin/sh\necho "${path}: $1 $2 $3 $4 $5 $6" | /usr/bin/head -n 1 >> calls\n${script}\n`,
  );
  chmodSync(join(folder, path), 0o755);
}

function calls(): string[] {
  return readFileSync("calls", "utf8")
    .split("\n")
    .filter((call) => call.includes(" -m "))
    .map((call) => call.trim());
}

/** Makes a virtual environment whose Python is this script. */
const making = (script: string): string => `
case "$*" in
  "-m venv "*)
    /bin/mkdir -p "$3/bin"
    /bin/cp own-python "$3/bin/python";;
  *) exit 1;;
esac
${script}`;

test("without Python it says what Python is for", async () => {
  await expect(start()).rejects.toThrow(
    "no python3 on the PATH: moto, which answers in place of AWS, is written in Python 3: install it (https://www.python.org/downloads), or name a server with --endpoint",
  );
  expect(said).toEqual([]);
});

testWithPython("a Python without moto gets an environment with it, once", async () => {
  python("programs/python3", making(""));
  // Has moto once it is installed.
  python(
    "own-python",
    `case "$*" in
      "-m pip "*) echo > installed;;
      *) [ -e installed ] && exec ${PYTHON} "$@"; exit 1;;
    esac`,
  );
  const emulator = await start();
  expect((await fetch(`${emulator.url}/moto-api/`)).status).toBe(200);
  emulator.end();
  expect(said).toEqual(["installing moto[server]==5.2.5 in .rehearsal/python, once", "starting moto 5.2.5"]);
  expect(calls()).toEqual([
    "programs/python3: -m venv .rehearsal/python",
    "own-python: -m pip install --quiet --disable-pip-version-check moto[server]==5.2.5",
  ]);
  (await start()).end();
  expect(said.slice(2)).toEqual(["starting moto 5.2.5"]);
  expect(calls()).toHaveLength(2);
});

test("another version of moto does not do: it forgets other things", async () => {
  python("programs/python3", `case "$*" in "-c import"*) echo 5.1.0;; *) echo no venv >&2; exit 1;; esac`);
  await expect(start()).rejects.toThrow("moto[server]==5.2.5 could not be installed: no venv: ");
});

test("an installation that fails says why, and what to do", async () => {
  python("programs/python3", making(""));
  python("own-python", 'echo "looking"; echo "ERROR: No matching distribution found" >&2; exit 1');
  await expect(start()).rejects.toThrow(
    "moto[server]==5.2.5 could not be installed: ERROR: No matching distribution found: install it yourself, or name a server with --endpoint",
  );
});

test("a Python without venv says what to install, as Debian's does", async () => {
  python(
    "programs/python3",
    `/bin/cat <<'EOF'
The virtual environment was not created successfully because ensurepip is not
available.  On Debian/Ubuntu systems, you need to install the python3-venv
package using the following command.

    apt install python3.12-venv

Failing command: /usr/bin/python3
EOF
exit 1`,
  );
  await expect(start()).rejects.toThrow(
    "moto[server]==5.2.5 could not be installed: python3 lacks venv: apt install python3.12-venv, or name a server with --endpoint",
  );
});

test("a moto that ends at once is not waited for", async () => {
  python("programs/python3", `case "$*" in "-c import"*) echo 5.2.5;; *) echo no flask; exit 1;; esac`);
  await expect(start()).rejects.toThrow("moto does not start: moto.log has what it said");
  expect(readFileSync("moto.log", "utf8")).toBe("no flask\n");
});

test("what is no moto is refused", async () => {
  await expect(useEmulator("http://127.0.0.1:9/")).rejects.toThrow(
    "no moto server answers at http://127.0.0.1:9: start one, or leave --endpoint out to have one started",
  );
});
