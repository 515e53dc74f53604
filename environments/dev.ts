import type { Environment } from "../stacks/settings/environment";

const environment: Environment = {
  region: "eu-central-1",
  tags: { Team: "platform" },
  network: {
    availabilityZones: 2,
    endpoints: { s3Gateway: true },
    flowLogs: { retentionDays: 365 },
  },
  sessions: {
    watchedCommands: ["rm", "dd"],
    // alertEmails: ["you@example.com"],
  },
  instances: {
    web: { instanceType: "t4g.nano" },
  },
};

export default environment;
