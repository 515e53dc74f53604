/**
 * What is known of images by their names, of which an image itself says nothing. Whoever adds a line names its source; a
 * pattern matches parameters, and the names that publishers give their AMIs, of which a lookup may write only the beginning.
 */
interface KnownImage {
  /** Names of parameters and AMIs; in a form that Terraform reads too, which knows no look-ahead, where `lacksAgent` stands. */
  readonly names: RegExp;
  /** What they are, as messages say it. */
  readonly what: string;
  /** What to do, as they come without SSM Agent; undefined where they have it. */
  readonly lacksAgent?: string;
  /** Whether no user can be made for sessions at the first boot. */
  readonly lacksUsers?: true;
  /** Whether they bring a further volume, beside that of the root. */
  readonly bringsVolumes?: true;
  /** The last day that their publisher mended anything in them, as `2026-06-30`. */
  readonly ends?: string;
  /** What to change to once that day has come. */
  readonly next?: string;
}

const BRING_ONE = "use an image of yours that has it";

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/ami-preinstalled-agent.html has those with the agent. */
const KNOWN_IMAGES: readonly KnownImage[] = [
  // The package lists of Amazon Linux 2023, https://docs.aws.amazon.com/linux/al2023/ug/image-comparison.html
  {
    names: /^\/aws\/service\/.*minimal|^al2023-ami-minimal|^amzn2-ami-minimal|^ubuntu-minimal\//,
    what: "minimal images",
    lacksAgent: "use the standard image",
  },
  {
    names: /^\/aws\/service\/debian\/|^debian-[0-9]+-(amd64|arm64|\*)/,
    what: "Debian's images",
    lacksAgent: BRING_ONE,
  },
  { names: /^\/aws\/service\/freebsd\/|^FreeBSD [0-9]/, what: "FreeBSD's images", lacksAgent: BRING_ONE },
  { names: /^RHEL-[0-9]+(\.[0-9]+)*(_HVM|\*|\.\*)/, what: "Red Hat's images", lacksAgent: BRING_ONE },
  {
    names: /^CentOS (Stream|Linux) [0-9*]|^CentOS-[0-9]+-ec2/,
    what: "images of CentOS",
    lacksAgent: BRING_ONE,
  },
  { names: /^Rocky-[0-9]+-(EC2|\*)/, what: "images of Rocky Linux", lacksAgent: BRING_ONE },
  { names: /^AlmaLinux OS [0-9*]/, what: "images of AlmaLinux", lacksAgent: BRING_ONE },
  { names: /^OL[0-9]+\.[0-9*]/, what: "images of Oracle Linux", lacksAgent: BRING_ONE },
  // Its agent is in a container: https://github.com/bottlerocket-os/bottlerocket/blob/develop/README.md#control-container
  {
    names: /^\/aws\/service\/bottlerocket\/|^bottlerocket-aws-/,
    what: "Bottlerocket",
    lacksUsers: true,
    bringsVolumes: true,
  },
  // https://aws.amazon.com/amazon-linux-ami/faqs
  { names: /amzn-ami-/, what: "Amazon Linux 1", ends: "2023-12-31", next: "al2023" },
  // https://aws.amazon.com/amazon-linux-2/faqs; ECS and EKS build on it too.
  { names: /amzn2-ami|amazon-linux-2(?!0)/, what: "Amazon Linux 2", ends: "2026-06-30", next: "al2023" },
  // https://ubuntu.com/about/release-cycle: standard support, without Ubuntu Pro.
  {
    names: /\/ubuntu\/server\/(16\.04|xenial)\/|ubuntu-xenial-16\.04-/,
    what: "Ubuntu 16.04",
    ends: "2021-04-30",
    next: "Ubuntu 24.04",
  },
  {
    names: /\/ubuntu\/server\/(18\.04|bionic)\/|ubuntu-bionic-18\.04-/,
    what: "Ubuntu 18.04",
    ends: "2023-05-31",
    next: "Ubuntu 24.04",
  },
  {
    names: /\/ubuntu\/server\/(20\.04|focal)\/|ubuntu-focal-20\.04-/,
    what: "Ubuntu 20.04",
    ends: "2025-05-31",
    next: "Ubuntu 24.04",
  },
  // https://www.suse.com/lifecycle
  {
    names: /\/suse\/sles\/12|^suse-sles-12-/,
    what: "SUSE Linux Enterprise Server 12",
    ends: "2024-10-31",
    next: "SLES 15",
  },
  // https://learn.microsoft.com/en-us/lifecycle/products
  {
    names: /windows_server-2012/i,
    what: "Windows Server 2012",
    ends: "2023-10-10",
    next: "Windows Server 2025",
  },
  {
    names: /windows_server-2016/i,
    what: "Windows Server 2016",
    ends: "2027-01-12",
    next: "Windows Server 2025",
  },
];

/** What kind of image without SSM Agent a parameter's or an AMI's name tells of, and what to use instead. */
export function withoutAgent(name: string): { readonly what: string; readonly instead: string } | undefined {
  const known = KNOWN_IMAGES.find(({ names, lacksAgent }) => lacksAgent !== undefined && names.test(name));
  return known && { what: known.what, instead: known.lacksAgent as string };
}

/** A pattern, as Terraform writes one, of the names of AMIs without SSM Agent. */
export const NAMES_WITHOUT_AGENT = KNOWN_IMAGES.filter(({ lacksAgent }) => lacksAgent !== undefined)
  .map(({ names }) => names.source.replaceAll("\\/", "/"))
  .join("|");

/** What kind of image whose sessions nobody can be made for a name tells of. */
export function withoutUsers(name: string): string | undefined {
  return KNOWN_IMAGES.find(({ names, lacksUsers }) => lacksUsers && names.test(name))?.what;
}

/** What kind of image that brings further volumes a name tells of. */
export function withFurtherVolumes(name: string): string | undefined {
  return KNOWN_IMAGES.find(({ names, bringsVolumes }) => bringsVolumes && names.test(name))?.what;
}

/** The days ahead of an end in which it is told of. */
const NOTICE_DAYS = 180;

/** What to know of an image whose publisher mends nothing in it any more, or soon will not: a sentence without an end. */
export function endOfImage(name: string, now: Date): string | undefined {
  const known = KNOWN_IMAGES.find(({ names, ends }) => ends !== undefined && names.test(name));
  if (known?.ends === undefined) {
    return undefined;
  }
  const days = (Date.parse(known.ends) - now.getTime()) / 86_400_000;
  const said = days < -1 ? "has had no security updates since" : "gets no security updates after";
  return days > NOTICE_DAYS ? undefined : `${known.what} ${said} ${known.ends}: change to ${known.next}`;
}
