/**
 * The first SSM Agent that does without the endpoint `ec2messages`, because it uses `ssmmessages` for everything:
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-setting-up-messageAPIs.html
 */
export const FIRST_WITHOUT_EC2MESSAGES = "3.3.40.0";

/** How the instances of an environment are used, which takes agents that can. */
export interface AgentUse {
  /** Whether the endpoint `ec2messages` is there. */
  readonly ec2Messages: boolean;
  /** Whether sessions are recorded: streamed, encrypted, as a user, with a shell profile. */
  readonly recorded: boolean;
  /** Whether tunnels lead on to other hosts. */
  readonly tunnels: boolean;
}

/**
 * The first agent that can do each, in the order of their age:
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-prerequisites.html
 */
const FIRST: readonly {
  readonly version: string;
  readonly what: string;
  readonly used: (use: AgentUse) => boolean;
}[] = [
  { version: "2.3.68.0", what: "that takes sessions", used: () => true },
  { version: "3.0.284.0", what: "that streams what it records", used: ({ recorded }) => recorded },
  { version: "3.1.1374.0", what: "that opens tunnels to other hosts", used: ({ tunnels }) => tunnels },
  {
    version: FIRST_WITHOUT_EC2MESSAGES,
    what: "that does without the endpoint ec2messages",
    used: ({ ec2Messages }) => !ec2Messages,
  },
];

/** Agents that take no sessions, each with where that was reported. */
const BROKEN: Readonly<Record<string, string>> = {
  // Reported on 2021-02-17, and mended in 3.0.755.0.
  "3.0.732.0": "aws/amazon-ssm-agent#355",
};

/** What is wrong with an agent for how it is used; undefined where nothing is, as far as is known. */
export function agentFault(version: string, use: AgentUse): string | undefined {
  const report = BROKEN[version];
  if (report !== undefined) {
    return `takes no sessions (${report})`;
  }
  const missing = FIRST.filter(({ version: first, used }) => used(use) && isOlder(version, first)).at(-1);
  return missing && `is older than ${missing.version}, the first ${missing.what}`;
}

/** Images whose agent may be older than that, or uses `ec2messages` whatever its age, as on Windows Server 2012. */
const NEEDS_EC2MESSAGES = /amzn2-ami|amazon-linux-2(?!0)|windows_server-2012/i;

/** Whether the agent of an image needs `ec2messages`, as far as the name of an AMI or a parameter tells. */
export function needsEc2Messages(imageName: string): boolean {
  return NEEDS_EC2MESSAGES.test(imageName);
}

/** Whether a version of the agent comes before another. One that is not made of numbers counts as older. */
export function isOlder(version: string, than: string): boolean {
  const parts = version.split(".").map(Number);
  for (const [index, wanted] of than.split(".").map(Number).entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) {
      return !(part > wanted);
    }
  }
  return false;
}
