/** What an instance saw of its metadata service. */
export interface MetadataSeen {
  /** HTTP status of the request for a token; 000 where there was no answer. */
  readonly token: string;
  /** HTTP status of the request for `iam/info` with the token; undefined where there was no token. */
  readonly info: string | undefined;
  /** ARN of the instance profile that it named. */
  readonly profile: string | undefined;
  /** HTTP status of a request without a token. */
  readonly tokenless: string;
}

/**
 * A script for the instance, which tells what its metadata service answers, a line each. The token does not leave the
 * shell and the request.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
export function metadataScript(address = "http://169.254.169.254", seconds = 5): string {
  return `command -v curl >/dev/null || { echo "curl missing"; exit 0; }
address=${address}
newline='
'
ask() {
  curl --silent --noproxy '*' --max-time ${seconds} --write-out '\\n%{http_code}' "$@"
}
answer=$(ask --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$address/latest/api/token")
status=\${answer##*"$newline"}
echo "token $status"
if [ "$status" = 200 ]; then
  # On standard input, since everybody on the instance can see arguments.
  info=$(printf 'header = "X-aws-ec2-metadata-token: %s"\\n' "\${answer%"$newline"*}" |
    ask --config - "$address/latest/meta-data/iam/info")
  echo "info \${info##*"$newline"}"
  printf '%s\\n' "$info" | sed -n 's/.*"InstanceProfileArn" *: *"\\([^"]*\\)".*/profile \\1/p'
fi
echo "tokenless $(curl --silent --noproxy '*' --max-time ${seconds} --output /dev/null --write-out '%{http_code}' "$address/latest/meta-data/")"
`;
}

/** What the script said; undefined where that is not what it says. */
export function readMetadata(output: string): MetadataSeen | undefined {
  const said = (key: string): string | undefined =>
    new RegExp(`^${key} ([\\w:/+=,.@-]+)$`, "m").exec(output)?.[1];
  const [token, tokenless] = [said("token"), said("tokenless")];
  return token === undefined || tokenless === undefined
    ? undefined
    : { token, tokenless, info: said("info"), profile: said("profile") };
}
