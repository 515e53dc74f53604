import { type Credentials, environmentKey, environmentProfile } from "./credentials";
import { type ProxyAgents, proxyAgents } from "./proxy";

interface RequestHandler extends ProxyAgents {
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  readonly throwOnRequestTimeout: boolean;
}

/** What clients are made with. */
export interface ClientConfig {
  readonly region: string;
  /** The profile whose credentials are used, where no key is given. */
  readonly profile?: string;
  readonly credentials?: Credentials | (() => Promise<Credentials>);
  /** How often something is tried that may pass. */
  readonly maxAttempts?: number;
  /** Milliseconds until one attempt is given up. */
  readonly requestHandler: RequestHandler;
}

/**
 * How every client is made: one that answers no more is given up, and not waited for. Whose credentials it has is decided
 * as by the AWS CLI, which opens the sessions: the SDK alone would take a profile before a key, and know one variable less.
 */
export function clientConfig(region: string): ClientConfig {
  // The SDK's advice on versions of Node is for who maintains this, not for who runs it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
  const [credentials, profile] = [environmentKey(), environmentProfile()];
  const agents = proxyAgents();
  const requestHandler = {
    connectionTimeout: 5_000,
    requestTimeout: 30_000,
    throwOnRequestTimeout: true,
    ...agents,
  };
  const chosen = profile === undefined ? {} : { profile };
  if (credentials !== undefined) {
    return { region, credentials, requestHandler };
  }
  return Object.keys(agents).length === 0
    ? { region, ...chosen, requestHandler }
    : { region, ...chosen, credentials: credentialsThrough(requestHandler, profile), requestHandler };
}

/**
 * The SDK's own credentials, asked for through the proxy as well: its clients of SSO would go without, whatever the client
 * has that asks. https://github.com/aws/aws-sdk-js-v3/issues/6687
 */
function credentialsThrough(requestHandler: RequestHandler, profile: string | undefined) {
  return async (asked?: object): Promise<Credentials> => {
    const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
    return defaultProvider({ profile, clientConfig: { requestHandler } })(asked);
  };
}

/** How a client is made that is asked again and again: it outlasts a minute or so without network, or of throttling. */
export function patientConfig(region: string): ClientConfig {
  return process.env.AWS_MAX_ATTEMPTS ? clientConfig(region) : { ...clientConfig(region), maxAttempts: 14 };
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
