import { z } from "zod";
import { DEFAULTS } from "../../modules/facts/defaults";
import { SECURITY_GROUP_ID } from "../../modules/facts/ec2-ids";
import {
  type EgressRule,
  MAX_DESCRIPTION,
  NAME_PORTS,
  egressRuleProblems,
  repeatedRuleProblem,
} from "../../modules/facts/egress-rule";
import { type InstanceImage, imageProblem, imageSizeProblem } from "../../modules/facts/instance-image";
import { form } from "../../modules/facts/bound";
import {
  HOP_LIMIT,
  USER_DATA,
  VOLUME_GIB,
  VOLUME_KEY_ARN,
  groupsProblem,
} from "../../modules/facts/instance-limits";
import { INSTANCE_TYPE, architectureOf } from "../../modules/facts/instance-type";
import { PORT } from "../../modules/facts/port";
import { problem } from "../../modules/facts/refusal";
import { tagSettings } from "./tags";
import { checkedNumber, checkedText, choice, flag, onceGood, refusal, section } from "./section";

const port = () => z.number(refusal(PORT.allowed, NAME_PORTS));

const egressRule = section({
  /** Way out: an IPv4 block, private, or public and no wider than /16. Default: one of these three. */
  cidr: z.string(refusal("an IPv4 block", "write it as a text")).optional(),
  /** Way out: the members of a security group. Default: one of these three. */
  securityGroupId: z.string(refusal("a security group id", "write it as a text")).optional(),
  /** Way out: the addresses of a prefix list. Default: one of these three. */
  prefixListId: z.string(refusal("a prefix list id", "write it as a text")).optional(),
  /** Port, or `{ from, to }`. */
  ports: z.union(
    [z.number(), section({ from: port(), to: port() })],
    refusal("a port, or { from, to }", NAME_PORTS),
  ),
  /** `"tcp"` or `"udp"`. Default: tcp. */
  protocol: choice(["tcp", "udp"]).optional(),
  /** Why the way is open, for those who audit the security group. */
  description: z.string(
    refusal(`a text of 1 to ${MAX_DESCRIPTION} characters`, "say what the way out is for"),
  ),
}).superRefine(
  (rule, context) => {
    for (const { field, problem: message } of egressRuleProblems(rule)) {
      context.addIssue({ code: "custom", path: field ? [field] : [], message });
    }
  },
  onceGood("cidr", "securityGroupId", "prefixListId", "ports", "description"),
);

const egress = z
  .array(egressRule, refusal("a list of rules, each with target, ports and description", "write [{ ... }]"))
  .superRefine((rules, context) => {
    const good: EgressRule[] = [];
    for (const [index, rule] of rules.entries()) {
      if (egressRule.safeParse(rule).success) {
        const message = repeatedRuleProblem(rule, good);
        if (message !== undefined) {
          context.addIssue({ code: "custom", path: [index], message });
        }
        good.push(rule);
      }
    }
  }, onceGood());

const image = z.union(
  [
    z.enum(["al2023", "al2"]),
    section({
      parameter: z.string(refusal("the name of a Systems Manager parameter", "write it as a text")),
    }),
    section({ amiId: z.string(refusal("an AMI id such as ami-0123456789abcdef0", "write it as a text")) }),
  ] satisfies z.ZodType<InstanceImage>[],
  refusal(
    '"al2023", "al2", { parameter: "/aws/service/..." } or { amiId: "ami-..." }',
    "choose one of the four",
  ),
);

/** What an instance may be called: the name is part of its address in the state. */
const INSTANCE_NAME = form(
  /^[A-Za-z][A-Za-z0-9-]{0,62}$/,
  "a name of 1 to 63 letters, digits and hyphens that begins with a letter",
  "write the name that it had",
);

/** One instance, by itself. */
export const instance = section({
  /**
   * The name that the instance had at the last deploy, so that it keeps its disk under its new one
   * (docs/settings.md#another-name). Default: none.
   */
  renamedFrom: checkedText(INSTANCE_NAME).optional(),
  /** EC2 instance type; it decides the architecture. Default: `"t3.nano"`. */
  instanceType: checkedText(INSTANCE_TYPE).default(DEFAULTS.instanceType),
  /**
   * What the instance boots from: the newest Amazon Linux (`"al2023"`, `"al2"`), `{ parameter }` or `{ amiId }`, of which
   * docs/settings.md#what-is-read-of-an-image is read. Default: `"al2023"`.
   */
  image: image.default(DEFAULTS.image),
  /**
   * What a newer AMI does: nothing (`"keep"`), or replace the instance (`"follow"`). Another image in the settings always
   * replaces it. Default: `"keep"`.
   */
  imageUpdates: choice(["keep", "follow"]).default(DEFAULTS.imageUpdates),
  /** Network hops of a metadata response, 1 to 64; containers need 2. Default: `1`. */
  hopLimit: checkedNumber(HOP_LIMIT).default(DEFAULTS.hopLimit),
  /** The root volume, always gp3 and encrypted. */
  rootVolume: section({
    /** Size of the root volume in GiB, 8 to 65536. Default: `8`. */
    sizeGiB: checkedNumber(VOLUME_GIB).default(DEFAULTS.volumeGiB),
    /** ARN of the KMS key that encrypts it. Default: the account's key for EBS. */
    kmsKeyId: checkedText(VOLUME_KEY_ARN).optional(),
  }).prefault({}),
  /** Zone, or zone slot (`zone-1`). A calculated one never moves a running instance. Default: calculated from the name. */
  zone: z.string(refusal("a zone of this network", "write it as a text")).optional(),
  /**
   * Script for the first boot, as it stands; a change replaces the instance. Where sessions are recorded, of a kind that
   * cloud-init knows by its beginning. Default: none.
   */
  userData: checkedText(USER_DATA).optional(),
  /**
   * Accepts that Windows may stop recording without a word, where sessions are recorded (docs/recording.md#windows).
   * Default: `false`.
   */
  acceptUnrecorded: flag().default(false),
  /**
   * Lets nobody but root ask the metadata service: only where sessions are recorded (docs/security.md#metadata); a change
   * replaces the instance. Default: `false`.
   */
  metadataForRootOnly: flag().default(false),
  /** Ways out beyond the VPC endpoints. Default: none. */
  egress: egress.default([]),
  /** Further security groups. Default: `[]`. */
  securityGroupIds: z
    .array(checkedText(SECURITY_GROUP_ID), refusal("a list of security group ids", 'write ["sg-..."]'))
    .default([]),
  /** Metrics every minute, for a monthly price. Default: `false`. */
  detailedMonitoring: flag().default(false),
  /** Refuses to terminate the instance, by Terraform too. Default: `false`. */
  terminationProtection: flag().default(false),
  /** Tags of instance and volume; `Name` replaces the calculated one. Default: `{}`. */
  tags: tagSettings().default({}),
})
  .superRefine(
    (settings, context) => {
      const message = imageProblem(settings.image, architectureOf(settings.instanceType));
      if (message !== undefined) {
        context.addIssue({ code: "custom", path: ["image"], message });
      }
    },
    onceGood("image", "instanceType"),
  )
  .superRefine(
    (settings, context) => {
      const { image, rootVolume } = settings;
      const message = imageSizeProblem(image, rootVolume.sizeGiB);
      if (message !== undefined) {
        const params = { given: rootVolume.sizeGiB };
        context.addIssue({ code: "custom", path: ["rootVolume", "sizeGiB"], message, params });
      }
    },
    onceGood("image", "rootVolume"),
  )
  .superRefine(
    (settings, context) => {
      for (const { field, problem: message } of groupsProblem(settings)) {
        const params = { given: settings[field].length };
        context.addIssue({ code: "custom", path: [field], message, params });
      }
    },
    onceGood("egress", "securityGroupIds"),
  );

/** The instances of an environment, by name. */
export const instancesSettings = z
  .record(z.string(), instance, refusal("a map of instances by name", "write { web: {} }"))
  .superRefine((instances, context) => {
    // Of names alike but for their case, the first of the alphabet stays.
    const names = Object.keys(instances);
    const firsts = new Map(
      [...names]
        .sort()
        .reverse()
        .map((name) => [name.toLowerCase(), name]),
    );
    for (const name of names) {
      const message = instanceNameProblem(name, firsts.get(name.toLowerCase()) as string, instances);
      if (message !== undefined) {
        context.addIssue({ code: "custom", path: [name], message, params: { given: name } });
      }
    }
  }, onceGood())
  .superRefine((instances, context) => {
    // Of those that are wrong by themselves, zod has left whatever was given.
    const renamed = Object.entries(
      instances as Record<string, { renamedFrom?: unknown } | undefined>,
    ).flatMap(([name, settings]): [string, string][] =>
      typeof settings?.renamedFrom === "string" ? [[name, settings.renamedFrom]] : [],
    );
    for (const [index, [name, before]] of renamed.entries()) {
      const [twin] = renamed.slice(0, index).find(([, other]) => other === before) ?? [];
      const message = renamedProblem(name, before, { isThere: Object.hasOwn(instances, before), twin });
      if (message !== undefined) {
        context.addIssue({ code: "custom", path: [name, "renamedFrom"], message, params: { given: before } });
      }
    }
  }, onceGood());

/** One instance, as validated. */
export type InstanceSettings = z.output<typeof instance>;

/** The name is part of the instance's address in the state, where CDKTF leaves out what Terraform does not allow. */
function instanceNameProblem(name: string, twin: string, instances: object): string | undefined {
  if (name !== twin) {
    return problem(
      "names that differ in more than case, as AWS ignores it in places",
      `rename it: there is ${twin}`,
    );
  }
  if (name in Object.prototype) {
    return problem("a name that JavaScript has no other use for", "rename it");
  }
  if (INSTANCE_NAME.pattern.test(name)) {
    return undefined;
  }
  const kept = name.replace(/[^A-Za-z0-9-]/g, "");
  const fix =
    kept !== name && Object.hasOwn(instances, kept)
      ? `rename it: without the other characters it would be ${kept}, another instance of this environment`
      : `rename it${/^[A-Za-z]/.test(kept) ? `, for example to ${kept.slice(0, 63)}` : ""}`;
  return problem(INSTANCE_NAME.allowed, fix);
}

/** What is wrong with the name that an instance is said to have had; `twin` is another that had it, too. */
function renamedProblem(
  name: string,
  before: string,
  { isThere, twin }: { readonly isThere: boolean; readonly twin: string | undefined },
): string | undefined {
  if (before === name) {
    return problem("another name than the one it has", "remove it");
  }
  // Terraform moves nothing to where something is, and so neither changes two names for each other nor moves a row of them.
  if (isThere) {
    return problem(
      "a name that no instance has any more",
      `if ${name} was ${before} and is deployed as ${name}, remove renamedFrom; ` +
        `else deploy the rename first, without a new ${before}`,
    );
  }
  return twin === undefined
    ? undefined
    : problem(`a name that one instance had, and ${twin} is said to be it`, "remove one of the two");
}
