import type { GroupIdentifier, IpPermission, Subnet } from "@aws-sdk/client-ec2";
import { AGENT_ACTIONS } from "../../modules/facts/agent-actions";
import { allows, readPolicyJson } from "../../modules/rules/policy-reader";
import { stackOf } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import type { Examined, Finding, Way } from "./examination";
import { aclBlocks, letsHttps, prefixLists, routeTo } from "./traffic";
import { unique } from "./unique";

/** Whether the subnet is there, and its network ACL lets the instance talk with the endpoints. */
export async function subnet(examined: Examined): Promise<Finding> {
  const { SubnetId, VpcId } = await examined.instance();
  const [own, acls, ways] = await Promise.all([
    subnetOf(examined, SubnetId),
    examined.account.networkAcls(VpcId),
    examined.ways(),
  ]);
  const ids = unique(ways.flatMap(({ subnets }) => subnets));
  const others = await Promise.all(ids.map((id) => subnetOf(examined, id)));
  const blocks = others.flatMap((other) => aclBlocks(acls, own, other));
  return blocks.length === 0
    ? {
        result: "pass",
        seen: `${SubnetId}, ${own.cidr} of ${VpcId}, lets HTTPS out to the endpoints and back`,
      }
    : {
        result: "FAIL",
        seen: unique(blocks).join("; "),
        fix: "let HTTPS out and its answers, TCP from 32768 to 60999, back in: with aws ec2 replace-network-acl-entry, or in the console",
      };
}

/** Whether the subnet's route table leads to where services answer. */
export async function route(examined: Examined): Promise<Finding> {
  const { SubnetId, VpcId } = await examined.instance();
  const [table, ways] = await Promise.all([examined.routeTable(), examined.ways()]);
  if (table === undefined) {
    throw new Failure(`no route table of ${VpcId} is tied to ${SubnetId}, and none is the main one`);
  }
  const routes = unique(ways.flatMap(({ cidrs }) => cidrs)).map((cidr) => ({
    cidr,
    taken: routeTo(table, cidr),
  }));
  const nowhere = routes.filter(({ taken }) => taken === undefined).map(({ cidr }) => cidr);
  const holes = routes.flatMap(({ taken }) =>
    taken?.State === "blackhole" ? (taken.DestinationCidrBlock ?? []) : [],
  );
  const problems = [
    ...(nowhere.length > 0 ? [`has no route to ${nowhere.join(", ")}`] : []),
    ...(holes.length > 0 ? [`has a blackhole for ${unique(holes).join(", ")}`] : []),
  ];
  return problems.length === 0
    ? { result: "pass", seen: `${table.RouteTableId} leads to every service` }
    : {
        result: "FAIL",
        seen: `${table.RouteTableId} ${problems.join(", ")}`,
        fix: madeHere(examined, "aws_vpc") ? examined.deploy : "ask who keeps the network's route tables",
      };
}

/** Whether the gateway endpoint for S3 is there, in the subnet's route table, and the security groups let out to it. */
export async function gateway(examined: Examined): Promise<Finding> {
  const { SecurityGroups = [], VpcId } = await examined.instance();
  const [all, table, groups] = await Promise.all([
    examined.endpoints(),
    examined.routeTable(),
    examined.groups(),
  ]);
  const fix = madeHere(examined, "aws_vpc_endpoint", "s3")
    ? examined.deploy
    : 'ask who keeps the network for one, or write "create" for s3 in network.endpoints.services';
  const found = all.find(
    ({ ServiceName, VpcEndpointType }) => ServiceName?.endsWith(".s3") && VpcEndpointType === "Gateway",
  );
  if (found === undefined) {
    return { result: "FAIL", seen: `${VpcId} has no gateway endpoint for it`, fix };
  }
  const id = found.VpcEndpointId;
  if (!found.RouteTableIds?.includes(table?.RouteTableId ?? "")) {
    return { result: "FAIL", seen: `${id} has no route in ${table?.RouteTableId}`, fix };
  }
  const lists = groups
    .flatMap(({ IpPermissionsEgress = [] }) => IpPermissionsEgress)
    .filter(
      ({ PrefixListIds = [], IpRanges = [] }) =>
        [...PrefixListIds, ...IpRanges.filter(({ CidrIp }) => CidrIp === "0.0.0.0/0")].length > 0,
    );
  return lists.length === 0
    ? {
        result: "FAIL",
        seen: `${idsOf(SecurityGroups).join(", ")} let no HTTPS out to s3`,
        fix: examined.deploy,
      }
    : { result: "pass", seen: `${id} has a route in ${table?.RouteTableId}` };
}

/** Whether the VPC's resolver gives instances the private names of endpoints. */
export async function dns(examined: Examined): Promise<Finding> {
  const { VpcId } = await examined.instance();
  const attributes = ["enableDnsSupport", "enableDnsHostnames"] as const;
  const [values, servers] = await Promise.all([
    Promise.all(attributes.map((attribute) => examined.account.dnsAttribute(VpcId, attribute))),
    examined.account.nameServers(VpcId),
  ]);
  const off = attributes.filter((_, index) => !values[index]);
  if (off.length > 0) {
    const options = {
      enableDnsSupport: "--enable-dns-support",
      enableDnsHostnames: "--enable-dns-hostnames",
    };
    const commands = off.map((one) =>
      examined.aws(`ec2 modify-vpc-attribute --vpc-id ${VpcId} ${options[one]}`),
    );
    const fix = madeHere(examined, "aws_vpc") ? examined.deploy : commands.join(" && ");
    return { result: "FAIL", seen: `${VpcId} has ${off.join(" and ")} off`, fix };
  }
  const foreign = servers.filter((server) => server !== "AmazonProvidedDNS");
  return foreign.length === 0
    ? { result: "pass", seen: `${VpcId} has ${attributes.join(" and ")} on` }
    : {
        result: "unknown",
        seen: `instances ask ${foreign.join(", ")} for names, not the resolver of ${VpcId}`,
        fix: `have them forward the names of ${examined.environment.region}.amazonaws.com to the VPC's resolver`,
      };
}

/** Whether a service's endpoint is there, answers under the service's own name, and lets the agent through. */
export async function endpoint(examined: Examined, service: keyof typeof AGENT_ACTIONS): Promise<Finding> {
  const { VpcId } = await examined.instance();
  const way = (await examined.ways()).find((one) => one.service === service) as Way;
  const { endpoint: found, cidrs, subnets } = way;
  const ours = madeHere(examined, "aws_vpc_endpoint", service);
  if (found === undefined) {
    return cidrs.length > 0
      ? { result: "unknown", seen: `answers in ${cidrs.join(", ")}, which cannot be seen from here` }
      : {
          result: "FAIL",
          seen: `${VpcId} has no interface endpoint for it`,
          fix: ours
            ? examined.deploy
            : `ask who keeps the network for one, or write "create" for ${service} in network.endpoints.services`,
        };
  }
  const id = String(found.VpcEndpointId);
  const problems: [seen: string, fix: string][] = [];
  const state = String(found.State).toLowerCase();
  if (state !== "available") {
    problems.push([
      `is ${found.State}`,
      state === "pending" ? "wait until it is available" : "ask its owner",
    ]);
  }
  if (found.PrivateDnsEnabled !== true) {
    const on = examined.aws(`ec2 modify-vpc-endpoint --private-dns-enabled --vpc-endpoint-id ${id}`);
    problems.push(["has private DNS off", ours ? examined.deploy : on]);
  }
  if (subnets.length === 0) {
    problems.push(["is in no subnet", ours ? examined.deploy : `put it into a subnet of every zone`]);
  }
  const statements = readPolicyJson(found.PolicyDocument ?? "");
  const denied = AGENT_ACTIONS[service].filter(
    (action) => statements !== undefined && !allows(statements, action),
  );
  if (denied.length > 0) {
    const fix = ours ? examined.deploy : `let its policy allow ${denied.join(", ")}`;
    problems.push([`has a policy that shuts out ${denied.join(", ")}`, fix]);
  }
  return problems.length === 0
    ? { result: "pass", seen: `${id} is available, with private DNS` }
    : {
        result: "FAIL",
        seen: `${id} ${problems.map(([seen]) => seen).join(", ")}`,
        fix: unique(problems.map(([, fix]) => fix)).join("; "),
      };
}

/** Whether the instance's security groups let it out to the services. */
export async function wayOut(examined: Examined): Promise<Finding> {
  const { SecurityGroups = [] } = await examined.instance();
  const ids = idsOf(SecurityGroups);
  const [groups, ways] = await Promise.all([examined.groups(), examined.ways()]);
  const rules = groups.flatMap(({ IpPermissionsEgress = [] }) => IpPermissionsEgress);
  const shut = reachable(ways).filter((way) => !letsHttps(rules, way));
  return shut.length === 0
    ? { result: "pass", seen: `${ids.join(", ")} let HTTPS out to every service` }
    : {
        result: "FAIL",
        seen: `${ids.join(", ")} let no HTTPS out to ${shut.map(({ service }) => service).join(", ")}`,
        fix: examined.deploy,
      };
}

/** Whether the endpoints' security groups admit the instance. */
export async function wayIn(examined: Examined): Promise<Finding> {
  const { SecurityGroups = [], PrivateIpAddress } = await examined.instance();
  const from = {
    cidrs: PrivateIpAddress === undefined ? [] : [`${PrivateIpAddress}/32`],
    groups: idsOf(SecurityGroups),
  };
  const ways = reachable(await examined.ways()).filter((way) => way.endpoint !== undefined);
  const ids = unique(ways.flatMap(({ groups }) => groups));
  if (ids.length === 0) {
    throw new Failure("no endpoint in the VPC has a security group");
  }
  const groups = await examined.account.securityGroups(ids);
  const rulesOf = (way: Way): IpPermission[] =>
    groups
      .filter(({ GroupId = "" }) => way.groups.includes(GroupId))
      .flatMap(({ IpPermissions = [] }) => IpPermissions);
  const unadmitted = ways.filter((way) => !letsHttps(rulesOf(way), from));
  if (unadmitted.length === 0) {
    return { result: "pass", seen: `${ids.join(", ")} admit HTTPS from ${PrivateIpAddress}` };
  }
  const shut = unadmitted.filter((way) => prefixLists(rulesOf(way)).length === 0);
  if (shut.length === 0) {
    const lists = unique(unadmitted.flatMap((way) => prefixLists(rulesOf(way)))).join(", ");
    throw new Failure(`not known: HTTPS is admitted from what is in ${lists}; ${PrivateIpAddress} must be`);
  }
  const closed = unique(shut.map((way) => way.groups.join(" and ")));
  const open = unique(shut.map((way) => way.groups[0] ?? "")).map((id) =>
    examined.aws(
      `ec2 authorize-security-group-ingress --group-id ${id} --protocol tcp --port 443 --cidr ${PrivateIpAddress}/32`,
    ),
  );
  return {
    result: "FAIL",
    seen: `${closed.join(", ")} admit no HTTPS from ${PrivateIpAddress} to ${shut.map(({ service }) => service).join(", ")}`,
    fix: shut.every(({ service }) => madeHere(examined, "aws_vpc_endpoint", service))
      ? examined.deploy
      : open.join(" && "),
  };
}

/** Ways that lead somewhere: one that is not there is told by the check of its endpoint. */
function reachable(ways: readonly Way[]): Way[] {
  return ways.filter(({ cidrs, groups }) => cidrs.length + groups.length > 0);
}

/** Whether the environment makes something itself, so that deploying puts it back. */
function madeHere({ environment }: Examined, type: string, service = ""): boolean {
  return (stackOf(environment, "networking")?.resources ?? []).some(
    (resource) =>
      resource.type === type && String(resource.config.service_name ?? "").endsWith(service && `.${service}`),
  );
}

async function subnetOf({ account }: Examined, id: string): Promise<{ id: string; cidr: string }> {
  const found: Subnet | undefined = await account.subnet(id);
  if (found?.CidrBlock === undefined) {
    throw new Failure(`there is no subnet ${id} in this account`);
  }
  return { id, cidr: found.CidrBlock };
}

function idsOf(groups: readonly GroupIdentifier[]): string[] {
  return groups.flatMap(({ GroupId }) => GroupId ?? []);
}
