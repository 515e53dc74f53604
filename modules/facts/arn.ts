import { type Bound, type Form, form } from "./bound";
import { problem } from "./refusal";

/** The parts of an ARN: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
interface Arn {
  readonly partition: string;
  readonly region: string;
  /** Twelve digits; `aws` for what AWS itself looks after. */
  readonly account: string;
}

/** The beginning of Regions that are in another partition than `aws`; of others nobody knows the name beforehand. */
const PARTITIONS: readonly (readonly [regions: RegExp, partition: string | undefined])[] = [
  [/^us-gov-/, "aws-us-gov"],
  [/^cn-/, "aws-cn"],
  [/^eusc-/, "aws-eusc"],
  [/^[a-z]{2}-iso/, undefined],
];

/** The partition of a Region; undefined where its name does not tell. */
export function partitionOf(region: string): string | undefined {
  const found = PARTITIONS.find(([regions]) => regions.test(region));
  return found ? found[1] : "aws";
}

/** The pattern, without its ends, of the ARNs of one kind of thing in a service. */
export function arnPattern(service: string, resource: string, account = "\\d{12}"): string {
  return `arn:aws[a-z-]*:${service}:${service === "iam" ? "" : "[a-z0-9-]+"}:${account}:${resource}`;
}

/** The ARNs of one kind of thing. */
export function arnForm(pattern: string, allowed: string, fix: string): Form {
  return form(new RegExp(`^${pattern}$`), allowed, fix);
}

/** The parts of an ARN; undefined of any other text. */
export function parseArn(text: string): Arn | undefined {
  const [, partition, region, account] =
    /^arn:(aws[a-z-]*):[a-z0-9-]+:([a-z0-9-]*):(aws|\d{12}):/.exec(text) ?? [];
  return partition === undefined ? undefined : { partition, region: region ?? "", account: account ?? "" };
}

/** Where an ARN is named, and whose it must be. */
export interface ArnPlace {
  /** Region of what uses it; undefined where only Terraform will know it. */
  readonly region: string | undefined;
  /** Accounts that it must be of, as messages say it; undefined where it may be of any. */
  readonly accounts?: { readonly ids: readonly string[]; readonly whose: string } | undefined;
}

/** ARNs of one form that can fit where they are named. */
export function inPlace(form: Form, place: ArnPlace): Bound<string> {
  return { allowed: form.allowed, problem: (text) => form.problem(text) ?? arnPlaceProblem(text, place) };
}

/** What keeps an ARN from fitting where it is named, as far as itself tells. One that is malformed has its own refusal. */
export function arnPlaceProblem(text: string, { region, accounts }: ArnPlace): string | undefined {
  const arn = parseArn(text);
  if (arn === undefined) {
    return undefined;
  }
  const partition = region ? partitionOf(region) : undefined;
  if (partition !== undefined && arn.partition !== partition) {
    return problem(
      `an ARN that begins with arn:${partition}:, as ${region} is in that partition`,
      "name what is there: partitions share nothing",
    );
  }
  if (region !== undefined && arn.region !== "" && arn.region !== region) {
    return problem(`an ARN in ${region}`, "name one of that Region: it is used there, and in no other");
  }
  if (accounts !== undefined && arn.account !== "aws" && !accounts.ids.includes(arn.account)) {
    return problem(
      `an ARN in account ${accounts.ids.join(" or ")}, ${accounts.whose}`,
      "name what is in that account, or correct the other: IAM uses nothing of another account here",
    );
  }
  return undefined;
}
