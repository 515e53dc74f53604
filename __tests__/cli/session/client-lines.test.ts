import { clientLine } from "../../../cli/session/client-lines";

const line = (host: string, port: number) =>
  clientLine({
    target: { name: "x", documentName: "d", host, port },
    port: 20123,
    isReplaced: false,
  });

test.each([
  ["db.internal", 5432, 'psql "host=db.internal hostaddr=127.0.0.1 port=20123 sslmode=verify-full"'],
  ["db.internal.", 5432, 'psql "host=db.internal hostaddr=127.0.0.1 port=20123 sslmode=verify-full"'],
  ["10.20.0.7", 5432, 'psql "host=127.0.0.1 port=20123"'],
  ["localhost", 5432, 'psql "host=127.0.0.1 port=20123"'],
  [
    "search.internal",
    443,
    "curl --connect-to search.internal:443:127.0.0.1:20123 https://search.internal:443/",
  ],
  ["localhost", 8080, "curl http://localhost:20123/"],
  [
    "ABC.gr7.eu-central-1.eks.amazonaws.com",
    443,
    "kubectl --server https://127.0.0.1:20123 --tls-server-name ABC.gr7.eu-central-1.eks.amazonaws.com",
  ],
  [
    "cache.internal",
    6379,
    "redis-cli -h 127.0.0.1 -p 20123 --tls --sni cache.internal; a cluster sends clients on to its nodes, where one tunnel does not lead",
  ],
])("%s, port %d", (host, port, told) => {
  expect(line(host, port)).toBe(told);
});

test.each([27017, 9092, 3389, 445, 3306, 1433, 1521, 2049])(
  "port %d has a line in which the local port stands, or why not",
  (port) => {
    expect(line("host.internal", port)).toMatch(/20123|one tunnel does not lead/);
  },
);

test("of a port that nobody knows nothing is said", () => {
  expect(line("host.internal", 12345)).toBeUndefined();
});
