import { isAddress, isInstanceItself } from "../../modules/facts/forward-target";
import type { LocalPort } from "./local-ports";

/** What a client is called with. */
interface Way {
  /** Name that the server's certificate has, or the machine's own where there is none. */
  readonly name: string;
  /** Whether there is such a name: not of an address, nor of the instance itself. */
  readonly isNamed: boolean;
  /** Port of this machine. */
  readonly local: number;
  /** Port at the far end. */
  readonly remote: number;
}

type Line = (way: Way) => string;

const postgres: Line = ({ name, isNamed, local }) =>
  isNamed
    ? `psql "host=${name} hostaddr=127.0.0.1 port=${local} sslmode=verify-full"`
    : `psql "host=127.0.0.1 port=${local}"`;

const http =
  (scheme: string): Line =>
  ({ name, isNamed, local, remote }) =>
    isNamed
      ? `curl --connect-to ${name}:${remote}:127.0.0.1:${local} ${scheme}://${name}:${remote}/`
      : `curl ${scheme}://localhost:${local}/`;

const kubernetes: Line = ({ name, isNamed, local }) =>
  `kubectl --server https://127.0.0.1:${local}${isNamed ? ` --tls-server-name ${name}` : ""}`;

const amqp =
  (scheme: string): Line =>
  ({ local }) =>
    `connect to ${scheme}://127.0.0.1:${local}`;

const kafka: Line = ({ isNamed }) =>
  isNamed
    ? "brokers send clients on to each broker's own name and port, where one tunnel does not lead: run the client on the instance"
    : "brokers send clients on to advertised.listeners: have one there that is localhost with this tunnel's port";

/**
 * What a client is told, by the port at the far end. One that checks a certificate must be told the name in it, since it
 * connects to this machine: each has a word of its own for that, or none.
 */
const CLIENTS: Readonly<Record<number, Line>> = {
  80: http("http"),
  443: http("https"),
  445: ({ local }) =>
    `smbclient -p ${local} //127.0.0.1/<share>; Windows 11 from 24H2 on: net use \\\\127.0.0.1\\<share> /tcpport:${local}`,
  636: ({ local }) =>
    `ldapsearch -H ldaps://127.0.0.1:${local}: its certificate is checked for 127.0.0.1, unless LDAPTLS_REQSAN=never`,
  1433: ({ name, isNamed, local }) => `sqlcmd -S tcp:127.0.0.1,${local}${isNamed ? ` -F ${name}` : ""}`,
  1521: ({ local }) => `sqlplus <user>@//127.0.0.1:${local}/<service>`,
  2049: ({ local }) => `mount -t nfs4 -o port=${local},nolock 127.0.0.1:/ <folder>`,
  3306: ({ isNamed, local }) =>
    `mysql --host=127.0.0.1 --port=${local}${isNamed ? " --ssl-mode=VERIFY_CA" : ""}${isNamed ? ", as it knows no name beside the host's" : ""}`,
  3389: ({ local }) =>
    `mstsc /v:127.0.0.1:${local}, or xfreerdp /v:127.0.0.1:${local}: what is done there is not recorded`,
  5432: postgres,
  5439: postgres,
  5671: amqp("amqps"),
  5672: amqp("amqp"),
  5900: ({ local }) => `vncviewer 127.0.0.1::${local}: what is done there is not recorded`,
  6379: ({ name, isNamed, local }) =>
    isNamed
      ? `redis-cli -h 127.0.0.1 -p ${local} --tls --sni ${name}; a cluster sends clients on to its nodes, where one tunnel does not lead`
      : `redis-cli -h 127.0.0.1 -p ${local}`,
  6443: kubernetes,
  8080: http("http"),
  8443: http("https"),
  9092: kafka,
  9094: kafka,
  9096: kafka,
  9098: kafka,
  9200: http("https"),
  27017: ({ isNamed, local }) =>
    `mongosh "mongodb://127.0.0.1:${local}/?directConnection=true${isNamed ? "&tls=true&tlsAllowInvalidHostnames=true" : ""}"` +
    ", as a replica set sends clients on to its members' own names",
};

/** The same for hosts that are known by their names. */
const BY_NAME: readonly (readonly [RegExp, Line])[] = [[/\.eks\.amazonaws\.com\.?$/i, kubernetes]];

/** One line that tells how the usual client of a target is called through its tunnel; undefined where nobody knows. */
export function clientLine({ target: { host, port: remote }, port: local }: LocalPort): string | undefined {
  const isNamed = !isAddress(host) && !isInstanceItself(host);
  const line = BY_NAME.find(([pattern]) => pattern.test(host))?.[1] ?? CLIENTS[remote];
  return line?.({ name: isNamed ? host.replace(/\.$/, "") : "localhost", isNamed, local, remote });
}
