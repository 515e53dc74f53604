import {
  HOST,
  forwardNetworkProblems,
  isAddress,
  isInstanceItself,
} from "../../../modules/facts/forward-target";

test.each([
  "db",
  "db.internal",
  "DB.Internal",
  "db.internal.",
  "my_db.internal",
  "xn--bcher-kva.example",
  "10.20.0.7",
  "10.10.0.2",
  "1.example.com",
  "localhost",
  "127.0.0.1",
  "mydb.abc123.eu-central-1.rds.amazonaws.com",
  "instance-data.example.com",
  `${"x".repeat(63)}.internal`,
])("%s is a host", (host) => {
  expect(HOST.problem(host)).toBeUndefined();
});

test.each([
  [
    "https://db:5432",
    /^allowed: a host name or IPv4 address, and nothing else; write "db", and its port as port: /,
  ],
  ["jdbc:postgresql://db.internal:5432/app", /write "db\.internal", and its port as port/],
  ["redis://me@cache", /write "cache", and its port/],
  ["db:5432", /write host: "db" and port: 5432$/],
  ["localhost:8080", /write host: "localhost" and port: 8080$/],
  ["db.internal/app", /without user or path$/],
  ["me@db", /without user or path$/],
  ["db1,db2", /a target of its own for each host$/],
  ["db1 db2", /a target of its own for each host$/],
  ["*.internal", /one whole name/],
  ["10.20.0.0/24", /the address of one host, and the block as cidr$/],
  ["/var/run/docker.sock", /SSM Agent forwards to TCP, not to a socket file$/],
  ["::1", /write localhost, which is tried at ::1 too$/],
  ["[::1]", /write localhost/],
  ["2001:db8::5", /no rule here lets out to IPv6$/],
  ["fd00:ec2::254", /no rule here lets out to IPv6$/],
  ["", /^allowed: a host name or IPv4 address; write it as the instance would look it up$/],
  [" db", /write it as the instance would look it up$/],
  ["-db", /write it as/],
  ["db..internal", /write it as/],
  [".", /write it as/],
  [`${"x".repeat(64)}.internal`, /write it as/],
  ["x.".repeat(128), /write it as/],
  ["bücher.example", /write it as/],
  [
    "169.254.169.254",
    /^allowed: an address that is not link-local; what answers there is the instance's own: use a shell$/,
  ],
  ["169.254.169.254.", /not link-local/],
  ["169.254.169.253", /not link-local/],
  ["instance-data", /not link-local/],
  ["instance-data.ec2.internal", /not link-local/],
  ["instance-data.", /not link-local/],
  ["instance-data.eu-central-1.compute.internal", /not link-local/],
  ["2852039166", /four numbers from 0 to 255/],
  ["0xa9fea9fe", /four numbers/],
  ["127.1", /four numbers/],
  ["0177.0.0.1", /four numbers/],
  ["10.20.0.256", /four numbers/],
  [
    "0.0.0.0",
    /^allowed: an address that packets leave an instance for; write the host's own, or localhost: 0\.0\.0\.0\/8 /,
  ],
  ["255.255.255.255", /240\.0\.0\.0\/4 is reserved/],
  ["224.0.0.251", /224\.0\.0\.0\/4 is multicast/],
])("%j is none, and is told what becomes of it", (host, told) => {
  expect(HOST.problem(host)).toMatch(told);
});

test.each([
  "localhost",
  "LocalHost.",
  "localhost.localdomain",
  "ip6-localhost",
  "a.localhost",
  "127.0.0.1",
  "127.9.9.9",
])("%s is the instance itself, which no network leads to", (host) => {
  expect(isInstanceItself(host)).toBe(true);
  expect(forwardNetworkProblems({ host })).toEqual([]);
  expect(
    forwardNetworkProblems({ host, cidr: "10.0.0.0/8", securityGroupId: "sg-1" }).map(({ field }) => field),
  ).toEqual(["cidr", "securityGroupId"]);
});

test.each(["localhosts", "mylocalhost", "10.127.0.1", "128.0.0.1", "db"])("%s is another host", (host) => {
  expect(isInstanceItself(host)).toBe(false);
  expect(forwardNetworkProblems({ host })).toEqual([
    {
      field: "",
      problem: expect.stringMatching(/exactly one network: cidr or securityGroupId; .*localhost/),
    },
  ]);
});

test("an address is in the block that it is said to be in", () => {
  const problems = (host: string, cidr: string) => forwardNetworkProblems({ host, cidr });
  expect(problems("10.20.0.7", "10.20.0.0/24")).toEqual([]);
  expect(problems("10.20.0.7", "10.20.0.7/32")).toEqual([]);
  expect(problems("10.20.1.7", "10.20.0.0/24")).toEqual([
    { field: "cidr", problem: "allowed: a block that holds 10.20.1.7, the host; correct one of the two" },
  ]);
  // Where a name leads, nobody knows here.
  expect(problems("db.internal", "10.20.0.0/24")).toEqual([]);
  expect([isAddress("10.20.0.7"), isAddress("db"), isAddress("10.20.0.7.")]).toEqual([true, false, true]);
});
