import { z } from "zod";
import {
  type EgressRule,
  egressRuleProblems,
  repeatedRuleProblem,
  securityGroupIdProblem,
} from "../../modules/private/egress-rule";
import {
  type InstanceImage,
  architectureOf,
  imageProblem,
  imageSizeProblem,
  instanceTypeProblem,
} from "../../modules/private/instance-image";
import {
  hopLimitProblem,
  userDataProblem,
  volumeKeyProblem,
  volumeSizeProblem,
} from "../../modules/managed-instance";
import { problem } from "../../modules/facts/refusal";
import { tagSettings } from "./tags";
import { checkedNumber, checkedText, choice, flag, onceGood, refusal, section } from "./section";

const port = () => z.number(refusal("a port from 1 to 65535", "name the ports the service listens on"));

const egressRule = section({
  /** IPv4 block that may be reached: private, or public and no wider than /16. */
  cidr: z.string(refusal("an IPv4 block", "write it as a text")).optional(),
  /** Security group whose members may be reached. */
  securityGroupId: z.string(refusal("a security group id", "write it as a text")).optional(),
  /** Prefix list whose addresses may be reached. */
  prefixListId: z.string(refusal("a prefix list id", "write it as a text")).optional(),
  /** A port, or `{ from, to }`. */
  ports: z.union(
    [z.number(), section({ from: port(), to: port() })],
    refusal("a port, or { from, to }", "name the ports the service listens on"),
  ),
  /** Default: tcp. */
  protocol: choice(["tcp", "udp"]).optional(),
  /** Why the way is open, for those who audit the security group. */
  description: z.string(refusal("a text of 1 to 255 characters", "say what the way out is for")),
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

const instance = section({
  /** EC2 instance type; it decides the architecture. Default: t3.nano. */
  instanceType: checkedText("an EC2 instance type such as t3.nano", instanceTypeProblem).default("t3.nano"),
  /** What the instance boots from. Default: the newest Amazon Linux 2023. */
  image: image.default("al2023"),
  /** What a newer AMI of the same image does: nothing ("keep"), or replace the instance ("follow"). Default: keep. */
  imageUpdates: choice(["keep", "follow"]).default("keep"),
  /** How many network hops a metadata response may take, 1 to 64. Default: 1; containers need 2. */
  hopLimit: checkedNumber("a whole number from 1 to 64", hopLimitProblem).default(1),
  /** The root volume, always gp3 and encrypted. */
  rootVolume: section({
    /** Size in GiB, 8 to 65536. Default: 8. */
    sizeGiB: checkedNumber("a whole number of GiB from 8 to 65536", volumeSizeProblem).default(8),
    /** ARN of the KMS key that encrypts it. Default: the account's key for EBS. */
    kmsKeyId: checkedText("the ARN of a KMS key", volumeKeyProblem).optional(),
  }).prefault({}),
  /** Zone or zone slot (`zone-1`). Default: calculated from the name, and never changed for a running instance. */
  zone: z.string(refusal("a zone of this network", "write it as a text")).optional(),
  /** Script for the first boot, as it stands. A change replaces the instance. Default: none. */
  userData: checkedText("a text of up to 16384 bytes", userDataProblem).optional(),
  /** Ways out beyond the VPC endpoints. Default: none. */
  egress: egress.default([]),
  /** Further security groups. Default: none. */
  securityGroupIds: z
    .array(
      checkedText("a security group id", securityGroupIdProblem),
      refusal("a list of security group ids", 'write ["sg-..."]'),
    )
    .default([]),
  /** CloudWatch metrics every minute, for a monthly price. Default: false. */
  detailedMonitoring: flag().default(false),
  /** Refuses to terminate the instance until switched off. Default: false. */
  terminationProtection: flag().default(false),
  /** Tags of the instance and its volume. `Name` replaces the calculated one. Default: none. */
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
  if (/^[A-Za-z][A-Za-z0-9-]{0,62}$/.test(name)) {
    return undefined;
  }
  const kept = name.replace(/[^A-Za-z0-9-]/g, "");
  const fix =
    kept !== name && Object.hasOwn(instances, kept)
      ? `rename it: without the other characters it would be ${kept}, another instance of this environment`
      : `rename it${/^[A-Za-z]/.test(kept) ? `, for example to ${kept.slice(0, 63)}` : ""}`;
  return problem("a name of 1 to 63 letters, digits and hyphens that begins with a letter", fix);
}
