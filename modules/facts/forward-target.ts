import { IPv4 } from "ipaddr.js";
import { type Bound, form } from "./bound";
import { type Ipv4Block, neverLeftFor, overlaps, parseCidr } from "./cidr";
import { egressRuleProblems } from "./egress-rule";
import { contains } from "./network";
import { PORT } from "./port";
import { problem } from "./refusal";

/** What a target of operators' tunnels is called: it ends up in the name of a document. */
export const TARGET_NAME = form(
  /^[a-z][a-z0-9-]{0,39}$/,
  "a name of 1 to 40 lower-case letters, digits and hyphens",
  "rename it",
);

const ALLOWED_HOST = "a host name or IPv4 address";

/** A name as DNS has it, with the underscores that some have; one dot at its end says that it is whole. */
const NAME =
  /^(?=.{1,254}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?$/i;

/** Names by which a machine calls itself, whatever DNS says. */
const OWN_NAME =
  /^(localhost[46]?|localhost[46]?\.localdomain[46]?|ip6-(localhost|loopback)|.+\.localhost)\.?$/i;

/** What EC2 calls the metadata service in DNS, the Region's domain behind it or not. */
const METADATA_NAME = /^instance-data(\.(ec2|[a-z0-9-]+\.compute)\.internal)?\.?$/i;

const LOOPBACK = { start: 127 * 2 ** 24, prefix: 8 };

/** A port that operators may forward to: SSH through a tunnel would be a shell that nobody records. */
export const FORWARD_PORT = {
  ...PORT,
  problem: (port: number) =>
    port === 22
      ? problem(
          "a port other than 22",
          "open shells with npm run connect: SSH in a tunnel is recorded nowhere",
        )
      : PORT.problem(port),
};

/** A host that SSM Agent forwards to: by name, or by its IPv4 address. It forwards to no link-local address. */
export const HOST: Bound<string> = {
  allowed: ALLOWED_HOST,
  problem: (host) => writingProblem(host) ?? addressProblem(host),
};

/** Whether a host is the instance that the tunnel goes through, so that nothing leaves it. */
export function isInstanceItself(host: string): boolean {
  const address = addressOf(host);
  return address === undefined ? OWN_NAME.test(host) : overlaps(address, LOOPBACK);
}

/** Whether a host is given by its address, so that there is no name that a certificate could have. */
export function isAddress(host: string): boolean {
  return addressOf(host) !== undefined;
}

/** What is wrong with one of these. */
interface NetworkProblem {
  readonly field: "cidr" | "securityGroupId" | "";
  readonly problem: string;
}

/** Where a target says that its host is. */
interface ForwardNetwork {
  readonly host: string;
  readonly cidr?: string | undefined;
  readonly securityGroupId?: string | undefined;
}

/** What is wrong with the network that a target names, given its host: of the instance itself there is none. */
export function forwardNetworkProblems({ host, cidr, securityGroupId }: ForwardNetwork): NetworkProblem[] {
  const given = {
    ...(cidr !== undefined && { cidr }),
    ...(securityGroupId !== undefined && { securityGroupId }),
  };
  if (isInstanceItself(host)) {
    return (Object.keys(given) as (keyof typeof given)[]).map((field) => ({
      field,
      problem: problem(
        `no ${field} where the host is the instance itself`,
        "remove it: nothing leaves the instance, so that it would open a way that no tunnel takes",
      ),
    }));
  }
  const found = egressRuleProblems({ ...given, ports: 1, description: "network" }).flatMap(
    ({ field, problem: message }): NetworkProblem[] => {
      if (field === "") {
        const advice = "say where the host is, or write localhost where it is the instance itself";
        return [{ field, problem: problem("exactly one network: cidr or securityGroupId", advice) }];
      }
      return field === "cidr" || field === "securityGroupId" ? [{ field, problem: message }] : [];
    },
  );
  const isOutside = isAddress(host) && cidr !== undefined && contains(cidr, `${bare(host)}/32`) === "no";
  return found.length === 0 && isOutside
    ? [
        {
          field: "cidr",
          problem: problem(`a block that holds ${bare(host)}, the host`, "correct one of the two"),
        },
      ]
    : found;
}

/** What is wrong with how a host is written: each form that people have at hand is told what becomes of it. */
function writingProblem(host: string): string | undefined {
  const refuse = (fix: string): string => problem(`${ALLOWED_HOST}, and nothing else`, fix);
  const url = /^[a-z][\w+.-]*:(?:[a-z]+:)?\/\/(?:[^@/]*@)?([^:/?#]*)/i.exec(host);
  const hostAndPort = /^([^:\s/@]+):(\d+)$/.exec(host);
  switch (true) {
    case url !== null:
      return refuse(
        `write ${JSON.stringify(url[1])}, and its port as port: a tunnel knows no scheme and no path`,
      );
    case /[,;]/.test(host) || /\S\s+\S/.test(host):
      return refuse("write a target of its own for each host");
    case host.includes("*"):
      return refuse("write one whole name, as a tunnel leads to one host: a target of its own for each");
    case parseCidr(host) !== undefined:
      return refuse("write the address of one host, and the block as cidr");
    case host.startsWith("/"):
      return refuse("have the program listen on a port too: SSM Agent forwards to TCP, not to a socket file");
    case (host.match(/:/g) ?? []).length > 1:
      return refuse(
        host.replace(/[[\]]/g, "") === "::1"
          ? "write localhost, which is tried at ::1 too"
          : "write its name, or its IPv4 address: no rule here lets out to IPv6",
      );
    case hostAndPort !== null:
      return refuse(`write host: ${JSON.stringify(hostAndPort[1])} and port: ${hostAndPort[2]}`);
    case /[/@]/.test(host):
      return refuse("write the host alone, without user or path");
    default:
      return NAME.test(host) ? undefined : problem(ALLOWED_HOST, "write it as the instance would look it up");
  }
}

/** What is wrong with a host that is well written. */
function addressProblem(host: string): string | undefined {
  const address = addressOf(host);
  // Programs take a name that ends in a number for an address, each in a way of its own.
  if (address === undefined && /(^|\.)(\d+|0x[0-9a-f]*)\.?$/i.test(host)) {
    return problem(ALLOWED_HOST, "write an address as four numbers from 0 to 255, without zeros before them");
  }
  const why = address && !isInstanceItself(host) ? neverLeftFor(address) : undefined;
  if (why?.startsWith("169.254.") || METADATA_NAME.test(host)) {
    return problem(
      "an address that is not link-local",
      "what answers there is the instance's own: use a shell",
    );
  }
  return (
    why &&
    problem("an address that packets leave an instance for", `write the host's own, or localhost: ${why}`)
  );
}

/** The address that a host is given by. */
function addressOf(host: string): Ipv4Block | undefined {
  return IPv4.isValidFourPartDecimal(bare(host)) ? parseCidr(`${bare(host)}/32`) : undefined;
}

function bare(host: string): string {
  return host.replace(/\.$/, "");
}
