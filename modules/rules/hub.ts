import { letsHttps } from "../facts/network";
import { type Hub, type Routes, hubOf, overlap, routesOf } from "./hub-reader";
import { type Block, type JsonGraph, isExpression, isOff, nameOf } from "./json-graph";
import { cidrOf, subnetsOf } from "./network-reader";
import type { InstanceCheck } from "./reachability";
import { groupsOf, rulesOf } from "./security-group-reader";
import type { Finding, Judged, Situation } from "./situation";

/** Judges the way to services that answer beyond the VPC: where the JSON shows nothing of it, nothing is broken. */
const beyond =
  (judge: (hub: Hub, situation: Situation, judged: Judged) => Finding[]): InstanceCheck =>
  (situation, judged) => {
    const hub = hubOf(situation, judged);
    return hub === undefined ? [] : judge(hub, situation, judged);
  };

/** An instance's security group must let HTTPS out of its VPC, to where services answer beyond it. */
export const shutIn: InstanceCheck = beyond((hub, { instance, closed }, { graph }) => {
  const { spoke, services, blocks, endpoints } = hub;
  const [group = instance] = groupsOf(graph, instance) ?? [];
  if (blocks.length === 0) {
    const seen = `lets out no HTTPS beyond ${nameOf(spoke)}, which has no endpoint for ${services.join(", ")}`;
    return closed ? [] : [{ block: group, seen }];
  }
  return [...endpoints.values()]
    .flat()
    .filter((endpoint) => {
      const cidrs = subnetsOf(graph, endpoint).map(cidrOf);
      return cidrs.length > 0 && !cidrs.some((cidr) => blocks.some((block) => overlap(block, cidr)));
    })
    .map((endpoint) => ({ block: group, seen: `lets out no HTTPS to ${nameOf(endpoint)}` }));
});

/** A hub must have the endpoints that the instance's own VPC lacks. */
export const missingInHub: InstanceCheck = beyond(({ spoke, vpcs, endpoints }) => {
  const [hub] = vpcs;
  return hub === undefined
    ? []
    : [...endpoints]
        .filter(([, found]) => found.length === 0)
        .map(([service]) => ({
          block: hub,
          seen: `has no ${service} endpoint, and neither has ${nameOf(spoke)}, whose instances look for it there`,
        }));
});

/** Routes must lead to where services answer, and back. */
export const noWayToHub: InstanceCheck = beyond((hub, situation, { graph }) => {
  const { spoke, services, blocks, vpcs, endpoints } = hub;
  const where = services.join(", ");
  const out = situation.subnets.flatMap((subnet) => routesOf(graph, subnet, spoke));
  const there = out.flatMap((routes) =>
    blocks.flatMap((block) => missingWay(graph, routes, block, `to ${block}, where ${where} would answer`)),
  );
  const homeward = [...endpoints.values()].flat().flatMap((endpoint) =>
    subnetsOf(graph, endpoint).flatMap((subnet) => {
      const [vpc] = graph.find(subnet, "vpc_id", "aws_vpc");
      const to = vpc === undefined || vpc === spoke ? [] : routesOf(graph, subnet, vpc);
      return to.map((routes) => ({ endpoint, routes }));
    }),
  );
  const home = situation.subnets.map(cidrOf);
  const back = homeward.flatMap(({ endpoint, routes }) =>
    home.flatMap((from) =>
      missingWay(
        graph,
        routes,
        from,
        `back to ${from}, from where ${nameOf(spoke)} calls ${nameOf(endpoint)}`,
      ),
    ),
  );
  const used = [
    ...out.flatMap(({ known }) => known.filter(({ cidr }) => blocks.some((block) => overlap(cidr, block)))),
    ...homeward.flatMap(({ routes: { known } }) =>
      known.filter(({ cidr }) => home.some((from) => overlap(cidr, from))),
    ),
  ];
  const links = new Set(used.flatMap(({ block, route }) => linksOf(graph, block, route)));
  const loose = [...links].flatMap((link) =>
    [spoke, ...vpcs]
      .filter((vpc) => !graph.isInModule(vpc) && !isTied(graph, vpc, link))
      .map((vpc) => ({
        block: link,
        seen: `has no attachment of ${nameOf(vpc)}, between ${nameOf(spoke)} and where ${where} would answer`,
      })),
  );
  return [...there, ...back, ...loose];
});

/** What routes lack to somewhere: all of them, or one that leads out of the VPC and not to the internet. */
function missingWay(
  graph: JsonGraph,
  { holder, known, mayHaveMore }: Routes,
  block: string | undefined,
  way: string,
): Finding[] {
  const those = known.filter(({ cidr }) => overlap(cidr, block));
  if (mayHaveMore || those.some((one) => !leadsAstray(graph, one))) {
    return [];
  }
  const [astray] = those;
  const seen =
    astray === undefined ? `has no route ${way}` : `has only a route by ${gatewayOf(astray)} ${way}`;
  return [{ block: holder, seen }];
}

/** Whether a route stays in its VPC, or leads to the internet, where no private address answers. */
function leadsAstray(graph: JsonGraph, { block, route }: Routes["known"][number]): boolean {
  const gateway = gatewayOf({ route });
  const types = ["aws_internet_gateway", "aws_egress_only_internet_gateway"];
  return /^(local$|igw-)/.test(gateway) || graph.findIn(gateway, block.stack, ...types).length > 0;
}

function gatewayOf({ route }: Pick<Routes["known"][number], "route">): string {
  return String(route.gateway_id ?? "");
}

/** The endpoints of a hub must admit HTTPS from the spoke. */
export const hubShut: InstanceCheck = beyond(({ endpoints }, { instance, subnets }, { graph }) => {
  const own = groupsOf(graph, instance) ?? [];
  return [...endpoints.values()].flat().flatMap((endpoint) => {
    const groups = groupsOf(graph, endpoint);
    const rules = groups?.flatMap((group) => rulesOf(graph, group, "ingress"));
    return rules === undefined
      ? []
      : subnets
          .filter((subnet) => letsHttps(rules, { groups: own, cidrs: [cidrOf(subnet)] }) === "no")
          .map((subnet) => ({
            block: groups?.[0] ?? endpoint,
            seen: `admits no HTTPS from ${nameOf(subnet)}, ${cidrOf(subnet)}`,
          }));
  });
});

/**
 * The name of a service must lead from the spoke to the hub: the private DNS of an endpoint holds in its own VPC alone.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
 */
export const noNameInSpoke: InstanceCheck = beyond(({ spoke, endpoints }, _, { graph }) => {
  const names = graph.isInModule(spoke) ? undefined : namesOf(graph, spoke);
  if (names === undefined) {
    return [];
  }
  return [...endpoints]
    .filter(
      ([service, found]) => found.length > 0 && !names.some((name) => leadsTo(graph, name, service, found)),
    )
    .map(([service, [endpoint]]) => ({
      block: spoke,
      seen: `has no private hosted zone and no Route 53 Profile in which ${service} leads to ${nameOf(endpoint as Block)}`,
    }));
});

/** What routes lead to, transit gateways and peering connections, where these stacks make it. */
function linksOf(graph: JsonGraph, { stack }: Block, route: Block["config"]): Block[] {
  const attachment = "aws_ec2_transit_gateway_vpc_attachment";
  const gateways = graph
    .findIn(route.transit_gateway_id, stack, "aws_ec2_transit_gateway", attachment)
    .flatMap((found) =>
      found.type === attachment
        ? graph.find(found, "transit_gateway_id", "aws_ec2_transit_gateway")
        : [found],
    );
  return [...gateways, ...graph.findIn(route.vpc_peering_connection_id, stack, "aws_vpc_peering_connection")];
}

/** Whether a VPC is an end of a peering connection, or attached to a transit gateway; also where that is not known. */
function isTied(graph: JsonGraph, vpc: Block, link: Block): boolean {
  if (link.type === "aws_vpc_peering_connection") {
    const ends = ["vpc_id", "peer_vpc_id"].map((argument) => graph.find(link, argument, "aws_vpc"));
    return ends.some((end) => end.length === 0 || end.includes(vpc));
  }
  const leadsOn = graph.referrers(link, "aws_ec2_transit_gateway_peering_attachment", "transit_gateway_id");
  return (
    graph.isInModule(link) ||
    leadsOn.length > 0 ||
    graph.referrers(vpc, "aws_ec2_transit_gateway_vpc_attachment", "vpc_id").some((one) => {
      const to = graph.find(one, "transit_gateway_id", "aws_ec2_transit_gateway");
      return to.length === 0 || to.includes(link);
    })
  );
}

/** The zones and endpoints whose names a VPC knows; undefined where others may be among them. */
function namesOf(graph: JsonGraph, vpc: Block): Block[] | undefined {
  const zones = graph
    .referrers(vpc, "aws_route53_zone_association", "vpc_id")
    .map((one) => graph.find(one, "zone_id", "aws_route53_zone"));
  const profiles = graph
    .referrers(vpc, "aws_route53profiles_association", "resource_id")
    .map((one) => graph.find(one, "profile_id", "aws_route53profiles_profile"));
  const members = profiles
    .flat()
    .flatMap((profile) => graph.referrers(profile, "aws_route53profiles_resource_association", "profile_id"))
    .map((one) => graph.find(one, "resource_arn", "aws_vpc_endpoint", "aws_route53_zone"));
  const comeFromElsewhere = [
    "aws_route53_resolver_rule_association",
    "aws_vpc_dhcp_options_association",
  ].some((type) => graph.referrers(vpc, type, "vpc_id").length > 0);
  return comeFromElsewhere || [...zones, ...profiles, ...members].some((found) => found.length === 0)
    ? undefined
    : [...graph.referrers(vpc, "aws_route53_zone", "vpc"), ...zones.flat(), ...members.flat()];
}

/** Whether the name of a service leads to one of its endpoints: by that itself, or by a zone that the name is in. */
function leadsTo(graph: JsonGraph, name: Block, service: string, endpoints: readonly Block[]): boolean {
  if (name.type === "aws_vpc_endpoint") {
    return endpoints.includes(name) && !isOff(name.config.private_dns_enabled ?? false);
  }
  if (isExpression(name.config.name)) {
    return true;
  }
  const zone = withoutDot(name.config.name);
  const records = graph
    .referrers(name, "aws_route53_record", "zone_id")
    .map(({ config }) => (isExpression(config.name) ? "*" : withoutDot(config.name)));
  return endpoints.some(({ config }) => {
    // Of a name that Terraform looks up, the Region is not known.
    const [, region = "[a-z0-9-]+"] =
      /^com\.amazonaws\.([a-z0-9-]+)\.\w+$/.exec(String(config.service_name)) ?? [];
    const parts = [service, region, "amazonaws", "com"];
    const [full = /$./, ...above] = parts.map(
      (_, index) => new RegExp(`^${parts.slice(index).join("\\.")}$`),
    );
    const isIn = [full, ...above].some((one) => one.test(zone));
    // Records may be made elsewhere: but where some are here, those are all that the zone is for.
    const isNamed = (record: string): boolean =>
      record.startsWith("*") || full.test(record) || full.test(`${record}.${zone}`);
    return isIn && (records.length === 0 || records.some(isNamed));
  });
}

function withoutDot(name: unknown): string {
  return String(name).replace(/\.$/, "");
}
