import { type Credentials, environmentKey, environmentProfile, renewCredentials } from "./credentials";
import { Failure } from "../terminal/failure";

/** What was attempted, for the words of a failure. */
export interface Attempt {
  /** The permission it needs, such as `ssm:DescribeInstanceInformation`. */
  readonly action: string;
  /** The Region that was asked. */
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

/** What clients are made with. */
export interface ClientConfig {
  /** The Region that is asked. */
  readonly region: string;
  /** The profile whose credentials are used, where no key is given. */
  readonly profile?: string;
  /** The key that is used. */
  readonly credentials?: Credentials;
  /** How often something is tried that may pass. */
  readonly maxAttempts?: number;
  /** Milliseconds until one attempt is given up. */
  readonly requestHandler: {
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    readonly throwOnRequestTimeout: boolean;
  };
}

/**
 * How every client is made: one that answers no more is given up, and not waited for. Whose credentials it has is decided
 * as by the AWS CLI, which opens the sessions: the SDK alone would take a profile before a key, and know one variable less.
 */
export function clientConfig(region: string): ClientConfig {
  // The SDK's advice on versions of Node is for who maintains this, not for who runs it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
  const [credentials, profile] = [environmentKey(), environmentProfile()];
  return {
    region,
    ...(credentials !== undefined ? { credentials } : profile === undefined ? {} : { profile }),
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  };
}

/** How a client is made that is asked again and again: it outlasts a minute or so without network, or of throttling. */
export function patientConfig(region: string): ClientConfig {
  return process.env.AWS_MAX_ATTEMPTS ? clientConfig(region) : { ...clientConfig(region), maxAttempts: 14 };
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

/** Whether nobody answered, as the SDK or the AWS CLI says it. */
function isUnanswered(error: unknown): boolean {
  return (
    /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|TimeoutError|EHOSTUNREACH|ENETUNREACH)$/.test(
      codeOf(error) ?? nameOf(error),
    ) || /could not connect to the endpoint|connection was closed|timeout on endpoint/i.test(messageOf(error))
  );
}

/** Why AWS did not do what was asked, and what a person can do: for errors of the SDK and of the AWS CLI alike. */
export function awsFailure(error: unknown, { action, region, allowedBy }: Attempt): Failure {
  if (error instanceof Failure) {
    return error;
  }
  const name = nameOf(error);
  const message = messageOf(error);
  const profile = environmentProfile();
  const login = `aws sso login${profile === undefined ? "" : ` --profile ${profile}`}`;
  const told = (what: string): Failure => new AwsFailure(what, name, isPassing(error));
  if (isDenied(error)) {
    const by =
      allowedBy === undefined ? "ask for that permission" : `attach ${allowedBy} to whom you are in AWS`;
    return told(`denied: ${action} in ${region}: ${by} (${message})`);
  }
  if (
    // As a word of its own: it is within "associated" and the names of roles, too.
    (/\bsso\b/i.test(message) && /expired|invalid|refresh|not found|does not exist/i.test(message)) ||
    /session token not found or invalid/i.test(message)
  ) {
    return told(`your SSO session has expired: ${login}`);
  }
  if (/\baws login\b|please reauthenticate/i.test(message)) {
    return told(`your AWS session has expired: ${login.replace("sso ", "")}`);
  }
  if (/^(ForbiddenException: )?No access$/.test(message)) {
    return told(
      `the AWS profile ${profile ?? ""} names an account or a permission set that is not yours: choose another profile, or ask for it`,
    );
  }
  if (/multi-factor|\bMFA\b/i.test(message) && name === "CredentialsProviderError") {
    return told(
      'the AWS profile asks for a code, which only the AWS CLI can: eval "$(aws configure export-credentials --format env)"',
    );
  }
  if (/^(ExpiredToken|ExpiredTokenException|RequestExpired)$/.test(name) || /token.*expired/i.test(message)) {
    return told(`your AWS credentials have expired: ${renewCredentials(login)}`);
  }
  if (
    /could not be found|Could not resolve credentials using profile/i.test(message) &&
    /profile/i.test(message)
  ) {
    return told(`the AWS profile ${profile ?? ""} is not there: aws configure list-profiles tells which are`);
  }
  if (
    name === "CredentialsProviderError" ||
    /unable to locate credentials|could not load credentials/i.test(message)
  ) {
    return told(
      profile === undefined
        ? "no AWS credentials: aws configure sso, then set AWS_PROFILE; or set the AWS_ variables of a key"
        : `the AWS profile ${profile} gives no credentials: aws configure list-profiles tells which there are (${message})`,
    );
  }
  if (
    /^(InvalidClientTokenId|UnrecognizedClientException|AuthFailure|InvalidSignatureException|SignatureDoesNotMatch)$/.test(
      name,
    )
  ) {
    return told(
      `AWS does not accept your credentials (${name}): aws sts get-caller-identity tells whose they are`,
    );
  }
  if (isUnanswered(error)) {
    return told(
      `${region} did not answer to ${action}: check the network, a proxy, and the name of the Region (${message})`,
    );
  }
  const reason = [name, message].filter((text) => text !== "").join(": ");
  return told(`${action} in ${region} failed: ${reason}`);
}

/** What all pages of a listing have. */
export async function pagesOf<Page, T>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly T[] | undefined,
): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages) {
    items.push(...(itemsOf(page) ?? []));
  }
  return items;
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
