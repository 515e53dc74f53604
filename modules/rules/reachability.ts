import { withoutAgent } from "../facts/known-images";
import { AGENT_ACTIONS, COPY_ACTIONS, COPY_KEY_ACTIONS, reachingServices } from "../facts/agent-actions";
import { allows, boundToOwnVpc, readPolicyJson, trustsEc2 } from "../facts/iam-policy";
import { type Direction, aclBlocks, letsHttps } from "../facts/network";
import { hubOf } from "./hub-reader";
import { type Block, type JsonGraph, isOff, list, nameOf, nested } from "./json-graph";
import { cidrOf, readSubnet, routeTablesOf, subnetsOf } from "./network-reader";
import { readPolicy, rolePolicies, speaksOfTarget, writtenIn } from "./policy-reader";
import { groupsOf, rulesOf } from "./security-group-reader";
import { type Finding, type Judged, type Situation, imageNames } from "./situation";

/** Looks for what breaks a rule around one instance. */
export type InstanceCheck = (situation: Situation, judged: Judged) => Finding[];

/** AWS's own policies that let an instance register. What those for Systems Manager permit changes with time. */
const REGISTERING_POLICY = /^(Amazon\w*SSM(?!\w*ReadOnly)\w*|AdministratorAccess|PowerUserAccess)$/;

/** Endpoints for everything the agent needs, where there is no other way out. */
export const missingEndpoints: InstanceCheck = (situation, judged) => {
  const { vpc, closed, endpoints, gateways, needs, recording } = situation;
  if (vpc === undefined || !closed) {
    return [];
  }
  // Who is let out to other networks means to look there: what is missing then is the way.
  const looksBeyond = (hubOf(situation, judged)?.blocks.length ?? 0) > 0;
  const missing = looksBeyond ? [] : needs.filter((service) => !endpoints.has(service));
  const found = missing.map((service) => ({ block: vpc, seen: `has no ${service} endpoint` }));
  if (recording?.bucket && gateways.length === 0 && !endpoints.has("s3")) {
    found.push({ block: vpc, seen: "has no s3 endpoint, which copies of recordings go through" });
  }
  return found;
};

/** The service's own name must lead to the endpoint. */
export const privateDnsOff: InstanceCheck = ({ closed, endpoints, needs }) =>
  needs
    .map((service) => endpoints.get(service) ?? [])
    .filter((some) => closed && some.length > 0 && some.every((one) => !answersByName(one)))
    .flat()
    .map((block) => ({ block, seen: "has private DNS off" }));

/** Private names need both of a VPC's DNS attributes. */
export const vpcDnsOff: InstanceCheck = (situation, judged) => {
  const { vpc, endpoints } = situation;
  const inHub = [...(hubOf(situation, judged)?.endpoints.values() ?? [])].flat();
  if (vpc === undefined || endpoints.size + inHub.length === 0) {
    return [];
  }
  const standard = { enable_dns_support: true, enable_dns_hostnames: false };
  return Object.entries(standard)
    .filter(([attribute, value]) => isOff(vpc.config[attribute] ?? value))
    .map(([attribute]) => ({ block: vpc, seen: `has ${attribute} off` }));
};

/** An interface endpoint answers only where it has an interface, and the instance's subnet must reach it. */
export const unreachableEndpoints: InstanceCheck = (situation, { graph }) =>
  usedEndpoints(situation).flatMap((endpoint) => {
    const subnets = subnetsOf(graph, endpoint);
    if (subnets.length === 0) {
      const isPlaced = list(endpoint.config.subnet_ids).length > 0;
      return isPlaced ? [] : [{ block: endpoint, seen: "has no subnet, so no interface" }];
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
      ...situation.subnets
        .flatMap((from) => subnets.flatMap((to) => aclBlocks(readSubnet(graph, from), readSubnet(graph, to))))
        .map(({ acl, seen }) => ({ block: acl, seen })),
    ];
  });

/** The endpoints' security groups must admit the instance. */
export const endpointsShut: InstanceCheck = (situation, { graph }) =>
  withGroups(situation, graph, (endpoint, groups, own) =>
    situation.subnets
      .filter((subnet) => isShut(graph, groups, "ingress", { groups: own, subnet }))
      .map((subnet) => ({ block: groups[0] ?? endpoint, seen: `admits no HTTPS from ${nameOf(subnet)}` })),
  );

/** The instance's security groups must let it out to the endpoints. */
export const instanceShut: InstanceCheck = (situation, { graph }) =>
  withGroups(situation, graph, (endpoint, groups, own) =>
    subnetsOf(graph, endpoint)
      .filter((subnet) => isShut(graph, own, "egress", { groups, subnet }))
      .map(() => ({
        block: own[0] ?? situation.instance,
        seen: `lets out no HTTPS to ${nameOf(groups[0] ?? endpoint)}`,
      })),
  );

/** What goes to S3 must be let out and find the gateway's route. */
export const noPathToS3: InstanceCheck = (situation, { graph }) => {
  const { gateways, subnets, recording, instance, closed } = situation;
  const groups = groupsOf(graph, instance);
  if (groups === undefined) {
    return [];
  }
  const used = gateways.filter((gateway) =>
    groups.some((group) =>
      rulesOf(graph, group, "egress").some(({ prefixLists }) => prefixLists.includes(gateway)),
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
  if (recording?.bucket && closed && gateways.length > 0 && used.length === 0) {
    const seen = "lets out no HTTPS to S3, where copies of recordings go";
    return [...unrouted, { block: groups[0] ?? instance, seen }];
  }
  return unrouted;
};

/** The instance's role must let the agent register. */
export const cannotRegister: InstanceCheck = (situation, { graph }) => {
  const { instance, role, vpc, needs, endpoints, allKnown, closed } = situation;
  const { iam_instance_profile: profile, launch_template: template } = instance.config;
  if (profile === undefined) {
    return template === undefined ? [{ block: instance, seen: "has no instance profile" }] : [];
  }
  if (role === undefined) {
    const [made] = graph.find(instance, "iam_instance_profile", "aws_iam_instance_profile");
    return made !== undefined && made.config.role === undefined ? [{ block: made, seen: "has no role" }] : [];
  }
  const found: Finding[] = [];
  const trust = readPolicy(graph, role.config.assume_role_policy, role.stack);
  if (trust !== undefined && !trustsEc2(trust)) {
    found.push({ block: role, seen: "does not trust ec2.amazonaws.com" });
  }
  const policies = rolePolicies(graph, role);
  if (policies !== undefined) {
    const core = policies.managed.some((name) => REGISTERING_POLICY.test(name));
    const statements = core ? [...policies.statements, ...EVERYTHING] : policies.statements;
    const services = reachingServices(needs.includes("ec2messages"));
    const lacking = services.flatMap((service) =>
      AGENT_ACTIONS[service].filter((action) => !allows(statements, action)),
    );
    found.push(...lacking.map((action) => ({ block: role, seen: `does not permit ${action}` })));
    if (vpc !== undefined && allKnown && !closed) {
      const elsewhere = needs.filter((service) => !endpoints.has(service));
      const bound = elsewhere.filter((service) => boundToOwnVpc(statements, `${service}:*`));
      const why = `but through endpoints of ${nameOf(vpc)}, which has none for it (onlyThroughVpcs)`;
      found.push(...bound.map((service) => ({ block: role, seen: `denies ${service} ${why}` })));
    }
  }
  return found;
};

/** Where sessions are recorded, the role must let the agent record: otherwise they end at once. */
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
    ...(recording.bucket && recording.key ? lacking(COPY_KEY_ACTIONS, recording.key) : []),
  ];
};

/** A policy on an endpoint must let the agent through. */
export const shutOut: InstanceCheck = (situation, judged) => {
  const { graph } = judged;
  const beyond = hubOf(situation, judged)?.endpoints;
  const used = [...usedEndpoints(situation), ...[...(beyond?.values() ?? [])].flat()];
  return used.flatMap((endpoint) => {
    const actions = Object.entries(AGENT_ACTIONS)
      .filter(([service]) =>
        [situation.endpoints, beyond].some((some) => some?.get(service)?.includes(endpoint)),
      )
      .flatMap(([, some]) => some);
    const policies = [
      endpoint,
      ...graph.referrers(endpoint, "aws_vpc_endpoint_policy", "vpc_endpoint_id"),
    ].map(writtenIn);
    return policies.flatMap(({ policy, stack }) => {
      const statements = readPolicy(graph, policy, stack);
      return actions
        .filter((action) => statements !== undefined && !allows(statements, action))
        .map((action) => ({ block: endpoint, seen: `has a policy that shuts out ${action}` }));
    });
  });
};

/** The image must contain the agent. */
export const imageWithoutAgent: InstanceCheck = ({ instance }, { graph }) =>
  imageNames(graph, instance)
    .filter((name) => withoutAgent(name) !== undefined)
    .map((name) => ({ block: instance, seen: `boots from ${name}` }));

/** The agent takes its credentials from the metadata service. */
export const metadataOff: InstanceCheck = ({ instance }) => {
  const [options] = nested(instance.config.metadata_options);
  return options?.http_endpoint === "disabled" ? [{ block: instance, seen: "has no metadata service" }] : [];
};

/** Stands for what AWS's own policies permit, so that a denial beside them is still seen. */
const EVERYTHING = readPolicyJson('{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}') ?? [];

/** The endpoints that answer the agent's calls. */
function usedEndpoints({ endpoints, needs }: Situation): Block[] {
  return needs.flatMap((service) => endpoints.get(service) ?? []).filter(answersByName);
}

function answersByName({ config }: Block): boolean {
  return !isOff(config.private_dns_enabled ?? false);
}

/** Judges the endpoints whose security groups are known, as those of the instance must be. */
function withGroups(
  situation: Situation,
  graph: JsonGraph,
  judge: (endpoint: Block, groups: readonly Block[], own: readonly Block[]) => Finding[],
): Finding[] {
  const own = groupsOf(graph, situation.instance);
  return usedEndpoints(situation).flatMap((endpoint) => {
    const groups = groupsOf(graph, endpoint);
    return own === undefined || groups === undefined ? [] : judge(endpoint, groups, own);
  });
}

/** Whether security groups keep HTTPS back for sure: what Terraform decides may let it through. */
function isShut(
  graph: JsonGraph,
  groups: readonly Block[],
  direction: Direction,
  peer: { readonly groups: readonly Block[]; readonly subnet: Block },
): boolean {
  const rules = groups.flatMap((group) => rulesOf(graph, group, direction));
  return letsHttps(rules, { groups: peer.groups, cidrs: [cidrOf(peer.subnet)] }) === "no";
}

/** The route tables of a gateway; undefined where one is not known. */
function tablesOf(gateway: Block, graph: JsonGraph): Block[] | undefined {
  const given = list(gateway.config.route_table_ids).map((value) =>
    graph.findIn(value, gateway.stack, "aws_route_table"),
  );
  const added = graph
    .referrers(gateway, "aws_vpc_endpoint_route_table_association", "vpc_endpoint_id")
    .map((one) => graph.find(one, "route_table_id", "aws_route_table"));
  const all = [...given, ...added];
  return all.some((tables) => tables.length === 0) ? undefined : all.flat();
}
