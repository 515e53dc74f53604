import { Failure } from "../terminal/failure";
import { machineAdvice } from "../terminal/machine";
import { environmentProfile, renewCredentials } from "./credentials";

/** What was attempted, for the words of a failure. */
export interface Attempt {
  /** The permission it needs, such as `ssm:DescribeInstanceInformation`. */
  readonly action: string;
  readonly region: string;
  /**
   * What allows it.
   * @default - the administrator's own permissions
   */
  readonly allowedBy?: string;
}

/** What AWS did not do: it is then not known how things are. */
export class AwsFailure extends Failure {
  constructor(
    message: string,
    /** The name that the service gave it; empty where none did. */
    public readonly code: string,
    /** Whether the same may be answered later. */
    public readonly passes: boolean,
  ) {
    super(message);
  }
}

/** An error as the SDK or the AWS CLI has it, and what its words are made of. */
interface AwsError extends Attempt {
  readonly error: unknown;
  readonly name: string;
  readonly message: string;
  readonly profile: string | undefined;
  readonly login: string;
}

/** What is wrong, and what a person can do: the first of these that matches an error. */
const ADVICE: readonly {
  readonly matches: (error: AwsError) => boolean;
  readonly says: (error: AwsError) => string;
}[] = [
  {
    matches: ({ error }) => isDenied(error),
    says: ({ action, region, allowedBy, message }) => {
      // AWS's own words: no permission helps against them.
      const by = message.includes("explicit deny")
        ? "a policy denies it, such as a guardrail, and no other can allow it"
        : howToGetPermission(allowedBy);
      return `denied: ${action} in ${region}: ${by} (${message})`;
    },
  },
  {
    // Before what is said of credentials, which are asked for over the same network.
    matches: ({ error, message }) => machineAdvice(`${codeOf(error) ?? ""} ${message}`) !== undefined,
    says: ({ error, region, action, message }) => {
      const advice = machineAdvice(`${codeOf(error) ?? ""} ${message}`) ?? "";
      return message.includes(advice)
        ? `${region} was not asked for ${action}: ${advice}`
        : `${region} did not do ${action}: ${advice} (${message})`;
    },
  },
  {
    matches: ({ error }) => isUnanswered(error),
    says: ({ region, action, message }) => {
      const ends = Object.keys(process.env).filter(
        (name) => /^AWS_ENDPOINT_URL/.test(name) && process.env[name],
      );
      if (ends.length > 0) {
        const named = ends.map((name) => `${name}=${process.env[name]}`).join(", ");
        return `${region} did not answer to ${action}: calls go to ${named}: start what answers there, or unset it to ask AWS (${message})`;
      }
      const other = ["ALL_PROXY", "all_proxy"].find((name) => process.env[name]);
      const hint = other === undefined ? "" : `, in HTTPS_PROXY, as AWS's programs do not read ${other}`;
      return `${region} did not answer to ${action}: check the network, a proxy${hint}, and the name of the Region (${message})`;
    },
  },
  {
    // "sso" as a word of its own: it is within "associated" and the names of roles, too.
    matches: ({ message }) =>
      (/\bsso\b/i.test(message) && /expired|invalid|refresh|not found|does not exist/i.test(message)) ||
      /session token not found or invalid/i.test(message),
    says: ({ login }) => `your SSO session has expired: ${login}`,
  },
  {
    matches: ({ message }) => /\baws login\b|please reauthenticate/i.test(message),
    says: ({ login }) => `your AWS session has expired: ${login.replace("sso ", "")}`,
  },
  {
    matches: ({ message }) => /^(ForbiddenException: )?No access$/.test(message),
    says: ({ profile = "" }) =>
      `the AWS profile ${profile} names an account or a permission set that is not yours: choose another profile, or ask for it`,
  },
  {
    matches: ({ name, message }) =>
      /multi-factor|\bMFA\b/i.test(message) && name === "CredentialsProviderError",
    says: () =>
      'the AWS profile asks for a code, which only the AWS CLI can: eval "$(aws configure export-credentials --format env)"',
  },
  {
    matches: ({ name, message }) =>
      /^(ExpiredToken|ExpiredTokenException|RequestExpired)$/.test(name) || /token.*expired/i.test(message),
    says: ({ name, login }) => {
      // EC2 says the same of a call whose time is long past.
      const clock = name === "RequestExpired" ? ", or this machine's clock is wrong" : "";
      return `your AWS credentials have expired${clock}: ${renewCredentials(login)}`;
    },
  },
  {
    matches: ({ message }) =>
      /could not be found|Could not resolve credentials using profile/i.test(message) &&
      /profile/i.test(message),
    says: ({ profile = "" }) =>
      `the AWS profile ${profile} is not there: aws configure list-profiles tells which are`,
  },
  {
    matches: ({ name, message }) =>
      name === "CredentialsProviderError" ||
      /unable to locate credentials|could not load credentials/i.test(message),
    says: ({ profile, message }) =>
      profile === undefined
        ? "no AWS credentials: aws configure sso, then set AWS_PROFILE; or set the AWS_ variables of a key"
        : `the AWS profile ${profile} gives no credentials: aws configure list-profiles tells which there are (${message})`,
  },
  {
    matches: ({ name }) =>
      /^(InvalidClientTokenId|UnrecognizedClientException|AuthFailure|InvalidSignatureException|SignatureDoesNotMatch)$/.test(
        name,
      ),
    says: ({ name }) =>
      `AWS does not accept your credentials (${name}): aws sts get-caller-identity tells whose they are; ` +
      "it says the same where this machine's clock is wrong",
  },
  {
    matches: () => true,
    says: ({ action, region, name, message }) =>
      `${action} in ${region} failed: ${[name, message].filter((text) => text !== "").join(": ")}`,
  },
];

/** What a person does who lacks a permission, in words. */
export function howToGetPermission(allowedBy: string | undefined): string {
  return allowedBy === undefined ? "ask for that permission" : `attach ${allowedBy} to whom you are in AWS`;
}

/** Why AWS did not do what was asked, and what a person can do: for errors of the SDK and of the AWS CLI alike. */
export function awsFailure(error: unknown, attempted: Attempt): Failure {
  if (error instanceof Failure) {
    return error;
  }
  const profile = environmentProfile();
  const login = `aws sso login${profile === undefined ? "" : ` --profile ${profile}`}`;
  const seen = { ...attempted, error, name: nameOf(error), message: messageOf(error), profile, login };
  const said = ADVICE.find(({ matches }) => matches(seen))?.says(seen) ?? seen.message;
  return new AwsFailure(said, seen.name, isPassing(error));
}

/** Asks AWS, and tells a person what to do where it does not answer. */
export async function attempt<T>(what: Attempt, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw awsFailure(error, what);
  }
}

/** Whether AWS refused for want of permission. */
export function isDenied(error: unknown): boolean {
  return /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|UnauthorizedException)$/.test(
    nameOf(error),
  );
}

/** Whether what went wrong is the network's or the service's, and passes. */
export function isPassing(error: unknown): boolean {
  return (
    isUnanswered(error) ||
    /^(Throttl\w*|TooManyRequests\w*|RequestLimitExceeded|Internal\w*|ServiceUnavailable\w*|RequestTimeout\w*)$/.test(
      nameOf(error),
    )
  );
}

const UNANSWERED =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|TimeoutError|EHOSTUNREACH|ENETUNREACH)\b/;

/** Whether nobody answered, as the SDK or the AWS CLI says it; the SDK's credentials have it in their words alone. */
function isUnanswered(error: unknown): boolean {
  return (
    UNANSWERED.test(codeOf(error) ?? nameOf(error)) ||
    (nameOf(error) === "CredentialsProviderError" && UNANSWERED.test(messageOf(error))) ||
    /could not connect to the endpoint|connection was closed|timeout on endpoint/i.test(messageOf(error))
  );
}

function messageOf(error: unknown): string {
  return String((error as Error).message ?? error).split("\n")[0] ?? "";
}

function nameOf(error: unknown): string {
  return String((error as { name?: unknown } | undefined)?.name ?? "");
}

function codeOf(error: unknown): string | undefined {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { code?: unknown } };
  const found = code ?? cause?.code;
  return typeof found === "string" ? found : undefined;
}
