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

const TWO = [target("orders", 5432), target("billing", 5432)];

test("a target has a port of its own, the same each time and whatever else is opened", async () => {
  const both = await ports(["orders", "billing"], TWO);
  expect(both.orders).not.toBe(both.billing);
  for (const port of Object.values(both)) {
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(30_000);
  }
  expect(await ports(["billing", "orders"], TWO)).toEqual(both);
  expect(await ports(["billing"], [...TWO].reverse())).toEqual({ billing: both.billing });
  const [elsewhere] = await localPorts(["orders"], TWO, "prod");
  expect(elsewhere?.port).not.toBe(both.orders);
});

test("targets whose names lead to one port have two", async () => {
  const many = Array.from({ length: 500 }, (_, index) => target(`t-${index}`, 443));
  const all = Object.values(
    await ports(
      many.map(({ name }) => name),
      many,
    ),
  );
  expect(new Set(all).size).toBe(500);
});

test("where another program has it, it is the next, and that is told", async () => {
  const [{ port: own } = { port: 0 }] = await localPorts(["orders"], TWO, "dev");
  const other = createServer();
  await new Promise<void>((done) => other.listen(own, "127.0.0.1", done));
  expect(await localPorts(["orders", "billing:20001"], TWO, "dev")).toEqual([
    { target: TWO[0], port: own + 1, isReplaced: true },
    { target: TWO[1], port: 20001, isReplaced: false },
  ]);
  other.close();
});

test("what is given comes first", async () => {
  const [{ port: own } = { port: 0 }] = await localPorts(["orders"], TWO, "dev");
  const { orders, billing } = await ports(["orders", `billing:${own}`], TWO);
  expect([orders, billing]).toEqual([own + 1, own]);
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
