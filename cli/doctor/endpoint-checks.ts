import type { IpPermission, VpcEndpoint } from "@aws-sdk/client-ec2";
import { AGENT_ACTIONS, COPY_ACTIONS } from "../../modules/facts/agent-actions";
import { type Verdict, letsHttps } from "../../modules/facts/network";
import { serviceElsewhere } from "./elsewhere-checks";
import { policyLets } from "./endpoint-policy";
import type { Examination, RecordingInputs, ServicePath } from "./examination";
import { type Finding, fail, pass, unknown } from "./finding";
import { prefixListsOf, readRule } from "./traffic";
import { idsOf, unique } from "./lists";

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
  const list = await examination.s3List();
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

/** How the VPC gets an endpoint that it lacks. */
function howToGet(examination: Examination, service: string): string {
  return examination.makes("aws_vpc_endpoint", service)
    ? examination.deploy
    : `ask who keeps the network for one, or write "create" for ${service} in network.endpoints.services`;
}
