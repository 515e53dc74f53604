import { z } from "zod";
import { form } from "../../modules/facts/bound";
import { ec2MessagesProblem } from "../../modules/facts/endpoint-services";
import { LOG_GROUP_KEY_ARN } from "../../modules/facts/log-group-key";
import { NAME_PREFIX, namePrefixProblem } from "../../modules/facts/name-prefix";
import { ACCESS_TAG, RECORDINGS_TAG } from "../../modules/facts/names";
import { problem } from "../../modules/facts/refusal";
import { ZONES, availabilityZonesProblem, subnetKeys } from "../../modules/facts/subnet-layout";
import { MAX_TAGS, type Tags } from "../../modules/facts/tags";
import { bucketPrefixProblem } from "../../modules/private/session-names";
import { deployersProblem } from "../../modules/private/tamper-patterns";
import { environmentTags } from "../default-tags";
import { STACK_TAG } from "../contract";
import { iamSettings } from "./iam";
import { newNetworkProblem } from "./addresses";
import { instancesSettings } from "./instances";
import { isExisting, networkSettings, originOf, originsByService, zonesOf } from "./network";
import { neededServices } from "../features";
import { checkSessionUser } from "./session-user";
import { sessionsSettings } from "./sessions";
import { likelyName } from "./likely-name";
import { checkArns } from "./arns";
import { checkedText, onceGood, refusal, region, roleArn, section, text } from "./section";
import { stateSettings } from "./state";
import { tagSettings } from "./tags";

/** Keys of tags that no setting may have, and what each decides. */
const RESERVED_TAGS: Readonly<Record<string, string>> = {
  [ACCESS_TAG]: "who may open sessions",
  [STACK_TAG]: "what commands take for the environment's own",
  [RECORDINGS_TAG]: "what destroying does to recordings",
};

const ACCOUNT_ID = form(/^\d{12}$/, "account ids of 12 digits", "write them in quotes");

/** The settings that say which zones a network has, new or existing. */
const ZONE_SETTINGS = ["network.availabilityZones", "network.subnetIds"];

/** Everything an environment can say. */
export const environmentSettings = section({
  /** Region, such as `eu-central-1`. */
  region: region(),
  /**
   * Tags of everything; `Environment`, `ManagedBy` and `SessionManagerStack` (docs/commands.md#orphans) are added.
   * Default: `{}`.
   */
  tags: tagSettings().default({}),
  /** Accounts that may be deployed to; any other is refused at plan. Default: the credentials' account. */
  allowedAccountIds: z
    .array(text(ACCOUNT_ID), refusal("a list of account ids", 'write ["111122223333"]'))
    .min(1, refusal("at least one account id", "leave the setting out to allow any"))
    .optional(),
  /** Role that Terraform assumes to deploy. Default: the credentials in use. */
  assumeRoleArn: roleArn().optional(),
  /** The beginning of every name in AWS. Default: the environment's name. */
  namePrefix: checkedText({
    allowed: NAME_PREFIX.allowed,
    problem: (name) =>
      namePrefixProblem(
        name,
        "choose another, or rename the file: role, profile and security groups are called after it",
      ),
  }).optional(),
  /** Where state is kept: docs/state.md has its settings. Default: `{ backend: "local" }`. */
  state: stateSettings,
  /** The network that the instances are in: a new one, or one that exists already. */
  network: networkSettings,
  /**
   * Records sessions: `{}`, or an object with settings. docs/recording.md says how to switch it off again. Default: none;
   * `false` is for an environment that had them.
   */
  sessions: sessionsSettings,
  /** Instances by name: letters, digits and hyphens. */
  instances: instancesSettings,
  /** What the instances' role is called, and what it may do. */
  iam: iamSettings,
  /**
   * KMS key of the Region that encrypts the log groups which hold no recordings, flow logs and the watch's own, and lets
   * CloudWatch Logs use it: docs/organizations.md#keys. Default: a key of CloudWatch Logs' own.
   */
  logGroupKeyArn: checkedText(LOG_GROUP_KEY_ARN).optional(),
})
  .superRefine(
    (settings, context) => {
      const { network, region } = settings;
      const zones = zonesOf(network);
      const message = availabilityZonesProblem(zones, region);
      if (message !== undefined) {
        const path = ["network", isExisting(network) ? "subnetIds" : "availabilityZones"];
        context.addIssue({ code: "custom", path, message, params: { given: zones } });
      }
    },
    onceGood("region", ...ZONE_SETTINGS),
  )
  .superRefine(
    ({ network, sessions, instances }, context) => {
      const services = isExisting(network) ? originsByService(network) : undefined;
      const needed = neededServices({ network, sessions, instances });
      for (const service of Object.keys(services ?? {}).filter((one) => !needed.includes(one))) {
        const meant = likelyName(service, needed);
        const message = problem(
          `the services that this environment needs: ${needed.join(", ")}`,
          service === "ec2messages"
            ? "write ec2Messages: true, or remove it"
            : meant
              ? `did you mean ${meant}?`
              : "remove it, or switch on what needs it",
        );
        const path = ["network", "endpoints", "services", service];
        context.addIssue({ code: "custom", path, message, params: { given: service } });
      }
    },
    onceGood("network.endpoints", "sessions", "instances"),
  )
  .superRefine(
    ({ network, sessions, instances, iam }, context) => {
      const needed = isExisting(network) ? neededServices({ network, sessions, instances }) : [];
      const elsewhere = needed.filter(
        (one) => isExisting(network) && typeof originOf(network, one) === "object",
      );
      if (iam.onlyThroughVpcs && iam.onlyThroughVpcs.length === 0 && elsewhere.length > 0) {
        const message = problem(
          `the VPCs whose endpoints answer for ${elsewhere.join(", ")}, or false`,
          "name them: nothing registers where its calls are denied",
        );
        context.addIssue({ code: "custom", path: ["iam", "onlyThroughVpcs"], message });
      }
    },
    onceGood("network.endpoints", "sessions", "instances", "iam"),
  )
  .superRefine(
    ({ region, network, instances }, context) => {
      const missing = ec2MessagesProblem(region);
      if (missing === undefined) {
        return;
      }
      if (network.endpoints.ec2Messages) {
        const path = ["network", "endpoints", "ec2Messages"];
        context.addIssue({ code: "custom", path, message: missing, params: { given: true } });
      }
      const message = problem(`an image whose agent does without ec2messages in ${region}`, 'write "al2023"');
      for (const [name] of given(instances, "image", "string").filter(([, image]) => image === "al2")) {
        context.addIssue({ code: "custom", path: ["instances", name, "image"], message });
      }
    },
    onceGood("region", "network.endpoints"),
  )
  .superRefine(
    ({ network, instances }, context) => {
      const zones = zonesOf(network);
      if (Number(zones) > ZONES.max) {
        return; // reported with the Region, and too many to list
      }
      for (const [name, zone] of given(instances, "zone", "string")) {
        const message = zoneProblem(zone as string, zones);
        if (message !== undefined) {
          context.addIssue({ code: "custom", path: ["instances", name, "zone"], message });
        }
      }
    },
    onceGood(...ZONE_SETTINGS),
  )
  .superRefine(
    (settings, context) => {
      const { network } = settings;
      if (isExisting(network)) {
        return; // how many addresses are free there, only AWS knows
      }
      const message = newNetworkProblem(network, settings);
      if (message !== undefined) {
        const params = { given: network.cidr };
        context.addIssue({ code: "custom", path: ["network", "cidr"], message, params });
      }
    },
    onceGood("region", "network", "sessions", "instances"),
  )
  .superRefine(({ tags }, context) => {
    if ("Name" in tags) {
      const message = problem("Name on single instances only", "use namePrefix, or an instance's own tags");
      context.addIssue({ code: "custom", path: ["tags", "Name"], message });
    }
  }, onceGood("tags"))
  .superRefine(({ tags, instances }, context) => {
    const all: [string[], Tags][] = [
      [["tags"], tags],
      ...given(instances, "tags", "object").map(([name, own]): [string[], Tags] => [
        ["instances", name, "tags"],
        own as Tags,
      ]),
    ];
    for (const [path, own] of all) {
      for (const [tag, decided] of Object.entries(RESERVED_TAGS)) {
        const reserved = Object.keys(own).find((key) => key.toLowerCase() === tag.toLowerCase());
        if (reserved !== undefined) {
          const message = problem("any other key", `rename it: ${tag} decides ${decided}`);
          const params = { given: reserved };
          context.addIssue({ code: "custom", path: [...path, reserved], message, params });
        }
      }
    }
    // Instances have the environment's tags too: where those are too many already, that is said once.
    const tooMany = all.find(([, own]) => countTags(tags, own) > MAX_TAGS);
    if (tooMany !== undefined) {
      const [path, own] = tooMany;
      const message = problem(`${MAX_TAGS} tags in all, with those that are added`, "remove some");
      context.addIssue({ code: "custom", path, message, params: { given: countTags(tags, own) } });
    }
  }, onceGood("tags"))
  .superRefine(
    ({ namePrefix = "", region, sessions }, context) => {
      const made = sessions && sessions.archive && sessions.archive.bucketName === undefined;
      const message = made
        ? bucketPrefixProblem(namePrefix, region, "namePrefix", "sessions.archive.bucketName")
        : undefined;
      if (message !== undefined) {
        context.addIssue({ code: "custom", path: ["namePrefix"], message });
      }
    },
    onceGood("namePrefix", "region", "sessions"),
  )
  .superRefine(
    ({ namePrefix = "", region, sessions }, context) => {
      const message = sessions ? deployersProblem(namePrefix, region, sessions.deployerRoleArns) : undefined;
      if (message !== undefined) {
        context.addIssue({ code: "custom", path: ["sessions", "deployerRoleArns"], message });
      }
    },
    onceGood("namePrefix", "region", "sessions"),
  )
  .superRefine(checkArns, onceGood("region", "allowedAccountIds", "state.region"))
  .superRefine(checkSessionUser, {
    // A setting of sessions that there is not hides nothing that is wrong with instances.
    when: ({ issues }) =>
      onceGood("network.endpoints").when({ issues }) &&
      onceGood("sessions.runAsUser", "sessions.archive").when({
        issues: issues.filter(({ code }) => code !== "unrecognized_keys"),
      }),
  });

/** What a file in `environments/` exports. */
export type Environment = z.input<typeof environmentSettings>;

/** An environment as the stacks read it: validated, with every default filled in. */
export type EnvironmentSettings = z.output<typeof environmentSettings> & {
  /** The file's name without `.ts`: the beginning of every stack's name. */
  readonly name: string;
  /** The beginning of every name in AWS. */
  readonly namePrefix: string;
};

function countTags(environment: Tags, own: Tags): number {
  const all = { ...environmentTags("", environment), ...own };
  return new Set([...Object.keys(all), "Name", ACCESS_TAG, STACK_TAG]).size;
}

/** One setting of every instance that has it, whatever is wrong with its other settings. */
function given(instances: unknown, setting: string, type: "string" | "object"): [string, unknown][] {
  return Object.entries((instances ?? {}) as Record<string, Record<string, unknown> | undefined>)
    .map(([name, instance]): [string, unknown] => [name, instance?.[setting]])
    .filter(([, value]) => typeof value === type && value !== null);
}

function zoneProblem(zone: string, availabilityZones: number | readonly string[]): string | undefined {
  const zones = subnetKeys(availabilityZones);
  if (zones.includes(zone)) {
    return undefined;
  }
  const slot = /^zone-([1-6])$/.exec(zone)?.[1];
  if (slot !== undefined && typeof availabilityZones === "number") {
    return problem(zones.join(", "), `choose one, or set network.availabilityZones to ${slot}`);
  }
  const meant = likelyName(zone, zones);
  return problem(
    zones.join(", "),
    meant ? `did you mean ${meant}?` : "choose one, or leave it out to have it calculated",
  );
}
