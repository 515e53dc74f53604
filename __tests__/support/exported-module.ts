import { exportedModule } from "../../scripts/export-module";
import type { Environment } from "../../stacks/settings/environment";
import { type Json, settingsOf } from "./synth";

/** Everything that an environment of its own can have. */
export const FULL: Environment = {
  region: "eu-central-1",
  tags: { Team: "platform" },
  allowedAccountIds: ["111122223333"],
  assumeRoleArn: "arn:aws:iam::111122223333:role/deploy",
  network: {
    availabilityZones: ["eu-central-1a", "eu-central-1c"],
    endpoints: { s3Gateway: true },
    flowLogs: { retentionDays: 30 },
  },
  sessions: {
    archive: { expireDays: 400 },
    alertEmails: ["ops@example.com"],
    forward: { db: { host: "db.internal", port: 5432, cidr: "10.20.0.0/16" } },
    runAsUser: "ssm-user",
  },
  instances: {
    web: { instanceType: "t4g.nano", zone: "eu-central-1c" },
    jobs: {
      image: "al2",
      hopLimit: 2,
      rootVolume: {
        sizeGiB: 30,
        kmsKeyId: "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555",
      },
      zone: "eu-central-1a",
      userData: '#!/bin/sh\necho "${HOME}"\n',
      securityGroupIds: ["sg-0123456789abcdef0"],
      detailedMonitoring: true,
      terminationProtection: true,
      tags: { Name: "jobs", Purpose: "batch" },
    },
  },
  iam: {
    roleName: "instances-of-test",
    permissionsBoundaryArn: "arn:aws:iam::111122223333:policy/boundary",
    managedPolicyArns: ["arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"],
  },
};

/** The least. */
export const MINIMAL: Environment = {
  region: "us-east-1",
  sessions: false,
  network: { endpoints: { ec2Messages: false } },
  instances: { one: {} },
};

/** The files of an export. */
export function exported(environment: Environment): Record<string, string> {
  const result = exportedModule(settingsOf(environment));
  if ("problems" in result) {
    throw new Error(result.problems.join("\n"));
  }
  return result.files;
}

/** The JSON of a module among them. */
export function moduleJson(files: Record<string, string>, name: string): Json {
  return JSON.parse(files[`${name}/main.tf.json`] as string) as Json;
}
