import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { METADATA_FILTER, sessionUserData } from "../../modules/private/session-user-data";

/** `describe` where a machine can do something; elsewhere a skip, with a notice. */
function describeWhere(name: string, missing: string | undefined, tests: () => void): void {
  if (missing !== undefined) {
    process.stderr.write(`skipped: ${name}: ${missing}\n`);
  }
  (missing === undefined ? describe : describe.skip)(name, tests);
}

const works = (program: string, ...args: string[]): boolean => spawnSync(program, args).status === 0;

describe("what runs at every boot", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "boot-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs the hook with programs that only note their calls, and exit as told; `sudoers` is what it finds. */
  function boot(metadataForRootOnly: boolean, exits: Record<string, number>, sudoers?: string) {
    const file = join(folder, "ssm-agent-users");
    if (sudoers !== undefined) {
      writeFileSync(file, sudoers);
    }
    const programs = { id: 1, useradd: 0, userdel: 0, nft: 0, dnf: 0, yum: 0, ...exits };
    for (const [program, status] of Object.entries(programs)) {
      if (status >= 0) {
        const script = `#!/bin/sh\necho "${program} $*" >>${folder}/calls\nexit ${status}\n`;
        writeFileSync(join(folder, program), script, { mode: 0o755 });
      }
    }
    const hook = sessionUserData("", { metadataForRootOnly, commandJournal: false }).replaceAll(
      "/etc/sudoers.d",
      folder,
    );
    const { status } = spawnSync("/bin/sh", ["-c", hook], { env: { PATH: `${folder}:/bin` } });
    const calls = existsSync(`${folder}/calls`) ? readFileSync(`${folder}/calls`, "utf8").split("\n") : [];
    return {
      status,
      calls: calls.filter((call) => call !== ""),
      sudoers: existsSync(file) && readFileSync(file, "utf8"),
    };
  }

  const NO_RIGHTS = "# ssm-user has no rights here\n";
  const MADE = ["id ssm-user", "useradd -m -s /bin/bash ssm-user"];

  test("makes the user without sudo", () => {
    expect(boot(false, {})).toEqual({ status: 0, calls: MADE, sudoers: NO_RIGHTS });
    expect(statSync(join(folder, "ssm-agent-users")).mode & 0o777).toBe(0o440);
  });

  test("takes sudo from a user that the image brought", () => {
    const found = boot(false, { id: 0 }, "ssm-user ALL=(ALL) NOPASSWD:ALL\n");
    expect(found).toEqual({ status: 0, calls: ["id ssm-user"], sudoers: NO_RIGHTS });
  });

  test("filters metadata before the user is there", () => {
    expect(boot(true, {}).calls).toEqual(["nft -f -", ...MADE]);
  });

  test("has no user where metadata cannot be filtered", () => {
    const { status, calls, sudoers } = boot(true, { nft: 1, id: 0 });
    expect({ status, calls, sudoers }).toEqual({
      status: 1,
      calls: ["nft -f -", "userdel ssm-user"],
      sudoers: false,
    });
  });

  test("installs what filters, and has no user where that is not to be had", () => {
    const missing = works("/bin/sh", "-c", "PATH=/bin command -v nft") ? undefined : -1;
    if (missing === undefined) {
      return; // this machine has it where the shell's own programs are
    }
    expect(boot(true, { nft: -1, dnf: 1 })).toMatchObject({
      status: 1,
      calls: ["dnf -qy install nftables", "yum -qy install nftables", "userdel ssm-user"],
    });
  });
});

const NAMESPACES = "it takes root, network namespaces, nft and ip";
describeWhere(
  "metadata for root only",
  works("unshare", "-n", "sh", "-c", "nft list ruleset && ip link set lo up") ? undefined : NAMESPACES,
  () => {
    test("root reaches both addresses, another user neither, in any guise", () => {
      const script = join(__dirname, "../support/metadata_filter.py");
      const { stdout, stderr } = spawnSync("unshare", ["-n", "python3", script], {
        input: METADATA_FILTER,
        encoding: "utf8",
      });
      expect(stderr).toBe("");
      const refused = ["ConnectionRefusedError", "ConnectionRefusedError", "ConnectionRefusedError", "open"];
      expect(JSON.parse(stdout)).toEqual({
        before: ["open", "open", "open", "open"],
        root: ["open", "open", "open", "open"],
        user: refused,
        namespace: refused,
      });
    });
  },
);

const PYTHON = "/usr/bin/python3";
describeWhere(
  "cloud-init",
  works(PYTHON, "-c", "import cloudinit.user_data") ? undefined : "no cloud-init on this machine",
  () => {
    const READ = `
import json, sys
from cloudinit import handlers, helpers, user_data
paths = helpers.Paths({"cloud_dir": "/nonexistent", "run_dir": "/nonexistent", "templates_dir": "/nonexistent"})
message = user_data.UserDataProcessor(paths).process(sys.stdin.buffer.read())
found = []
def note(data, name, payload, headers):
    found.append([headers["Content-Type"], payload if isinstance(payload, str) else payload.decode()])
handlers.walk(message, note, data={})
print(json.dumps(found))`;

    const HOOK = sessionUserData("", { metadataForRootOnly: true, commandJournal: false }).replaceAll(
      "$${",
      "${",
    );
    const nested = (type: string, text: string) => `--b\nContent-Type: ${type}\n\n${text}\n`;

    test.each<[string, [string, string][]]>([
      ["", []],
      ["#!/bin/sh\necho ${HOME}", [["text/x-shellscript", "#!/bin/sh\necho ${HOME}\n"]]],
      ["#cloud-config\nusers: [Zoë]\n", [["text/cloud-config", "#cloud-config\nusers: [Zoë]\n"]]],
      ["#cloud-boothook\necho", [["text/cloud-boothook", "#cloud-boothook\necho\n"]]],
      [
        `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n${nested("text/x-shellscript", "#!/bin/sh")}${nested("text/cloud-config", "a: 1")}--b--\n`,
        [
          ["text/x-shellscript", "#!/bin/sh"],
          ["text/cloud-config", "a: 1"],
        ],
      ],
    ])("reads the hook and %j", (own, parts) => {
      const text = sessionUserData(own, { metadataForRootOnly: true, commandJournal: false }).replaceAll(
        "$${",
        "${",
      );
      const { stdout } = spawnSync(PYTHON, ["-c", READ], { input: text, encoding: "utf8" });
      expect(JSON.parse(stdout)).toEqual(
        [["text/cloud-boothook", HOOK], ...parts].map(([type, said]) => [type, said]),
      );
    });
  },
);
