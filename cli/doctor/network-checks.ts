import type { GroupIdentifier, IpPermission, NetworkAcl, Route, VpcEndpoint } from "@aws-sdk/client-ec2";
import { AGENT_ACTIONS, COPY_ACTIONS } from "../../modules/facts/agent-actions";
import {
  ANSWER_PORTS,
  type GroupRule,
  type Subnet,
  type Verdict,
  aclBlocks,
  contains,
  letsHttps,
} from "../../modules/facts/network";
import { ADDRESSES } from "../../stacks/contract";
import { resourcesOf } from "../assembly/stacks";
import { Failure } from "../terminal/failure";
import { deployedText, published } from "./deployed";
import { serviceElsewhere } from "./elsewhere-checks";
import { policyLets } from "./endpoint-policy";
import type { Examination, RecordingInputs, ServicePath } from "./examination";
import { type Finding, fail, pass, unknown } from "./finding";
import { listRoutes, prefixListsOf, readRule, readSubnet, routeTo, wayOf } from "./traffic";

/** Whether the subnet is there, and its network ACL lets the instance talk with the endpoints. */
export async function subnet(examination: Examination): Promise<Finding> {
  const { SubnetId, VpcId } = await examination.instance();
  const [acls, paths] = await Promise.all([examination.account.networkAcls(VpcId), examination.paths()]);
  const ids = unique(paths.flatMap(({ subnets }) => subnets));
  const [own, others, s3] = await Promise.all([
    subnetOf(examination, SubnetId, acls),
    Promise.all(ids.map((id) => subnetOf(examination, id, acls))),
    examination.usesGateway() ? s3List(examination) : { cidrs: [] },
  ]);
  // What answers beyond the VPC has network ACLs of its own, if any: those at home must let it through.
  const beyond = unique([...paths.flatMap((path) => (path.endpoint ? [] : path.cidrs)), ...s3.cidrs]);
  const blocks = [...others, ...beyond.map((cidr) => ({ id: cidr, cidr, acls: [] }))]
    .flatMap((other) => aclBlocks(own, other))
    .map(({ acl, seen }) => `${acl} ${seen}`);
  if (blocks.length === 0) {
    const deployed = Object.values((await published(examination, "networking")).subnet_ids ?? {});
    return deployed.length > 0 && !deployed.includes(SubnetId)
      ? fail(`${SubnetId} is not among the deployed subnets, ${deployed.join(", ")}`, examination.deploy)
      : pass(`${SubnetId}, ${own.cidr} of ${VpcId}, lets HTTPS out to the services and back`);
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
  const listed = listRoutes(table);
  const unseen = cidrs.filter((cidr) => routeTo(table, cidr) === undefined);
  const nowhere = listed.length === 0 ? unseen : [];
  const taken = cidrs.flatMap((cidr) => {
    const found = routeTo(table, cidr);
    return found === undefined ? [] : [{ cidr, route: found }];
  });
  const holes = taken
    .filter(({ route: { State } }) => State === "blackhole")
    .flatMap(({ route: { DestinationCidrBlock } }) => DestinationCidrBlock ?? []);
  const outside = taken.filter(({ route: { GatewayId } }) => GatewayId?.startsWith("igw-"));
  const away = paths.filter((path) => path.endpoint === undefined).flatMap((path) => path.cidrs);
  const inside = taken.filter(
    ({ cidr, route: { GatewayId } }) => GatewayId === "local" && away.includes(cidr),
  );
  const problems = [
    ...(nowhere.length > 0 ? [`has no route to ${nowhere.join(", ")}`] : []),
    ...(holes.length > 0 ? [`has a blackhole for ${unique(holes).join(", ")}`] : []),
    ...outside.map(({ cidr }) => `leads ${cidr} to the internet, where nobody answers for it`),
    ...inside.map(({ cidr }) => `keeps ${cidr} in ${VpcId}, as it is a block of that VPC`),
    ...(await attachmentProblems(
      examination,
      VpcId,
      taken.map((one) => one.route),
    )),
  ];
  if (problems.length > 0) {
    return fail(
      `${table.RouteTableId} ${problems.join(", ")}`,
      examination.makes("aws_vpc") && away.length === 0
        ? examination.deploy
        : "ask who keeps the network's route tables and its transit gateway",
    );
  }
  if (unseen.length > 0) {
    return unknown(
      `${table.RouteTableId} has a route to what is in ${listed.join(", ")}: ${unseen.join(", ")} must be`,
      listed
        .map((id) => examination.aws(`ec2 get-managed-prefix-list-entries --prefix-list-id ${id}`))
        .join(" && "),
    );
  }
  const ways = unique(taken.map(({ route: one }) => wayOf(one)).filter((way) => way !== "local"));
  const detours = taken.filter(({ cidr, route: one }) => !away.includes(cidr) && wayOf(one) !== "local");
  if (detours.length > 0) {
    const by = unique(detours.map(({ route: one }) => wayOf(one))).join(", ");
    return unknown(
      `${table.RouteTableId} leads ${unique(detours.map(({ cidr }) => cidr)).join(", ")} out of ${VpcId}'s own way, by ${by}`,
      `ask who keeps ${by} whether it passes HTTPS on to the endpoints, and back`,
    );
  }
  return pass(
    `${table.RouteTableId} leads to every service${ways.length > 0 ? `, by ${ways.join(", ")}` : ""}`,
  );
}

/** What is wrong with the attachments to the transit gateways that routes lead to, as the VPC's account sees them. */
async function attachmentProblems(
  examination: Examination,
  vpcId: string,
  routes: readonly Route[],
): Promise<string[]> {
  const gateways = unique(routes.flatMap(({ TransitGatewayId }) => TransitGatewayId ?? []));
  if (gateways.length === 0) {
    return [];
  }
  const { Placement } = await examination.instance();
  const found = await Promise.all(
    gateways.map(async (gateway) => {
      const all = await examination.account.attachments(vpcId, gateway);
      const attached = all.find(({ State }) => State === "available");
      if (attached === undefined) {
        return `leads to ${gateway}, to which the attachment of ${vpcId} is ${all[0]?.State ?? "missing"}`;
      }
      const subnets = await Promise.all(
        (attached.SubnetIds ?? []).map((id) => examination.account.subnet(id)),
      );
      const zones = subnets.flatMap((one) => one?.AvailabilityZone ?? []);
      return zones.length === 0 || zones.includes(Placement?.AvailabilityZone ?? "")
        ? undefined
        : `leads to ${gateway}, which has no subnet of ${vpcId} in ${Placement?.AvailabilityZone}, but in ${zones.join(", ")}`;
    }),
  );
  return found.filter((problem) => problem !== undefined);
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
  if (String(found.State).toLowerCase() !== "available") {
    return fail(`${id} is ${found.State}`, howToGet(examination, "s3"));
  }
  if (!found.RouteTableIds?.includes(table?.RouteTableId ?? "")) {
    return fail(`${id} has no route in ${table?.RouteTableId}`, howToGet(examination, "s3"));
  }
  const list = await s3List(examination);
  const lists = (rule: IpPermission): boolean => prefixListsOf(rule).includes(list.id);
  const rules = groups
    .flatMap(({ IpPermissionsEgress = [] }) => IpPermissionsEgress)
    .map((rule) => ({ ...readRule(rule), groups: lists(rule) ? [list.id] : [], partlyUnknown: false }));
  const isLetOut =
    letsHttps(rules, { cidrs: [], groups: [list.id] }) === "yes" ||
    (list.cidrs.length > 0 &&
      list.cidrs.every((cidr) => letsHttps(rules, { cidrs: [cidr], groups: [] }) === "yes"));
  if (!isLetOut) {
    return fail(`${idsOf(SecurityGroups).join(", ")} let no HTTPS out to s3`, examination.deploy);
  }
  const copying = await copiesThrough(examination, found);
  const actionsThat = (wanted: Verdict): string[] =>
    copying.filter(({ verdict }) => verdict === wanted).map(({ action }) => action);
  const [denied, open] = [actionsThat("no"), actionsThat("unknown")];
  if (denied.length > 0) {
    return fail(
      `${id} has a policy that shuts out ${denied.join(", ")} on ${copying[0]?.bucket}`,
      howToGet(examination, "s3"),
    );
  }
  const seen = `${id} is available, has a route in ${table?.RouteTableId}, and security groups let out to it`;
  return open.length === 0
    ? pass(seen)
    : unknown(
        `${seen}, but its policy narrows ${open.join(", ")} in a way that cannot be judged from here`,
        `ask who keeps ${id} whether it admits copies of recordings to ${copying[0]?.bucket}`,
      );
}

/** Whether the policy of the gateway endpoint lets copies of recordings through, where there is a bucket for them. */
async function copiesThrough(
  examination: Examination,
  { VpcEndpointId, PolicyDocument }: VpcEndpoint,
): Promise<{ action: string; bucket: string; verdict: Verdict }[]> {
  const { s3BucketName: bucket, s3KeyPrefix } = await examination
    .recordingInputs()
    .catch((): RecordingInputs => ({}));
  if (!bucket) {
    return [];
  }
  const [, partition] = (await examination.identity()).split(":");
  const known = await contextAt(examination, String(VpcEndpointId));
  return COPY_ACTIONS.map((action) => {
    const resource = `arn:${partition}:s3:::${bucket}${action === "s3:PutObject" ? `/${s3KeyPrefix}/session` : ""}`;
    return { action, bucket, verdict: policyLets(PolicyDocument ?? "", { action, resource, known }) };
  });
}

/** The blocks of S3 in the Region, as AWS lists them. */
function s3List(examination: Examination): Promise<{ id: string; cidrs: string[] }> {
  return examination.prefixList(`com.amazonaws.${examination.environment.region}.s3`);
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
  if (servers.length === 0) {
    return unknown(
      `the DHCP options of ${VpcId} name no server for names, so that instances ask whom their image says, if anybody`,
      "have the VPC's DHCP options name AmazonProvidedDNS",
    );
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
      ? serviceElsewhere(examination, service)
      : fail(`${VpcId} has no interface endpoint for it`, howToGet(examination, service));
  }
  const id = String(found.VpcEndpointId);
  const problems: { seen: string; fix: string }[] = [];
  const add = (seen: string, fix: string): unknown => problems.push({ seen, fix });
  const mend = (otherwise: string): string =>
    examination.makes("aws_vpc_endpoint", service) ? examination.deploy : otherwise;
  const state = String(found.State).toLowerCase();
  if (state !== "available") {
    add(
      `is ${found.State}`,
      state === "pending"
        ? "look again in some minutes, when it is available"
        : mend(`ask who keeps ${id}${state === "pendingacceptance" ? " to accept it" : ""}`),
    );
  }
  if (found.PrivateDnsEnabled !== true) {
    const on = examination.aws(`ec2 modify-vpc-endpoint --private-dns-enabled --vpc-endpoint-id ${id}`);
    add("has private DNS off", mend(on));
  }
  if (subnets.length === 0) {
    add("is in no subnet", mend("put it into a subnet of every zone"));
  }
  const family = found.IpAddressType ?? "ipv4";
  const records = found.DnsOptions?.DnsRecordIpType ?? "ipv4";
  if (family === "ipv6" || records === "ipv6") {
    const on = examination.aws(`ec2 modify-vpc-endpoint --ip-address-type ipv4 --vpc-endpoint-id ${id}`);
    add("answers in IPv6 alone, and instances call it by IPv4", mend(on));
  }
  if (state === "available" && subnets.length > 0 && cidrs.length === 0) {
    add("has no address that is known", mend(`ask who keeps ${id} for its network interfaces`));
  }
  const caller = await contextAt(examination, id);
  // The agent asks for what is of its own account, but for a bucket, which may be somebody else's.
  const known = { ...caller, "aws:ResourceAccount": caller["aws:PrincipalAccount"] ?? "" };
  const key =
    service === "kms" ? (await examination.recordingInputs().catch(() => ({ kmsKeyId: "" }))).kmsKeyId : "";
  const resource = key?.startsWith("arn:") ? key : undefined;
  const judged = AGENT_ACTIONS[service].map((action) => ({
    action,
    verdict: policyLets(found.PolicyDocument ?? "", { action, resource, known }),
  }));
  const actionsThat = (wanted: Verdict): string =>
    judged
      .filter(({ verdict }) => verdict === wanted)
      .map(({ action }) => action)
      .join(", ");
  const denied = actionsThat("no");
  if (denied !== "") {
    add(`has a policy that shuts out ${denied}`, mend(`let its policy allow ${denied}`));
  }
  if (problems.length > 0) {
    return fail(
      `${id} ${problems.map(({ seen }) => seen).join(", ")}`,
      unique(problems.map(({ fix }) => fix)).join("; "),
    );
  }
  const open = actionsThat("unknown");
  return open === ""
    ? pass(`${id} is available, with private DNS, ${family}, and its policy lets the agent through`)
    : unknown(
        `${id} is available, with private DNS, but its policy narrows ${open} in a way that cannot be judged from here`,
        `ask who keeps ${id} whether it admits ${caller["aws:PrincipalArn"] ?? "the instances' role"}`,
      );
}

/** What is known of a request that the agent sends to an endpoint. */
async function contextAt(
  examination: Examination,
  endpointId: string,
): Promise<Readonly<Record<string, string>>> {
  const [, , , , account = ""] = (await examination.identity()).split(":");
  const { VpcId } = await examination.instance();
  const profile = await examination.profile().catch(() => undefined);
  const role = profile?.Roles?.[0]?.Arn;
  return {
    "aws:PrincipalAccount": account,
    "aws:SourceVpc": VpcId,
    "aws:SourceVpce": endpointId,
    ...(role === undefined ? {} : { "aws:PrincipalArn": role }),
  };
}

/** Whether the instance's security groups let it out to the services. */
export async function instanceEgress(examination: Examination): Promise<Finding> {
  const { SecurityGroups } = await examination.instance();
  const ids = idsOf(SecurityGroups).join(", ");
  const [groups, paths] = await Promise.all([examination.groups(), examination.paths()]);
  const permissions = groups.flatMap(({ IpPermissionsEgress = [] }) => IpPermissionsEgress);
  const s3 = examination.usesGateway() ? (await s3List(examination)).id : undefined;
  // Of these lists it is known that they hold no endpoint's address: they are S3's own.
  const rules = permissions.map((rule) =>
    prefixListsOf(rule).every((id) => id === s3)
      ? { ...readRule(rule), partlyUnknown: false }
      : readRule(rule),
  );
  const judged = existing(paths).map((path) => ({ ...path, ...letsOutToAll(rules, path) }));
  const shut = judged.filter(({ verdict }) => verdict === "no");
  const [groupProblems, ruleProblems] = await Promise.all([
    missingGroups(examination),
    missingRules(examination, permissions),
  ]);
  const problems = [
    ...(shut.length > 0
      ? [`let no HTTPS out to ${servicesOf(shut)}${partOf(unique(shut.flatMap(({ not }) => not)), shut)}`]
      : []),
    ...groupProblems.map((id) => `are not all that are deployed: ${id} is missing`),
    ...ruleProblems.map((rule) => `lack the rule out to ${rule}`),
  ];
  if (problems.length > 0) {
    return fail(`${ids} ${problems.join(", ")}`, examination.deploy);
  }
  const open = judged.filter(({ verdict }) => verdict === "unknown");
  const lists = unique(permissions.flatMap(prefixListsOf));
  return open.length === 0
    ? pass(`${ids} let HTTPS out to every service, and no deployed rule is missing`)
    : unknown(
        `${ids} let HTTPS out to what is in ${lists.join(", ")}, and ${servicesOf(open)} must be in it`,
        lists
          .map((id) => examination.aws(`ec2 get-managed-prefix-list-entries --prefix-list-id ${id}`))
          .join(" && "),
      );
}

/** Whether rules let out to every address of a service: names lead to any of them. Which they do not. */
function letsOutToAll(
  rules: readonly GroupRule<string>[],
  { cidrs, groups }: ServicePath,
): { verdict: Verdict; not: string[] } {
  if (groups.length > 0 && letsHttps(rules, { cidrs: [], groups }) === "yes") {
    return { verdict: "yes", not: [] };
  }
  const each = cidrs.map((cidr) => ({ cidr, verdict: letsHttps(rules, { cidrs: [cidr], groups }) }));
  const not = each.filter(({ verdict }) => verdict === "no").map(({ cidr }) => cidr);
  const verdict =
    not.length > 0 || each.length === 0
      ? "no"
      : each.some((one) => one.verdict === "unknown")
        ? "unknown"
        : "yes";
  return { verdict, not };
}

/** Which of a service's addresses are shut, where not all are. */
function partOf(not: readonly string[], shut: readonly ServicePath[]): string {
  const all = unique(shut.flatMap(({ cidrs }) => cidrs));
  return not.length > 0 && not.length < all.length ? `, in part: ${not.join(", ")}` : "";
}

/** The security groups that the JSON gives the instance, as far as the state names them, and it does not have. */
async function missingGroups(examination: Examination): Promise<string[]> {
  const { SecurityGroups } = await examination.instance();
  const there = idsOf(SecurityGroups);
  const written = examination.synthesized()?.config.vpc_security_group_ids;
  const texts = await Promise.all(
    (Array.isArray(written) ? written : []).map((one) => deployedText(examination, "instances", one)),
  );
  return texts.filter((id) => id !== undefined).filter((id) => !there.includes(id));
}

/** The rules out to written networks that the JSON has for the group of all instances, and its groups do not. */
async function missingRules(
  { environment: { instancesStack } }: Examination,
  permissions: readonly IpPermission[],
): Promise<string[]> {
  return resourcesOf(instancesStack, "aws_vpc_security_group_egress_rule").flatMap(({ config }) => {
    const { cidr_ipv4: cidr, ip_protocol: protocol, from_port: from, to_port: to } = config;
    const isOurs = String(config.security_group_id).includes(`{${ADDRESSES.instancesGroup}.`);
    if (!isOurs || typeof cidr !== "string" || cidr.includes("${")) {
      return [];
    }
    const isThere = permissions.some(
      (rule) =>
        (rule.IpProtocol === "-1" ||
          (rule.IpProtocol === protocol &&
            Number(rule.FromPort) <= Number(from) &&
            Number(to) <= Number(rule.ToPort))) &&
        readRule(rule).cidrs.some((one) => contains(one, cidr) === "yes"),
    );
    return isThere ? [] : [`${cidr}, ${String(protocol)} ${String(from)}`];
  });
}

/** Whether the endpoints' security groups admit the instance. */
export async function endpointIngress(examination: Examination): Promise<Finding> {
  const { SecurityGroups, PrivateIpAddress: address } = await examination.instance();
  const from = { cidrs: address === undefined ? [] : [`${address}/32`], groups: idsOf(SecurityGroups) };
  const paths = existing(await examination.paths()).filter((path) => path.endpoint !== undefined);
  const ids = unique(paths.flatMap(({ groups }) => groups));
  if (ids.length === 0) {
    throw new Failure("not asked, since no endpoint in the VPC has a security group");
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
