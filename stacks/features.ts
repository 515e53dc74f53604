import type { Construct } from "constructs";
import { type EgressRule, egressRuleKey } from "../modules/facts/egress-rule";
import { isInstanceItself } from "../modules/facts/forward-target";
import { endpointServices } from "../modules/facts/endpoint-services";
import { accountId } from "../modules/private/once-per-stack";
import { sessionNames } from "../modules/private/session-names";
import { needsEc2Messages } from "../modules/facts/agent-versions";
import type { RoleDemands } from "../modules/facts/iam-names";
import { imageParameter } from "../modules/facts/instance-image";
import type { InstanceSettings } from "./settings/instances";
import { type NetworkSettings, isExisting, originOf } from "./settings/network";
import type { RecordedSessions } from "./settings/sessions";

/** The settings that decide what an environment's instances need a way to. */
interface Features {
  readonly network: NetworkSettings;
  readonly instances: Readonly<Record<string, InstanceSettings>>;
  readonly sessions?: RecordedSessions | false;
}

/** The services of AWS that an environment's instances call, and must have a way to. */
export function neededServices(settings: Features): string[] {
  const services = endpointServices({
    ec2Messages: usesEc2Messages(settings),
    recording: Boolean(settings.sessions),
  });
  return needsS3(settings) ? [...services, "s3"] : services;
}

/** Whether agents call `ec2messages`: as the settings say, or as the images of the instances need it. */
export function usesEc2Messages({ network, instances }: Pick<Features, "network" | "instances">): boolean {
  return (
    network.endpoints.ec2Messages ??
    Object.values(instances).some(({ image }) => needsEc2Messages(imageParameter(image, "") ?? ""))
  );
}

/** Whether programs on the instances may use their role's credentials for other services than the agent does. */
export function callsElsewhere({
  iam,
  instances,
}: Pick<Features, "instances"> & { iam: { managedPolicyArns: readonly string[] } }): boolean {
  const ways = Object.values(instances).flatMap(({ egress, securityGroupIds }) => [
    ...egress,
    ...securityGroupIds,
  ]);
  return iam.managedPolicyArns.length > 0 || ways.length > 0;
}

/** What an environment's settings demand of every role, and of the log groups that hold no recordings. */
export function organizationDemands({
  iam,
  logGroupKeyArn,
}: {
  readonly iam: Pick<RoleDemands, "permissionsBoundaryArn" | "inlinePolicies"> & { readonly path: string };
  readonly logGroupKeyArn?: string | undefined;
}): RoleDemands & { readonly logGroupKeyArn?: string } {
  const { path: iamPath, permissionsBoundaryArn, inlinePolicies } = iam;
  return { iamPath, permissionsBoundaryArn, inlinePolicies, logGroupKeyArn };
}

/** The networks outside the VPC in which needed services answer, each once. */
export function elsewhereNetworks(settings: Features): string[] {
  const { network } = settings;
  const origins = isExisting(network)
    ? neededServices(settings).map((service) => originOf(network, service))
    : [];
  return [...new Set(origins.flatMap((origin) => (typeof origin === "object" ? origin.elsewhere : [])))];
}

/** Whether an environment's instances need a way to S3: it is asked for, or copies of recordings are kept there. */
export function needsS3({ network, sessions }: Pick<Features, "network" | "sessions">): boolean {
  return network.endpoints.s3Gateway || (sessions ? sessions.archive !== undefined : false);
}

/** The bucket that copies of recordings are kept in, known without reading the stack that makes it. */
export function archiveBucket(
  scope: Construct,
  { sessions, namePrefix, region }: Pick<Features, "sessions"> & { namePrefix: string; region: string },
): string | undefined {
  const archive = sessions ? sessions.archive : undefined;
  return archive && (archive.bucketName ?? sessionNames(namePrefix, accountId(scope), region).archiveBucket);
}

/**
 * The ways out that operators' tunnels need of all instances, by name: targets of one network and port share one, and one
 * that is the instance itself needs none.
 */
export function tunnelEgress({ sessions }: Pick<Features, "sessions">): Readonly<Record<string, EgressRule>> {
  return Object.fromEntries(
    Object.values(sessions ? sessions.forward : {})
      .filter(({ host }) => !isInstanceItself(host))
      .map(({ port, cidr, securityGroupId }) => {
        const rule = { cidr, securityGroupId, ports: port, description: "Tunnels of operators" };
        return [egressRuleKey(rule), rule];
      }),
  );
}
