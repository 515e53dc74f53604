import type { NetworkAcl, Route } from "@aws-sdk/client-ec2";
import { ANSWER_PORTS, type Subnet, aclBlocks } from "../../modules/facts/network";
import { Failure } from "../terminal/failure";
import { published } from "./deployed";
import type { Examination } from "./examination";
import { type Finding, fail, pass, unknown } from "./finding";
import { listRoutes, readSubnet, routeTo, wayOf } from "./traffic";
import { unique } from "./lists";

/** Whether the subnet is there, and its network ACL lets the instance talk with the endpoints. */
export async function subnet(examination: Examination): Promise<Finding> {
  const { SubnetId, VpcId } = await examination.instance();
  const [acls, paths] = await Promise.all([examination.account.networkAcls(VpcId), examination.paths()]);
  const ids = unique(paths.flatMap(({ subnets }) => subnets));
  const [own, others, s3] = await Promise.all([
    subnetOf(examination, SubnetId, acls),
    Promise.all(ids.map((id) => subnetOf(examination, id, acls))),
    examination.usesGateway() ? examination.s3List() : { cidrs: [] },
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
