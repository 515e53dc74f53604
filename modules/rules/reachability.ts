import { withoutAgent } from "../facts/images-without-agent";
import { AGENT_ACTIONS, CHANNELS, COPY_ACTIONS } from "../facts/agent-actions";
import { type Block, isOff, list, nameOf } from "./json-graph";
import { networkAclBlocks } from "./network-acl";
import { type Peer, groupsOf, letsHttps, routeTablesOf, rulesOf, speaksOf, subnetsOf } from "./network-facts";
import { allows, readPolicy, rolePolicies, trusts } from "./policy-reader";
import { type Judged, type Situation, imageNames, speaksOfTarget } from "./situation";

/** Something that breaks a rule. */
export interface Finding {
  /** The resource to mend. */
  readonly block: Block;
  /** What was seen, behind the resource's path: `has no ssm endpoint`. */
  readonly seen: string;
}

/** Looks for what breaks a rule around one instance. */
export type InstanceCheck = (situation: Situation, judged: Judged) => Finding[];

/** AWS's own policies that let an instance register: what those for Systems Manager permit changes with time. */
const REGISTERING_POLICY = /^(Amazon\w*SSM(?!\w*ReadOnly)\w*|AdministratorAccess|PowerUserAccess)$/;

/** Endpoints for everything the agent needs, where there is no other way out. */
export const missingEndpoints: InstanceCheck = ({ vpc, closed, endpoints, gateways, needs, recording }) => {
  if (vpc === undefined || !closed) {
    return [];
  }
  const missing = needs.filter((service) => !endpoints.has(service));
  const found = missing.map((service) => ({ block: vpc, seen: `has no ${service} endpoint` }));
  return recording?.bucket && gateways.length === 0 && !endpoints.has("s3")
    ? [...found, { block: vpc, seen: "has no s3 endpoint, which copies of recordings go through" }]
    : found;
};

/** The service's own name must lead to the endpoint. */
export const privateDnsOff: InstanceCheck = ({ closed, endpoints, needs }) =>
  needs
    .map((service) => endpoints.get(service) ?? [])
    .filter((some) => closed && some.length > 0 && some.every((one) => !answersByName(one)))
    .flat()
    .map((block) => ({ block, seen: "has private DNS off" }));

/** Private names need both of a VPC's DNS attributes. */
export const vpcDnsOff: InstanceCheck = ({ vpc, endpoints }) => {
  if (vpc === undefined || endpoints.size === 0) {
    return [];
  }
  const { enable_dns_support: support = true, enable_dns_hostnames: hostnames = false } = vpc.config;
  return [
    ...(isOff(support) ? [{ block: vpc, seen: "has enable_dns_support off" }] : []),
    ...(isOff(hostnames) ? [{ block: vpc, seen: "has enable_dns_hostnames off" }] : []),
  ];
};

/** An interface endpoint answers where it has an interface, which the subnet of the instance must reach. */
export const unreachableEndpoints: InstanceCheck = (situation, { graph }) =>
  usedEndpoints(situation).flatMap((endpoint) => {
    const subnets = subnetsOf(graph, endpoint);
    if (subnets.length === 0) {
      return list(endpoint.config.subnet_ids).length === 0
        ? [{ block: endpoint, seen: "has no subnet, so no interface" }]
        : [];
    }
    const foreign = subnets.filter((subnet) => {
      const [vpc] = graph.find(subnet, "vpc_id", "aws_vpc");
      return vpc !== undefined && vpc !== situation.vpc;
    });
    return [
      ...foreign.map((subnet) => ({
        block: endpoint,
        seen: `is in ${subnet.path}, a subnet of another VPC`,
      })),
      ...situation.subnets.flatMap((from) => subnets.flatMap((to) => networkAclBlocks(graph, from, to))),
    ];
  });

/** The endpoints' security groups must admit the instance. */
export const endpointsShut: InstanceCheck = (situation, { graph }) => {
  const own = groupsOf(graph, situation.instance);
  return usedEndpoints(situation).flatMap((endpoint) => {
    const groups = groupsOf(graph, endpoint);
    return own === undefined || groups === undefined
      ? []
      : situation.subnets
          .filter((subnet) => !letsThrough(graph, groups, "ingress", { groups: own, subnet }))
          .map((subnet) => ({
            block: groups[0] ?? endpoint,
            seen: `admits no HTTPS from ${nameOf(subnet)}`,
          }));
  });
};

/** The instance's security groups must let it out to the endpoints. */
export const instanceShut: InstanceCheck = (situation, { graph }) => {
  const own = groupsOf(graph, situation.instance);
  return usedEndpoints(situation).flatMap((endpoint) => {
    const groups = groupsOf(graph, endpoint);
    return own === undefined || groups === undefined
      ? []
      : subnetsOf(graph, endpoint)
          .filter((subnet) => !letsThrough(graph, own, "egress", { groups, subnet }))
          .map(() => ({
            block: own[0] ?? situation.instance,
            seen: `lets out no HTTPS to ${nameOf(groups[0] ?? endpoint)}`,
          }));
  });
};

/** What goes to S3 must be let out and find the gateway's route. */
export const noWayToS3: InstanceCheck = (situation, { graph }) => {
  const { gateways, subnets, recording, instance, closed } = situation;
  const groups = groupsOf(graph, instance);
  if (groups === undefined) {
    return [];
  }
  const used = gateways.filter((gateway) =>
    groups.some((group) =>
      rulesOf(graph, group, "egress").some(({ prefixLists, block }) =>
        graph.findIn(prefixLists, block.stack, "aws_vpc_endpoint").includes(gateway),
      ),
    ),
  );
  const unrouted = used.flatMap((gateway) => {
    const tables = tablesOf(gateway, graph);
    return subnets
      .filter((subnet) => {
        const own = routeTablesOf(graph, subnet);
        return tables !== undefined && own.length > 0 && !own.some((table) => tables.includes(table));
      })
      .map((subnet) => ({ block: gateway, seen: `has no route for ${nameOf(subnet)}` }));
  });
  const shut = recording?.bucket && closed && gateways.length > 0 && used.length === 0;
  return shut
    ? [
        ...unrouted,
        { block: groups[0] ?? instance, seen: "lets out no HTTPS to S3, where copies of recordings go" },
      ]
    : unrouted;
};

/** The instance's role must let the agent register. */
export const cannotRegister: InstanceCheck = ({ instance, role }, { graph }) => {
  const { iam_instance_profile: profile, launch_template: template } = instance.config;
  if (profile === undefined) {
    return template === undefined ? [{ block: instance, seen: "has no instance profile" }] : [];
  }
  if (role === undefined) {
    const [made] = graph.find(instance, "iam_instance_profile", "aws_iam_instance_profile");
    return made !== undefined && made.config.role === undefined ? [{ block: made, seen: "has no role" }] : [];
  }
  const found = [];
  if (trusts(graph, role, /"ec2\.amazonaws\.com(\.cn)?"/) === false) {
    found.push({ block: role, seen: "does not trust ec2.amazonaws.com" });
  }
  const policies = rolePolicies(graph, role);
  if (policies !== undefined) {
    const core = policies.managed.some((name) => REGISTERING_POLICY.test(name));
    const statements = core ? [...policies.statements, EVERYTHING] : policies.statements;
    const lacking = ["ssm:UpdateInstanceInformation", ...CHANNELS].filter(
      (action) => !allows(statements, action),
    );
    found.push(...lacking.map((action) => ({ block: role, seen: `does not permit ${action}` })));
  }
  return found;
};

/** Where sessions are recorded, the role must let the agent do it: otherwise they end as they begin. */
export const cannotRecord: InstanceCheck = ({ role, recording }, { graph }) => {
  const policies = role && recording && rolePolicies(graph, role);
  if (!role || !recording || !policies || policies.managed.includes("AdministratorAccess")) {
    return [];
  }
  const lacking = (actions: readonly string[], target: unknown): Finding[] =>
    actions
      .filter(
        (action) =>
          !allows(policies.statements, action, (one) =>
            speaksOfTarget(graph, one, target, recording.block.stack),
          ),
      )
      .map((action) => ({
        block: role,
        seen: `does not permit ${action} on what sessions are recorded with`,
      }));
  return [
    ...(recording.logGroup ? lacking(AGENT_ACTIONS.logs, recording.logGroup) : []),
    ...(recording.key ? lacking(AGENT_ACTIONS.kms, recording.key) : []),
    ...(recording.bucket ? lacking(COPY_ACTIONS, recording.bucket) : []),
    ...(recording.bucket && recording.key ? lacking(["kms:GenerateDataKey"], recording.key) : []),
  ];
};

/** A policy on an endpoint must let the agent through. */
export const shutOut: InstanceCheck = (situation, { graph }) =>
  usedEndpoints(situation).flatMap((endpoint) => {
    const actions = Object.entries(AGENT_ACTIONS)
      .filter(([service]) => situation.endpoints.get(service)?.includes(endpoint))
      .flatMap(([, some]) => some);
    const policies = [
      { policy: endpoint.config.policy, stack: endpoint.stack },
      ...graph
        .referrers(endpoint, "aws_vpc_endpoint_policy", "vpc_endpoint_id")
        .map(({ config, stack }) => ({ policy: config.policy, stack })),
    ];
    return policies.flatMap(({ policy, stack }) => {
      const statements = readPolicy(graph, policy, stack);
      return actions
        .filter((action) => statements !== undefined && !allows(statements, action))
        .map((action) => ({ block: endpoint, seen: `has a policy that shuts out ${action}` }));
    });
  });

/** The image must contain the agent. */
export const imageWithoutAgent: InstanceCheck = ({ instance }, { graph }) =>
  imageNames(graph, instance)
    .filter((name) => withoutAgent(name) !== undefined)
    .map((name) => ({ block: instance, seen: `boots from ${name}` }));

/** The agent takes its credentials from the metadata service. */
export const metadataOff: InstanceCheck = ({ instance }) => {
  const [options] = list(instance.config.metadata_options) as { http_endpoint?: unknown }[];
  return options?.http_endpoint === "disabled" ? [{ block: instance, seen: "has no metadata service" }] : [];
};

/** What an AWS policy that registers stands for, so that a denial beside it is still seen. */
const EVERYTHING = {
  effect: "Allow",
  actions: ["*"],
  notActions: [],
  resources: ["*"],
  conditional: false,
  principals: undefined,
  stack: "",
};

/** The endpoints that the agent's calls end up at. */
function usedEndpoints({ endpoints, needs }: Situation): Block[] {
  return needs.flatMap((service) => endpoints.get(service) ?? []).filter(answersByName);
}

function answersByName({ config }: Block): boolean {
  const { private_dns_enabled: enabled = false } = config;
  return !isOff(enabled);
}

function letsThrough(
  graph: Judged["graph"],
  groups: readonly Block[],
  direction: "ingress" | "egress",
  peer: Peer,
): boolean {
  return groups.some((group) =>
    rulesOf(graph, group, direction).some((rule) => letsHttps(rule) && speaksOf(graph, group, rule, peer)),
  );
}

/** The route tables of a gateway; undefined where one is not told. */
function tablesOf(gateway: Block, graph: Judged["graph"]): Block[] | undefined {
  const given = list(gateway.config.route_table_ids).map((value) =>
    graph.findIn(value, gateway.stack, "aws_route_table"),
  );
  const added = graph
    .referrers(gateway, "aws_vpc_endpoint_route_table_association", "vpc_endpoint_id")
    .map((one) => graph.find(one, "route_table_id", "aws_route_table"));
  const all = [...given, ...added];
  return all.some((tables) => tables.length === 0) ? undefined : all.flat();
}
