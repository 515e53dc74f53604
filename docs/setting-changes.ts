import type { Setting } from "./read-settings";

/** What a change of settings does to what is deployed. A setting stands for all below it that no other row names. */
const CHANGES: readonly { readonly effect: string; readonly settings: readonly string[] }[] = [
  {
    effect:
      "Stopped before anything is planned, with what to do: AWS moves and renames none of what is deployed. `availabilityZones` is " +
      "stopped from counted to named zones and back; a further zone is made, and one that is taken away goes as in the next row",
    settings: ["region", "namePrefix", "iam.path", "network.vpcId", "network.availabilityZones"],
  },
  {
    effect:
      "Replaces subnets or the VPC, which AWS refuses while an instance is in them. Only where each is named with `--replace`",
    settings: ["network.cidr", "network.subnetPrefix"],
  },
  {
    effect:
      "**Replaces the instance: its disk goes.** Only where it is named with `--replace`. Of `subnetIds` that is so for an instance " +
      'with a `zone`; others stay where they are. `imageUpdates: "follow"` does it at every newer AMI',
    settings: [
      "network.subnetIds",
      "instances.<name>.image",
      "instances.<name>.imageUpdates",
      "instances.<name>.rootVolume.kmsKeyId",
      "instances.<name>.zone",
      "instances.<name>.userData",
      "instances.<name>.metadataForRootOnly",
    ],
  },
  {
    effect:
      "**An instance that is taken out is destroyed, with its disk.** Only where it is named with `--replace`. Its name is changed with " +
      "`renamedFrom`: [another name](#another-name)",
    settings: ["instances", "instances.<name>.renamedFrom"],
  },
  {
    effect:
      "Stops and starts the instance, which keeps its disk. One of another architecture replaces it, as another image does",
    settings: ["instances.<name>.instanceType"],
  },
  {
    effect: "Grows in place. AWS makes no volume smaller, and refuses that when it is applied",
    settings: ["instances.<name>.rootVolume.sizeGiB"],
  },
  {
    effect:
      "Replaces the instances' role or profile, during which nobody reaches them, for up to half an hour. Only where it is named with " +
      "`--replace`",
    settings: ["iam.roleName", "iam.instanceProfileName"],
  },
  {
    effect:
      "The states have to be taken along, until when everything stops: [state.md](state.md). Nothing in AWS changes",
    settings: ["state"],
  },
  {
    effect:
      "Nothing that is deployed. A deploy to another account than that of the states is stopped before anything is planned",
    settings: ["allowedAccountIds", "assumeRoleArn"],
  },
  {
    effect:
      'Switched off, or with another bucket, recordings and copies stay in AWS unless they were deployed with `recordings: "delete"`: ' +
      "[recording.md](recording.md#switch-it-off-or-destroy-it). Fewer `retentionDays` have AWS delete what is older",
    settings: ["sessions", "sessions.archive", "sessions.recordings", "sessions.retentionDays"],
  },
  {
    effect:
      "Switched off, or under another name, its document goes, and with flow logs their records. Only where that is named with " +
      "`--replace`. All else of it in place",
    settings: ["sessions.rootShell", "sessions.forward", "network.flowLogs"],
  },
  {
    effect: "In place: for sessions that are opened from then on",
    settings: [
      "sessions.idleMinutes",
      "sessions.maxMinutes",
      "sessions.runAsUser",
      "sessions.commandJournal",
      "sessions.shellProfile",
      "sessions.requireMfa",
    ],
  },
  {
    effect: "In place; taken away, the account's preferences stay as they are, and are Terraform's no more",
    settings: ["sessions.adoptAccountPreferences"],
  },
  {
    effect: "In place. Endpoints, rules, alarms, subscriptions and attachments come and go, and hold nothing",
    settings: [
      "tags",
      "network.endpoints",
      "sessions.watchedCommands",
      "sessions.alertEmails",
      "sessions.deployerRoleArns",
      "instances.<name>.hopLimit",
      "instances.<name>.acceptUnrecorded",
      "instances.<name>.egress",
      "instances.<name>.securityGroupIds",
      "instances.<name>.detailedMonitoring",
      "instances.<name>.terminationProtection",
      "instances.<name>.tags",
      "iam.permissionsBoundaryArn",
      "iam.managedPolicyArns",
      "iam.onlyThroughVpcs",
      "logGroupKeyArn",
    ],
  },
  {
    effect: "In place. A role may be without its policies for seconds: change it while no session is open",
    settings: ["iam.inlinePolicies"],
  },
];

/** Settings whose rows stand for no other setting: what is new below them is to be thought of. */
const ALONE = ["instances", "sessions"];

/**
 * The rows of the table of changes.
 *
 * @throws where a setting is in none of them, or one of them names a setting that there is not.
 */
export function changeRows(settings: readonly Setting[]): string[][] {
  const named = CHANGES.flatMap((one) => one.settings);
  const covers = (row: string, path: string): boolean =>
    path === row || (!ALONE.includes(row) && [".", "[]"].some((end) => path.startsWith(`${row}${end}`)));
  const paths = settings.map(({ path }) => path);
  const missing = paths.filter((path) => !named.some((row) => covers(row, path)));
  const unknown = named.filter((row) => !paths.some((path) => covers(row, path)));
  if (missing.length > 0 || unknown.length > 0) {
    throw new Error(
      [
        ...missing.map((path) => `${path}: docs/setting-changes.ts does not say what a change of it does`),
        ...unknown.map((row) => `${row}: docs/setting-changes.ts names it, and there is no such setting`),
      ].join("\n"),
    );
  }
  return CHANGES.map((one) => [one.effect, one.settings.map((path) => `\`${path}\``).join(", ")]);
}
