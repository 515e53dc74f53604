import { machineAdvice, systemAdvice } from "../../../cli/terminal/machine";

// As the SDK, the AWS CLI, Terraform and the plugin say it.
test.each([
  [
    "RequestTimeTooSkewed: The difference between the request time and the current time is too large.",
    /clock/,
  ],
  [
    "An error occurred (InvalidSignatureException) when calling the StartSession operation: Signature expired: 20261127T100000Z is now earlier than 20261127T110000Z (20261127T110500Z - 5 min.)",
    /clock is wrong: it says \d{4}-\d\d-\d\dT\d\d:\d\d in UTC: set it, in WSL with sudo hwclock -s/,
  ],
  ["Signature not yet current: 20261127T120000Z is still later than 20261127T110500Z", /clock/],
  ["CERT_NOT_YET_VALID certificate is not yet valid", /clock/],
  ["CERT_HAS_EXPIRED certificate has expired", /a certificate has expired, or this machine's clock/],
  ["SELF_SIGNED_CERT_IN_CHAIN self-signed certificate in certificate chain", /set AWS_CA_BUNDLE/],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY unable to get local issuer certificate", /set AWS_CA_BUNDLE/],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE unable to verify the first certificate", /set AWS_CA_BUNDLE/],
  [
    "SSL validation failed for https://ssm.eu-central-1.amazonaws.com/ [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate in certificate chain (_ssl.c:1006)",
    /set AWS_CA_BUNDLE/,
  ],
  [
    'could not query provider registry: Get "https://registry.terraform.io/": x509: certificate signed by unknown authority',
    /system's, by which Terraform/,
  ],
  [
    'could not connect to registry.terraform.io: Get "https://registry.terraform.io/": proxyconnect tcp: dial tcp 127.0.0.1:9: connect: connection refused',
    /^the proxy in HTTPS_PROXY does not let it through/,
  ],
  ['Failed to connect to proxy URL: "http://127.0.0.1:9"', /^the proxy in HTTPS_PROXY/],
  ["EMFILE: too many open files", /ulimit -n 4096/],
  ["open /a: too many open files in system", /on this machine: end other programs$/],
  [
    "CredentialsProviderError: Error: the proxy http://a in HTTPS_PROXY answered 407 x",
    /^the proxy http:\/\/a in/,
  ],
])("%s", (said, advice) => {
  expect(machineAdvice(said)).toMatch(advice);
});

test.each([
  "The security token included in the request is expired",
  "Token is expired. To refresh this SSO session run 'aws sso login' with the corresponding profile.",
  "getaddrinfo ENOTFOUND ssm.eu-central-1.amazonaws.com",
  "User: a is not authorized to perform: ssm:StartSession",
  "The request signature we calculated does not match the signature you provided.",
])("%s is no fault of the machine", (said) => {
  expect(machineAdvice(said)).toBeUndefined();
});

test.each<[object, string | undefined]>([
  [
    { code: "ENOSPC", syscall: "write", message: "ENOSPC: no space left on device, write" },
    "ENOSPC: no space left on device, write: the disk is full: make room, and run the same again",
  ],
  [
    { code: "EROFS", syscall: "mkdir", path: "a", message: "EROFS: read-only file system, mkdir 'a'" },
    "EROFS: read-only file system, mkdir 'a': the disk can only be read: work in a folder of another",
  ],
  [
    { code: "EACCES", syscall: "open", path: "a", message: "EACCES: permission denied, open 'a'" },
    "EACCES: permission denied, open 'a': see to it that this can be read and written",
  ],
  [
    {
      code: "EADDRNOTAVAIL",
      syscall: "listen",
      message: "listen EADDRNOTAVAIL: address not available 127.0.0.1",
    },
    "listen EADDRNOTAVAIL: address not available 127.0.0.1",
  ],
  [{ message: "a is not a function" }, undefined],
])("%j is told as what the system says, with what to do", (error, said) => {
  expect(systemAdvice(error as NodeJS.ErrnoException)).toBe(said);
});
