import { Fn, Token } from "cdktf";
import type { Bound } from "../facts/bound";
import { INSTALL_JOURNAL } from "../facts/command-journal";
import { MAX_USER_DATA, USER_DATA } from "../facts/instance-limits";
import { problem } from "../facts/refusal";
import { SESSION_USER, SESSION_USER_MARK } from "../facts/sessions";
import { literal } from "./terraform";

/** What stands between the parts. */
const BOUNDARY = "==session-user==";

/**
 * Texts that cloud-init knows by how they begin: it reads the kind of a part that is `text/plain` there.
 * https://docs.cloud-init.io/en/latest/explanation/format.html
 */
export const KNOWN_USER_DATA =
  /^(#!|#cloud-config\b|#cloud-config-archive\b|#cloud-boothook\b|#include\b|#include-once\b|#part-handler\b|## template: *jinja\b)/;

/** Parts that are joined already: they begin with headers of their own, and stand as one part within the others. */
const JOINED = /^(content-type:|mime-version:)/i;

const ALLOWED =
  "a script (#!), #cloud-config or another text that cloud-init knows by its beginning, multipart ones included";

/** What the first boot does for sessions. */
export interface SessionUserData {
  /** Whether nobody but root may ask the metadata service. */
  readonly metadataForRootOnly: boolean;
  /** Whether shells of other users, and zsh, write a journal of commands too. */
  readonly commandJournal: boolean;
}

/**
 * The text for the first boot of an instance whose sessions run as a user without sudo, joined with the instance's own.
 * It is a boothook: cloud-init runs it at every boot, before the network is said to be online, which SSM Agent waits for;
 * a script of the usual kind would run after the agent has started. A cloud-config would have to be merged with the
 * instance's own.
 *
 * @param own the instance's own text, empty where it has none
 */
export function sessionUserData(own: string, options: SessionUserData): string {
  const hook = boothook(options);
  if (own === "") {
    return literal(hook);
  }
  return [
    'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="' + BOUNDARY + '"\n',
    `--${BOUNDARY}\nContent-Type: text/cloud-boothook\n\n${literal(hook)}`,
    `--${BOUNDARY}\n${part(own)}`,
    `--${BOUNDARY}--\n`,
  ].join("\n");
}

/** What an instance's own text may be where it is joined. */
export function joinedUserData(options: SessionUserData): Bound<string> {
  const room = MAX_USER_DATA - byteLength(sessionUserData("#!", options)) + 2;
  const allowed = `a text of up to ${room} bytes with recorded sessions, whose user is made at the first boot too`;
  return {
    allowed,
    problem: (own) => {
      if (own !== "" && !KNOWN_USER_DATA.test(own) && !JOINED.test(own)) {
        const fix = "begin with one of these: cloud-init would pass over anything else";
        return problem(ALLOWED, fix);
      }
      if (own.includes(BOUNDARY)) {
        return problem(`a text without ${BOUNDARY}, which stands between its parts`, "write something else");
      }
      // A limit that the text does not keep by itself is said as ever.
      return (
        USER_DATA.problem(own) ??
        (byteLength(sessionUserData(own, options)) > MAX_USER_DATA
          ? problem(
              `${allowed}, and a quarter less with letters beyond ASCII`,
              options.commandJournal
                ? "fetch the rest from S3 at boot, or do without commandJournal, which takes some 1,200 of them"
                : "fetch the rest from S3 at boot",
            )
          : undefined)
      );
    },
  };
}

/** The bytes that an exported module's variable may have, as base64, where the text is joined. */
export function joinedBase64Room(options: SessionUserData): number {
  return (
    MAX_USER_DATA - byteLength(sessionUserData("é", options)) + Buffer.from("é").toString("base64").length
  );
}

function part(own: string): string {
  if (JOINED.test(own)) {
    return `${literal(own)}\n`;
  }
  // What only Terraform will know may have any letters.
  if (Token.isUnresolved(own)) {
    return `${BASE64_HEADERS}${Fn.base64encode(own)}\n`;
  }
  // cloud-init would misread bytes beyond ASCII in a part that is not encoded.
  // eslint-disable-next-line no-control-regex
  return /^[\x00-\x7f]*$/.test(own)
    ? `Content-Type: text/plain\n\n${literal(own)}\n`
    : `${BASE64_HEADERS}${Buffer.from(own).toString("base64")}\n`;
}

const BASE64_HEADERS = 'Content-Type: text/plain; charset="utf-8"\nContent-Transfer-Encoding: base64\n\n';

/** Bytes as EC2 counts them: without the signs that keep Terraform from reading a template. */
function byteLength(text: string): number {
  return Buffer.byteLength(text.replace(/([$%])\1\{/g, "$1{"));
}

/**
 * Where metadata is for root only, a filter that cannot be loaded takes the user away: sessions are refused then. The
 * file in sudoers.d is the agent's own, which it never writes over.
 */
function boothook({ metadataForRootOnly, commandJournal }: SessionUserData): string {
  return [
    "#cloud-boothook",
    "#!/bin/sh",
    SESSION_USER_MARK,
    ...(metadataForRootOnly ? [METADATA_FOR_ROOT_ONLY] : []),
    `echo '# ${SESSION_USER} has no rights here' >/etc/sudoers.d/ssm-agent-users`,
    "chmod 440 /etc/sudoers.d/ssm-agent-users",
    `id ${SESSION_USER} >/dev/null 2>&1 || useradd -m -s /bin/bash ${SESSION_USER}`,
    ...(commandJournal ? [INSTALL_JOURNAL] : []),
    "",
  ].join("\n");
}

/** The filter: root alone reaches the metadata service, in what the instance itself sends. Loading it again replaces it. */
export const METADATA_FILTER = `table inet session_metadata
delete table inet session_metadata
table inet session_metadata {
  chain output {
    type filter hook output priority 0; policy accept;
    ip daddr 169.254.169.254 meta skuid != 0 reject
    ip6 daddr fd00:ec2::254 meta skuid != 0 reject
  }
}`;

const METADATA_FOR_ROOT_ONLY = `command -v nft >/dev/null || dnf -qy install nftables || yum -qy install nftables
nft -f - <<'END' || { echo 'no nft: ${SESSION_USER} goes, as it could ask for metadata' >&2; userdel ${SESSION_USER}; exit 1; }
${METADATA_FILTER}
END`;
