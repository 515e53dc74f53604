/** What a client proves with who it is. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Only of a role. */
  readonly sessionToken?: string;
}

const KEY_VARIABLES = "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN";

/** The key in the environment, which the AWS CLI and Terraform take before any profile; undefined for none. */
export function environmentKey(): Credentials | undefined {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = process.env;
  return accessKeyId && secretAccessKey
    ? { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
    : undefined;
}

/** The profile that the AWS CLI takes where there is no key; undefined for its default. */
export function environmentProfile(): string | undefined {
  return process.env.AWS_DEFAULT_PROFILE || process.env.AWS_PROFILE || undefined;
}

/** How a person shows credentials of another account. */
export function chooseProfile(): string {
  const variable = process.env.AWS_DEFAULT_PROFILE ? "AWS_DEFAULT_PROFILE" : "AWS_PROFILE";
  const first = environmentKey() === undefined ? "" : `unset ${KEY_VARIABLES}, which come first, and `;
  return `${first}choose a profile of that account with ${variable}`;
}

/** How a person renews credentials that have expired. */
export function renewCredentials(login: string): string {
  return environmentKey() === undefined
    ? `renew them, with ${login} where they come from there`
    : `set new ones, or unset ${KEY_VARIABLES} to use a profile`;
}
