import type { GroupIdentifier, NetworkAcl } from "@aws-sdk/client-ec2";
import { AGENT_ACTIONS } from "../../modules/facts/agent-actions";
import { allows, readPolicyJson } from "../../modules/facts/iam-policy";
import { ANSWER_PORTS, type Subnet, aclBlocks, letsHttps } from "../../modules/facts/network";
import { Failure } from "../terminal/failure";
import type { Examination, ServicePath } from "./examination";
import { type Finding, fail, pass, unknown } from "./finding";
import { prefixListsOf, readRule, readSubnet, routeTo } from "./traffic";

/** Whether the subnet is there, and its network ACL lets the instance talk with the endpoints. */
export async function subnet(examination: Examination): Promise<Finding> {
  const { SubnetId, VpcId } = await examination.instance();
  const [acls, paths] = await Promise.all([examination.account.networkAcls(VpcId), examination.paths()]);
  const ids = unique(paths.flatMap(({ subnets }) => subnets));
  const [own, others] = await Promise.all([
    subnetOf(examination, SubnetId, acls),
    Promise.all(ids.map((id) => subnetOf(examination, id, acls))),
  ]);
  const blocks = others.flatMap((other) => aclBlocks(own, other)).map(({ acl, seen }) => `${acl} ${seen}`);
  if (blocks.length === 0) {
    return pass(`${SubnetId}, ${own.cidr} of ${VpcId}, lets HTTPS out to the endpoints and back`);
  }
  const answers = `TCP from ${ANSWER_PORTS.join(" to ")}`;
  return fail(
    unique(blocks).join("; "),
    `let HTTPS out and its answers, ${answers}, back in: with aws ec2 replace-network-acl-entry, or in the console`,
  );
}

/** Whether the subnet's route table leads to where services answer. */
export async function route(examination: Examination): Promise<Finding> {
  const { SubnetId, VpcId } = await examination.instance();
  const [table, paths] = await Promise.all([examination.routeTable(), examination.paths()]);
  if (table === undefined) {
    throw new Failure(`no route table of ${VpcId} is tied to ${SubnetId}, and none is the main one`);
  }
  const cidrs = unique(paths.flatMap((path) => path.cidrs));
  const nowhere = cidrs.filter((cidr) => routeTo(table, cidr) === undefined);
  const holes = cidrs
    .map((cidr) => routeTo(table, cidr))
    .filter((taken) => taken?.State === "blackhole")
    .flatMap((taken) => taken?.DestinationCidrBlock ?? []);
  const problems = [
    ...(nowhere.length > 0 ? [`has no route to ${nowhere.join(", ")}`] : []),
    ...(holes.length > 0 ? [`has a blackhole for ${unique(holes).join(", ")}`] : []),
  ];
  return problems.length === 0
    ? pass(`${table.RouteTableId} leads to every service`)
    : fail(
        `${table.RouteTableId} ${problems.join(", ")}`,
        examination.makes("aws_vpc") ? examination.deploy : "ask who keeps the network's route tables",
      );
}

/** Whether the gateway endpoint for S3 is there, in the subnet's route table, and the security groups let out to it. */
export async function gateway(examination: Examination): Promise<Finding> {
  const { SecurityGroups = [], VpcId } = await examination.instance();
  const [all, table, groups] = await Promise.all([
    examination.endpoints(),
    examination.routeTable(),
    examination.groups(),
  ]);
  const found = all.find(
    ({ ServiceName, VpcEndpointType }) => ServiceName?.endsWith(".s3") && VpcEndpointType === "Gateway",
  );
  if (found === undefined) {
    return fail(`${VpcId} has no gateway endpoint for it`, howToGet(examination, "s3"));
  }
  const id = found.VpcEndpointId;
  if (!found.RouteTableIds?.includes(table?.RouteTableId ?? "")) {
    return fail(`${id} has no route in ${table?.RouteTableId}`, howToGet(examination, "s3"));
  }
  const isLetOut = groups
    .flatMap(({ IpPermissionsEgress = [] }) => IpPermissionsEgress)
    .some(
      ({ PrefixListIds = [], IpRanges = [] }) =>
        PrefixListIds.length > 0 || IpRanges.some(({ CidrIp }) => CidrIp === "0.0.0.0/0"),
    );
  return isLetOut
    ? pass(`${id} has a route in ${table?.RouteTableId}`)
    : fail(`${idsOf(SecurityGroups).join(", ")} let no HTTPS out to s3`, examination.deploy);
}

/** Whether the VPC's resolver gives instances the private names of endpoints. */
export async function dns(examination: Examination): Promise<Finding> {
  const { VpcId } = await examination.instance();
  const attributes = ["enableDnsSupport", "enableDnsHostnames"] as const;
  const [values, servers] = await Promise.all([
    Promise.all(attributes.map((attribute) => examination.account.dnsAttribute(VpcId, attribute))),
    examination.account.nameServers(VpcId),
  ]);
  const off = attributes.filter((_, index) => !values[index]);
  if (off.length > 0) {
    const options = {
      enableDnsSupport: "--enable-dns-support",
      enableDnsHostnames: "--enable-dns-hostnames",
    };
    const commands = off.map((one) =>
      examination.aws(`ec2 modify-vpc-attribute --vpc-id ${VpcId} ${options[one]}`),
    );
    const fix = examination.makes("aws_vpc") ? examination.deploy : commands.join(" && ");
    return fail(`${VpcId} has ${off.join(" and ")} off`, fix);
  }
  const foreign = servers.filter((server) => server !== "AmazonProvidedDNS");
  return foreign.length === 0
    ? pass(`${VpcId} has ${attributes.join(" and ")} on`)
    : unknown(
        `instances ask ${foreign.join(", ")} for names, not the resolver of ${VpcId}`,
        `have them forward the names of ${examination.environment.region}.amazonaws.com to the VPC's resolver`,
      );
}

/** Whether a service's endpoint is there, answers under the service's own name, and lets the agent through. */
export async function endpoint(
  examination: Examination,
  service: keyof typeof AGENT_ACTIONS,
): Promise<Finding> {
  const { VpcId } = await examination.instance();
  const paths = await examination.paths();
  const { endpoint: found, cidrs, subnets } = paths.find((one) => one.service === service) as ServicePath;
  if (found === undefined) {
    return cidrs.length > 0
      ? unknown(`answers in ${cidrs.join(", ")}, which cannot be seen from here`)
      : fail(`${VpcId} has no interface endpoint for it`, howToGet(examination, service));
  }
  const id = String(found.VpcEndpointId);
  const problems: { seen: string; fix: string }[] = [];
  const add = (seen: string, fix: string): unknown => problems.push({ seen, fix });
  const mend = (otherwise: string): string =>
    examination.makes("aws_vpc_endpoint", service) ? examination.deploy : otherwise;
  const state = String(found.State).toLowerCase();
  if (state !== "available") {
    add(`is ${found.State}`, state === "pending" ? "wait until it is available" : "ask its owner");
  }
  if (found.PrivateDnsEnabled !== true) {
    const on = examination.aws(`ec2 modify-vpc-endpoint --private-dns-enabled --vpc-endpoint-id ${id}`);
    add("has private DNS off", mend(on));
  }
  if (subnets.length === 0) {
    add("is in no subnet", mend("put it into a subnet of every zone"));
  }
  const statements = readPolicyJson(found.PolicyDocument ?? "");
  const denied = AGENT_ACTIONS[service].filter(
    (action) => statements !== undefined && !allows(statements, action),
  );
  if (denied.length > 0) {
    const actions = denied.join(", ");
    add(`has a policy that shuts out ${actions}`, mend(`let its policy allow ${actions}`));
  }
  return problems.length === 0
    ? pass(`${id} is available, with private DNS`)
    : fail(
        `${id} ${problems.map(({ seen }) => seen).join(", ")}`,
        unique(problems.map(({ fix }) => fix)).join("; "),
      );
}

/** Whether the instance's security groups let it out to the services. */
export async function instanceEgress(examination: Examination): Promise<Finding> {
  const { SecurityGroups } = await examination.instance();
  const ids = idsOf(SecurityGroups).join(", ");
  const [groups, paths] = await Promise.all([examination.groups(), examination.paths()]);
  const rules = groups.flatMap(({ IpPermissionsEgress = [] }) => IpPermissionsEgress.map(readRule));
  const shut = existing(paths).filter((path) => letsHttps(rules, path) !== "yes");
  return shut.length === 0
    ? pass(`${ids} let HTTPS out to every service`)
    : fail(`${ids} let no HTTPS out to ${servicesOf(shut)}`, examination.deploy);
}

/** Whether the endpoints' security groups admit the instance. */
export async function endpointIngress(examination: Examination): Promise<Finding> {
  const { SecurityGroups, PrivateIpAddress: address } = await examination.instance();
  const from = { cidrs: address === undefined ? [] : [`${address}/32`], groups: idsOf(SecurityGroups) };
  const paths = existing(await examination.paths()).filter((path) => path.endpoint !== undefined);
  const ids = unique(paths.flatMap(({ groups }) => groups));
  if (ids.length === 0) {
    throw new Failure("no endpoint in the VPC has a security group");
  }
  const groups = await examination.account.securityGroups(ids);
  const judged = paths.map((path) => {
    const rules = groups
      .filter(({ GroupId = "" }) => path.groups.includes(GroupId))
      .flatMap(({ IpPermissions = [] }) => IpPermissions);
    const undecided = rules.filter((rule) => letsHttps([readRule(rule)], from) === "unknown");
    return { ...path, undecided, admitted: letsHttps(rules.map(readRule), from) };
  });
  const shut = judged.filter(({ admitted }) => admitted === "no");
  if (shut.length > 0) {
    const closed = unique(shut.map((path) => path.groups.join(" and "))).join(", ");
    const open = unique(shut.map((path) => path.groups[0] ?? "")).map((id) =>
      examination.aws(
        `ec2 authorize-security-group-ingress --group-id ${id} --protocol tcp --port 443 --cidr ${address}/32`,
      ),
    );
    const ours = shut.every(({ service }) => examination.makes("aws_vpc_endpoint", service));
    return fail(
      `${closed} admit no HTTPS from ${address} to ${servicesOf(shut)}`,
      ours ? examination.deploy : open.join(" && "),
    );
  }
  const undecided = judged.filter(({ admitted }) => admitted === "unknown").flatMap((path) => path.undecided);
  if (undecided.length > 0) {
    const lists = unique(undecided.flatMap(prefixListsOf)).join(", ");
    throw new Failure(`not known: HTTPS is admitted from what is in ${lists}; ${address} must be`);
  }
  return pass(`${ids.join(", ")} admit HTTPS from ${address}`);
}

/** The paths that lead somewhere: the check of its endpoint tells of one that is missing. */
function existing(paths: readonly ServicePath[]): ServicePath[] {
  return paths.filter(({ cidrs, groups }) => cidrs.length + groups.length > 0);
}

/** How the VPC gets an endpoint that it lacks. */
function howToGet(examination: Examination, service: string): string {
  return examination.makes("aws_vpc_endpoint", service)
    ? examination.deploy
    : `ask who keeps the network for one, or write "create" for ${service} in network.endpoints.services`;
}

async function subnetOf(
  { account }: Examination,
  id: string,
  acls: readonly NetworkAcl[],
): Promise<Subnet<string>> {
  const found = await account.subnet(id);
  if (found?.CidrBlock === undefined) {
    throw new Failure(`there is no subnet ${id} in this account`);
  }
  return readSubnet(id, found.CidrBlock, acls);
}

function servicesOf(paths: readonly ServicePath[]): string {
  return paths.map(({ service }) => service).join(", ");
}

function idsOf(groups: readonly GroupIdentifier[] = []): string[] {
  return groups.flatMap(({ GroupId }) => GroupId ?? []);
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
