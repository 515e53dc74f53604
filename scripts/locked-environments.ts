import type { Environment } from "../stacks/settings/environment";

const region = "eu-central-1";

/** Environments that have every kind of resource between them: their addresses are locked. Others add theirs to none. */
export const LOCKED: Readonly<Record<string, Environment>> = {
  least: { region, instances: { web: {} } },
  all: {
    region,
    network: {
      availabilityZones: 3,
      endpoints: { ec2Messages: true, s3Gateway: true },
      flowLogs: { retentionDays: 30 },
    },
    sessions: {
      archive: {},
      rootShell: { user: "ec2-user" },
      adoptAccountPreferences: "create",
      watchedCommands: ["rm", "dd"],
      alertEmails: ["ops@example.com"],
      forward: { db: { host: "db.internal", port: 5432, cidr: "10.9.0.0/24" } },
    },
    iam: { managedPolicyArns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"] },
    instances: {
      web: {},
      jobs: {
        egress: [
          { cidr: "10.8.0.0/16", ports: { from: 8080, to: 8081 }, description: "Build servers" },
          { cidr: "10.8.0.2/32", ports: 123, protocol: "udp", description: "Time" },
          { securityGroupId: "sg-0123456789abcdef0", ports: 5432, description: "Database" },
          { prefixListId: "pl-63a5400a", ports: 443, description: "Object storage" },
        ],
        zone: "zone-2",
      },
    },
  },
  named: {
    region,
    network: { availabilityZones: ["eu-central-1a", "eu-central-1c"] },
    instances: { web: { zone: "eu-central-1c" } },
  },
  existing: {
    region,
    network: {
      vpcId: "vpc-0123456789abcdef0",
      subnetIds: { "eu-central-1a": "subnet-0123456789abcdef0" },
      endpoints: { s3Gateway: true, services: { ssm: "existing", kms: { elsewhere: ["10.1.0.0/24"] } } },
    },
    sessions: {},
    instances: { web: {} },
  },
  demanded: {
    region,
    network: { flowLogs: { retentionDays: 30 } },
    sessions: {},
    iam: { inlinePolicies: false },
    instances: { web: {} },
  },
  unrecorded: { region, sessions: false, instances: { web: {} } },
};
