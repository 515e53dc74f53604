import type { IpPermission } from "@aws-sdk/client-ec2";
import { type GroupRule, type Verdict, contains, letsHttps } from "../../modules/facts/network";
import { ADDRESSES } from "../../stacks/contract";
import { resourcesOf } from "../assembly/stacks";
import { Failure } from "../terminal/failure";
import { deployedText } from "./deployed";
import type { Examination, ServicePath } from "./examination";
import { type Finding, fail, pass, unknown } from "./finding";
import { prefixListsOf, readRule } from "./traffic";
import { idsOf, unique } from "./lists";

/** Whether the instance's security groups let it out to the services. */
export async function instanceEgress(examination: Examination): Promise<Finding> {
  const { SecurityGroups } = await examination.instance();
  const ids = idsOf(SecurityGroups).join(", ");
  const [groups, paths] = await Promise.all([examination.groups(), examination.paths()]);
  const permissions = groups.flatMap(({ IpPermissionsEgress = [] }) => IpPermissionsEgress);
  const s3 = examination.usesGateway() ? (await examination.s3List()).id : undefined;
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

function servicesOf(paths: readonly ServicePath[]): string {
  return paths.map(({ service }) => service).join(", ");
}
