import { SESSION_USER_MARK } from "../../../modules/facts/sessions";
import { INSTALL_JOURNAL } from "../../../modules/facts/command-journal";
import { literal } from "../../../modules/private/terraform";
import {
  joinedBase64Room,
  joinedUserData,
  sessionUserData,
} from "../../../modules/private/session-user-data";
import { unresolved } from "../../support/tokens";

const NOBODY_ELSE = { metadataForRootOnly: false, commandJournal: false };
const problem = (own: string) => joinedUserData(NOBODY_ELSE).problem(own);
const joined = (own: string) => sessionUserData(own, NOBODY_ELSE);

test("by itself, the first boot makes the user, after the file that would give it sudo", () => {
  expect(joined("")).toBe(
    [
      "#cloud-boothook",
      "#!/bin/sh",
      SESSION_USER_MARK,
      "echo '# ssm-user has no rights here' >/etc/sudoers.d/ssm-agent-users",
      "chmod 440 /etc/sudoers.d/ssm-agent-users",
      "id ssm-user >/dev/null 2>&1 || useradd -m -s /bin/bash ssm-user",
      "",
    ].join("\n"),
  );
});

test("with a journal, it makes the file for shells of other users too", () => {
  expect(sessionUserData("", { metadataForRootOnly: false, commandJournal: true })).toBe(
    `${joined("")}${literal(INSTALL_JOURNAL)}\n`,
  );
});

test("a text of the instance's own is the second part, as it stands", () => {
  expect(joined("#!/bin/sh\necho ${HOME}\n").split("--==session-user==")).toEqual([
    'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="==session-user=="\n\n',
    `\nContent-Type: text/cloud-boothook\n\n${joined("")}\n`,
    "\nContent-Type: text/plain\n\n#!/bin/sh\necho $${HOME}\n\n\n",
    "--\n",
  ]);
});

test("parts that are joined already stand with their own headers", () => {
  const own = 'Content-Type: multipart/mixed; boundary="b"\nMIME-Version: 1.0\n\n--b\n\n#!/bin/sh\n--b--\n';
  expect(joined(own)).toContain(`--==session-user==\n${own}\n\n--==session-user==--`);
});

test("letters beyond ASCII, and what only Terraform will know, are encoded", () => {
  expect(joined("#!/bin/sh\necho ä\n")).toContain(
    `Content-Transfer-Encoding: base64\n\n${Buffer.from("#!/bin/sh\necho ä\n").toString("base64")}\n`,
  );
  expect(joined(unresolved("var.script"))).toMatch(
    /Content-Transfer-Encoding: base64\n\n\$\{TfToken\[.*\]\}\n/,
  );
});

test.each([
  "#!/bin/sh",
  "#cloud-config\nusers: []",
  "#cloud-config-archive\n- {}",
  "#cloud-boothook\necho",
  "#include\nhttps://example.com",
  "#include-once\nhttps://example.com",
  "#part-handler\n",
  "## template: jinja\n#cloud-config\n",
  "Content-Type: multipart/mixed; boundary=b\n\n--b--",
  "MIME-Version: 1.0\n",
  "",
])("%j can be joined", (own) => {
  expect(problem(own)).toBeUndefined();
});

test.each([
  "echo hello",
  "#cloud-configuration",
  " #!/bin/sh",
  "[settings]\nx = 1",
  "\n#cloud-config",
  "H4sIAAAA",
])("%j cannot be joined", (own) => {
  expect(problem(own)).toMatch(/^allowed: a script \(#!\), #cloud-config or .*; begin with one of these/);
});

test("nothing in the text can end its part", () => {
  expect(problem("#!/bin/sh\n# --==session-user==--")).toMatch(/^allowed: a text without ==session-user==/);
});

test("the whole has as many bytes as EC2 takes, and not one more", () => {
  const [, room = ""] = /up to (\d+) bytes/.exec(joinedUserData(NOBODY_ELSE).allowed) ?? [];
  const fits = "#!".padEnd(Number(room), "${x}");
  expect(Buffer.byteLength(joined(fits).replaceAll("$${", "${"))).toBe(16384);
  expect(problem(fits)).toBeUndefined();
  expect(problem(`${fits}x`)).toMatch(/^allowed: a text of up to \d+ bytes with recorded sessions/);
  expect(problem("#!".padEnd(16385))).toMatch(/^allowed: a text of up to 16384 bytes/);
  const longest = joinedBase64Room(NOBODY_ELSE);
  const accented = `#!${"ä".repeat((Math.floor(longest / 4) * 3 - 2) / 2)}`;
  expect(Buffer.from(accented).toString("base64").length).toBeLessThanOrEqual(longest);
  expect(problem(accented)).toBeUndefined();
  expect(problem(`${accented}äää`)).toMatch(/a quarter less with letters beyond ASCII/);
});
