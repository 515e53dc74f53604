import { type Server, createServer } from "node:net";
import { localPorts } from "../../../cli/session/local-ports";
import { freePort } from "../../support/moto";

const target = (name: string, port: number) => ({
  name,
  documentName: `d-${name}`,
  host: `${name}.internal`,
  port,
});

let busy: Server;
let taken: number;

beforeAll(async () => {
  busy = createServer();
  taken = await new Promise((done) => {
    busy.listen(0, "127.0.0.1", () => done((busy.address() as { port: number }).port));
  });
});

afterAll(() => busy.close());

/** Ports by name. */
async function ports(
  wanted: string[],
  targets: ReturnType<typeof target>[],
): Promise<Record<string, number>> {
  const found = await localPorts(wanted, targets, "dev");
  return Object.fromEntries(found.map(({ target: { name }, port }) => [name, port]));
}

test("a port that is given is taken", async () => {
  const port = await freePort();
  expect(await ports([`db:${port}`], [target("db", 5432)])).toEqual({ db: port });
});

test("a target has its own port where that is free", async () => {
  const own = await freePort();
  expect(await ports(["db"], [target("db", own)])).toEqual({ db: own });
});

test("where it is not, it has another", async () => {
  const { web, db } = await ports(["web", "db"], [target("web", 443), target("db", taken)]);
  expect([web, db]).not.toContain(taken);
  expect(web).toBeGreaterThanOrEqual(1024);
  expect(db).toBeGreaterThanOrEqual(1024);
  expect(web).not.toBe(db);
});

test("two targets of one port have two, and what is given comes first", async () => {
  const own = await freePort();
  const targets = [target("a", own), target("b", own), target("c", 9)];
  const first = await ports(["a", "b"], targets);
  expect(first.a).toBe(own);
  expect(first.b).not.toBe(own);
  const second = await ports(["a", `c:${own}`], targets);
  expect(second.c).toBe(own);
  expect(second.a).not.toBe(own);
});

test.each([
  [["dbb"], "no forward target dbb in dev: there is db, cache; did you mean db?"],
  [["db:0"], "db:0: got port 0; allowed: 1 to 65535"],
  [["db:65536"], "db:65536: got port 65536; allowed: 1 to 65535"],
  [["db:"], "db:: got port without a number; allowed: 1 to 65535"],
  [["db:5432:1"], "db:5432:1: got port 5432:1; allowed: 1 to 65535"],
  [["db:0x1F90"], "db:0x1F90: got port 0x1F90; allowed: 1 to 65535"],
  [["db", "db:9000"], "db is given twice: give each once"],
  [["db:9000", "cache:9000"], "port 9000 is given twice: give each once"],
])("%j is refused", async (wanted, message) => {
  await expect(ports(wanted, [target("db", 5432), target("cache", 6379)])).rejects.toThrow(message);
});

test("so is one that is busy at ::1 alone, where localhost leads first", async () => {
  const other = createServer();
  const port = await new Promise<number | undefined>((done) => {
    // A machine without IPv6 has no such listener.
    other.once("error", () => done(undefined));
    other.listen(0, "::1", () => done((other.address() as { port: number }).port));
  });
  if (port !== undefined) {
    await expect(ports([`db:${port}`], [target("db", 5432)])).rejects.toThrow("is in use by another program");
  }
  other.close();
});

test("a busy port is refused", async () => {
  await expect(ports([`db:${taken}`], [target("db", 5432)])).rejects.toThrow(
    `db:${taken}: port ${taken} is in use by another program: give another, or none`,
  );
});
