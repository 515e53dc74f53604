/** What helps where this process has more files open than it may. */
export const TOO_MANY_FILES = "too many files are open: raise the limit with ulimit -n 4096";

const TOO_MANY_ON_MACHINE = "too many files are open on this machine: end other programs";

/** What is wrong with this machine, by the words in which the SDK, the AWS CLI, Terraform and the plugin fail for it. */
const ADVICE: readonly (readonly [RegExp, () => string])[] = [
  [
    // Our own words, in whatever another has put around them.
    /the proxy \S+ in HTTPS?_PROXY .*/i,
    () => "",
  ],
  [
    /Failed to connect to proxy URL|proxyconnect|Proxy Authentication Required|Tunnel connection failed/i,
    () =>
      "the proxy in HTTPS_PROXY does not let it through: check its address, the name and password in it, and what NO_PROXY leaves out",
  ],
  [
    /RequestTimeTooSkewed|request time and the (current|server) time|signature (has )?expired|signature not yet current|CERT_NOT_YET_VALID|not yet valid/i,
    () => `this machine's clock is wrong: ${clock()}: set it, in WSL with sudo hwclock -s`,
  ],
  [
    /CERT_HAS_EXPIRED|certificate has expired/i,
    () => `a certificate has expired, or this machine's clock is wrong: ${clock()}`,
  ],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY)|self[- ]signed certificate|CERTIFICATE_VERIFY_FAILED|unable to (get (local )?issuer|verify the first) certificate|SSL validation failed|x509: certificate signed by unknown/i,
    () =>
      "the certificate is of nobody whom this machine trusts, as where a proxy puts its own in place of AWS's: set AWS_CA_BUNDLE to a " +
      "file with the proxy's CA in PEM, and add it to the system's, by which Terraform and the session-manager-plugin go",
  ],
  [/\bENFILE\b|too many open files in system/i, () => TOO_MANY_ON_MACHINE],
  [/\bEMFILE\b|too many open files/i, () => TOO_MANY_FILES],
];

function clock(): string {
  return `it says ${new Date().toISOString().slice(0, 16)} in UTC`;
}

/** What a person can do about this machine where that is what a program failed for; undefined where it is not. */
export function machineAdvice(said: string): string | undefined {
  for (const [pattern, advice] of ADVICE) {
    const [found] = pattern.exec(said) ?? [];
    if (found !== undefined) {
      return advice() || found;
    }
  }
  return undefined;
}

/** What a person can do about a folder or a file, by the code of the error. */
const FILES: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full: make room, and run the same again",
  EDQUOT: "your share of the disk is full: make room, and run the same again",
  EROFS: "the disk can only be read: work in a folder of another",
  EMFILE: TOO_MANY_FILES,
  ENFILE: TOO_MANY_ON_MACHINE,
  ENAMETOOLONG: "the name is too long: work in a folder with a shorter path",
};

/** What a system call that failed is told as; undefined where the error is none of the system's. */
export function systemAdvice({
  code = "",
  syscall,
  path,
  message,
}: NodeJS.ErrnoException): string | undefined {
  if (syscall === undefined || code === "") {
    return undefined;
  }
  const advice =
    FILES[code] ?? (path === undefined ? undefined : "see to it that this can be read and written");
  return advice === undefined ? message : `${message}: ${advice}`;
}
