import { readFileSync } from "node:fs";
import { join } from "node:path";
import { leftOut } from "../../scripts/export-module/left-out";
import type { Environment } from "../../stacks/settings/environment";
import { exported } from "../support/exported-module";
import { settingsOf } from "../support/synth";

const FORWARD = { host: "db.internal", port: 5432, cidr: "10.20.0.0/16" };
const EGRESS = { cidr: "10.20.0.0/16", ports: 5432, description: "PostgreSQL" };
const SECURITY_GROUP = "sg-0123456789abcdef0";

const BASE = {
  region: "eu-central-1",
  sessions: { archive: {}, forward: { db: FORWARD } },
  instances: { web: { zone: "zone-1", egress: [EGRESS] } },
} satisfies Environment;

type Group = Readonly<Record<string, unknown>>;

const top = (values: Group) => ({ ...BASE, ...values });
const network = (values: Group) => top({ network: values });
const sessions = (values: Group) => top({ sessions: { ...BASE.sessions, ...values } });
const web = (values: Group) => top({ instances: { web: { ...BASE.instances.web, ...values } } });
const iam = (values: Group) => top({ iam: values });
const egress = (values: Group) => web({ egress: [{ ...EGRESS, ...values }] });
const forward = (values: Group) => sessions({ forward: { db: { ...FORWARD, ...values } } });

/** An environment that says something else, for each setting that one with a network of its own can have. */
const VARIANTS: Readonly<Record<string, unknown>> = {
  region: top({ region: "eu-west-1" }),
  tags: top({ tags: { Team: "platform" } }),
  allowedAccountIds: top({ allowedAccountIds: ["111122223333"] }),
  assumeRoleArn: top({ assumeRoleArn: "arn:aws:iam::111122223333:role/deploy" }),
  namePrefix: top({ namePrefix: "other" }),
  state: top({ state: { backend: "s3", bucket: "states", region: "eu-central-1", prefix: "sessions" } }),
  "network.cidr": network({ cidr: "10.11.0.0/23" }),
  "network.availabilityZones": network({ availabilityZones: 3 }),
  "network.subnetPrefix": network({ subnetPrefix: 26 }),
  "network.endpoints.ec2Messages": network({ endpoints: { ec2Messages: true } }),
  // Copies in a bucket have the gateway already.
  "network.endpoints.s3Gateway": { ...network({ endpoints: { s3Gateway: true } }), sessions: undefined },
  "network.flowLogs.retentionDays": network({ flowLogs: { retentionDays: 30 } }),
  sessions: top({ sessions: undefined }),
  "sessions.retentionDays": sessions({ retentionDays: 30 }),
  "sessions.recordings": sessions({ recordings: "delete" }),
  "sessions.archive.bucketName": sessions({ archive: { bucketName: "copies-of-ours" } }),
  "sessions.archive.expireDays": sessions({ archive: { expireDays: 400 } }),
  "sessions.archive.lockMode": sessions({ archive: { lockMode: "compliance" } }),
  "sessions.idleMinutes": sessions({ idleMinutes: 10 }),
  "sessions.maxMinutes": sessions({ maxMinutes: 60 }),
  "sessions.runAsUser": sessions({ runAsUser: "ops" }),
  "sessions.rootShell.user": sessions({ rootShell: { user: "ec2-user" } }),
  "sessions.commandJournal": sessions({ commandJournal: false }),
  "sessions.shellProfile": sessions({ shellProfile: "date" }),
  "sessions.adoptAccountPreferences": sessions({ adoptAccountPreferences: "create" }),
  "sessions.watchedCommands": sessions({ watchedCommands: ["dd"] }),
  "sessions.alertEmails": sessions({ alertEmails: ["ops@example.com"] }),
  "sessions.deployerRoleArns": sessions({ deployerRoleArns: ["arn:aws:iam::111122223333:role/deploy"] }),
  "sessions.requireMfa": sessions({ requireMfa: true }),
  "sessions.forward": sessions({ forward: {} }),
  "sessions.forward.<name>.host": forward({ host: "other.internal" }),
  "sessions.forward.<name>.port": forward({ port: 3306 }),
  "sessions.forward.<name>.cidr": forward({ cidr: "10.30.0.0/16" }),
  "sessions.forward.<name>.securityGroupId": forward({ cidr: undefined, securityGroupId: SECURITY_GROUP }),
  instances: top({ instances: { ...BASE.instances, jobs: {} } }),
  "instances.<name>.renamedFrom": web({ renamedFrom: "site" }),
  "instances.<name>.instanceType": web({ instanceType: "t4g.nano" }),
  "instances.<name>.image": web({ image: "al2" }),
  "instances.<name>.imageUpdates": web({ imageUpdates: "follow" }),
  "instances.<name>.hopLimit": web({ hopLimit: 2 }),
  "instances.<name>.rootVolume.sizeGiB": web({ rootVolume: { sizeGiB: 30 } }),
  "instances.<name>.rootVolume.kmsKeyId": web({
    rootVolume: {
      kmsKeyId: "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555",
    },
  }),
  "instances.<name>.zone": web({ zone: "zone-2" }),
  "instances.<name>.userData": web({ userData: "#!/bin/sh\n" }),
  "instances.<name>.acceptUnrecorded": web({
    image: { amiId: "ami-0123456789abcdef0" },
    acceptUnrecorded: true,
  }),
  "instances.<name>.metadataForRootOnly": web({ metadataForRootOnly: true }),
  "instances.<name>.egress[].cidr": egress({ cidr: "10.30.0.0/16" }),
  "instances.<name>.egress[].securityGroupId": egress({ cidr: undefined, securityGroupId: SECURITY_GROUP }),
  "instances.<name>.egress[].prefixListId": egress({ cidr: undefined, prefixListId: "pl-63a5400a" }),
  "instances.<name>.egress[].ports": egress({ ports: 443 }),
  "instances.<name>.egress[].protocol": egress({ protocol: "udp" }),
  "instances.<name>.egress[].description": egress({ description: "Another" }),
  "instances.<name>.securityGroupIds": web({ securityGroupIds: [SECURITY_GROUP] }),
  "instances.<name>.detailedMonitoring": web({ detailedMonitoring: true }),
  "instances.<name>.terminationProtection": web({ terminationProtection: true }),
  "instances.<name>.tags": web({ tags: { Purpose: "batch" } }),
  "iam.roleName": iam({ roleName: "instances-of-test" }),
  "iam.instanceProfileName": iam({ instanceProfileName: "p".repeat(100) }),
  "iam.path": iam({ path: "/teams/payments/" }),
  "iam.permissionsBoundaryArn": iam({ permissionsBoundaryArn: "arn:aws:iam::111122223333:policy/boundary" }),
  "iam.inlinePolicies": iam({ inlinePolicies: false }),
  "iam.managedPolicyArns": iam({
    managedPolicyArns: ["arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"],
  }),
  "iam.onlyThroughVpcs": iam({ onlyThroughVpcs: false }),
  logGroupKeyArn: top({
    logGroupKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555",
  }),
};

/** Settings of a network of others, which is not exported. */
const OF_EXISTING = ["network.vpcId", "network.subnetIds", "network.endpoints.services"];

test("every setting is tried", () => {
  const page = readFileSync(join(__dirname, "../../docs/settings.md"), "utf8");
  const settings = [...page.matchAll(/^\| `([^`]+)`/gm)].map(([, path]) => path as string);
  expect(Object.keys(VARIANTS)).toEqual(settings.filter((path) => !OF_EXISTING.includes(path)));
});

const ALL = JSON.stringify(exported(BASE));
const WITHOUT_SESSIONS = JSON.stringify(exported({ ...BASE, sessions: undefined }));

test.each(Object.keys(VARIANTS))("%s is in the modules or the example, or is said not to be", (path) => {
  const environment = VARIANTS[path] as Environment;
  const named = leftOut(settingsOf(environment)).filter((line) => {
    const setting = path.replace("<name>", "web").replace(/\[\].*/, "");
    return line.startsWith(`${setting}:`) || line.startsWith(`${setting}.`);
  });
  // What is compared says the same but for this setting.
  const other = path.startsWith("network.endpoints.s3Gateway") ? WITHOUT_SESSIONS : ALL;
  expect(named.length > 0 || JSON.stringify(exported(environment)) !== other).toBe(true);
});
