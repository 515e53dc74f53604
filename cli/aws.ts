import { Failure } from "./failure";

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
  readonly requestHandler: { readonly connectionTimeout: number; readonly requestTimeout: number };
}

/** What a client proves with who it is. */
export interface Credentials {
  /** Which says whose it is. */
  readonly accessKeyId: string;
  /** What only its owner knows. */
  readonly secretAccessKey: string;
  /** Only of a role. */
  readonly sessionToken?: string;
}

/**
 * How every client is made: one that answers no more is given up, and not waited for. Whose credentials it has is decided
 * as by the AWS CLI, which opens the sessions: the SDK alone would take a profile before a key, and know one variable less.
 */
export function clientConfig(region: string): ClientConfig {
  // The SDK's advice on versions of Node is for who maintains this, not for who runs it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = process.env;
  const profile = awsProfile();
  return {
    region,
    ...(accessKeyId && secretAccessKey
      ? { credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) } }
      : profile === undefined
        ? {}
        : { profile }),
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000 },
  };
}

/** How a client is made that is asked again and again: it outlasts a minute or so without network, or of throttling. */
export function patientConfig(region: string): ClientConfig {
  return process.env.AWS_MAX_ATTEMPTS ? clientConfig(region) : { ...clientConfig(region), maxAttempts: 14 };
}

/** The profile that the AWS CLI would take. */
function awsProfile(): string | undefined {
  return process.env.AWS_DEFAULT_PROFILE || process.env.AWS_PROFILE || undefined;
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

/** Why AWS did not do what was asked, and what a person can do: for errors of the SDK and of the AWS CLI alike. */
export function awsFailure(error: unknown, { action, region, allowedBy }: Attempt): Failure {
  if (error instanceof Failure) {
    return error;
  }
  const name = nameOf(error);
  const message = String((error as Error).message ?? error).split("\n")[0] ?? "";
  const profile = awsProfile();
  const login = `aws sso login${profile === undefined ? "" : ` --profile ${profile}`}`;
  const told = (what: string): Failure => new AwsFailure(what, name);
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
    return told(`your AWS credentials have expired: renew them, with ${login} where they come from there`);
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
  if (
    /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|TimeoutError|EHOSTUNREACH|ENETUNREACH)$/.test(
      codeOf(error) ?? name,
    ) ||
    /could not connect to the endpoint|timeout on endpoint/i.test(message)
  ) {
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

function nameOf(error: unknown): string {
  return String((error as { name?: unknown } | undefined)?.name ?? "");
}

function codeOf(error: unknown): string | undefined {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { code?: unknown } };
  const found = code ?? cause?.code;
  return typeof found === "string" ? found : undefined;
}
