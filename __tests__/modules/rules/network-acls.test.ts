import { all, breaking, type Case, FULL, put, set, type Stacks } from "../../support/rules";
import type { Json } from "../../support/synth";

const after = breaking(FULL);
const acl = (entries: Json) => (stacks: Stacks) =>
  put(stacks, "networking", "aws_network_acl.own", {
    vpc_id: "${aws_vpc.network.id}",
    subnet_ids: ["${aws_subnet.network_zone-1.id}"],
    ...entries,
  });
const ANY = {
  protocol: "-1",
  cidr_block: "0.0.0.0/0",
  from_port: 0,
  to_port: 0,
  action: "allow",
  rule_no: 100,
};

describe("endpoint-in-reach, by network ACLs", () => {
  const lets = (text: string): string =>
    `endpoint-in-reach: test-networking/aws_network_acl.own lets no traffic ${text}`;
  const [ZONE_2] = ["10.10.0.128/25"];
  const https = {
    protocol: "tcp",
    from_port: 443,
    to_port: 443,
    cidr_block: ZONE_2,
    action: "allow",
    rule_no: 1,
  };
  const answers = { ...https, from_port: 1024, to_port: 65535, rule_no: 2 };
  const open = { ingress: [ANY], egress: [ANY] };
  const tight = { ingress: [https, answers], egress: [https, answers] };
  test.each<Case>([
    [
      "everything denied but the answers' protocol spelled out",
      acl({ ingress: [{ ...ANY, protocol: "all" }], egress: [{ ...answers, protocol: "all" }] }),
      [],
    ],
    ["a rule that is a variable", acl({ ...open, egress: [{ ...https, cidr_block: "${var.cidr}" }] }), []],
    [
      "a subnet whose block is a variable",
      all(acl({}), set("aws_subnet.network_zone-2", { cidr_block: "${var.cidr}" })),
      [],
    ],
    [
      "a subnet whose block AWS chooses",
      all(acl({}), set("aws_subnet.network_zone-2", { cidr_block: undefined })),
      [],
    ],
    [
      "a denial of its own resource that comes first",
      all(acl(open), (s) =>
        put(s, "networking", "aws_network_acl_rule.x", {
          ...https,
          network_acl_id: "${aws_network_acl.own.id}",
          egress: true,
          rule_action: "deny",
          rule_number: 10,
          action: undefined,
          rule_no: undefined,
        }),
      ),
      [lets(`out to ${ZONE_2} on port 443`)],
    ],
    [
      "an empty one",
      acl({}),
      [
        lets(`out to ${ZONE_2} on port 443`),
        lets(`in from ${ZONE_2} on port 32768`),
        lets(`in from ${ZONE_2} on port 60999`),
        lets(`in from ${ZONE_2} on port 443`),
        lets(`out to ${ZONE_2} on port 32768`),
        lets(`out to ${ZONE_2} on port 60999`),
      ],
    ],
    [
      "answers up to a port that is too low",
      acl({ ...open, ingress: [{ ...answers, to_port: 60998 }, https] }),
      [lets(`in from ${ZONE_2} on port 60999`)],
    ],
    [
      "a port beside HTTPS",
      acl({ ...open, egress: [{ ...https, from_port: 444, to_port: 444 }, answers] }),
      [lets(`out to ${ZONE_2} on port 443`)],
    ],
    [
      "a denial that comes first",
      acl({ ...open, egress: [ANY, { ...https, action: "deny" }] }),
      [lets(`out to ${ZONE_2} on port 443`)],
    ],
    [
      "another protocol",
      acl({ ...tight, egress: [{ ...https, protocol: "udp" }, answers] }),
      [lets(`out to ${ZONE_2} on port 443`)],
    ],
    [
      "a block that holds only half of the other subnet",
      acl({ ...tight, ingress: [{ ...https, cidr_block: "10.10.0.128/26" }, answers] }),
      [lets(`in from ${ZONE_2} on port 443`)],
    ],
    [
      "rules of their own",
      all(acl({ ...tight, egress: undefined }), (s) => {
        const rule = (name: string, more: Json) =>
          put(s, "networking", `aws_network_acl_rule.${name}`, {
            network_acl_id: "${aws_network_acl.own.id}",
            protocol: "6",
            cidr_block: "10.0.0.0/8",
            rule_action: "allow",
            ...more,
          });
        rule("out", { egress: true, rule_number: 10, from_port: 443, to_port: 443 });
        rule("in", { rule_number: 11, from_port: 1, to_port: 65535 });
      }),
      [lets(`out to ${ZONE_2} on port 32768`), lets(`out to ${ZONE_2} on port 60999`)],
    ],
    [
      "one that is tied by an association",
      (s) => {
        put(s, "networking", "aws_network_acl.own", {
          vpc_id: "${aws_vpc.network.id}",
          ingress: [ANY],
          egress: [{ ...answers }],
        });
        put(s, "networking", "aws_network_acl_association.own", {
          network_acl_id: "${aws_network_acl.own.id}",
          subnet_id: "${aws_subnet.network_zone-1.id}",
        });
      },
      [lets(`out to ${ZONE_2} on port 443`)],
    ],
  ])("is judged with %s", (_, change, expected) => {
    expect(after(change)).toEqual(expected);
  });
});
