import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { inRole } from "../../../cli/aws/assume-role";
import { clientConfig } from "../../../cli/aws/client";
import { attempt } from "../../../cli/aws/errors";
import { proxyAgents } from "../../../cli/aws/proxy";
import { InterceptingProxy } from "../../support/intercepting-proxy";

const ROLE = "arn:aws:iam::111122223333:role/ops";
const KEYS = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "secret", sessionToken: "token" };

function answer(host: string, _request: unknown, body: string): string {
  if (host.startsWith("portal.sso.")) {
    return JSON.stringify({ roleCredentials: { ...KEYS, expiration: Date.now() + 3_600_000 } });
  }
  if (body.includes("Action=AssumeRole")) {
    return `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>${KEYS.accessKeyId}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
  }
  return "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>me</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>";
}

const before = process.env;
const missing = InterceptingProxy.missing();
let proxy: InterceptingProxy;
let home: string;

const describeProxy = missing === undefined ? describe : describe.skip;
if (missing !== undefined) {
  process.stderr.write(`skipped: calls through a proxy: ${missing}\n`);
}

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "home-"));
  process.env = {
    PATH: before.PATH,
    HOME: home,
    AWS_CONFIG_FILE: join(home, "config"),
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ACCESS_KEY_ID: "testing",
    AWS_SECRET_ACCESS_KEY: "testing",
    AWS_MAX_ATTEMPTS: "1",
  };
  if (missing === undefined) {
    proxy = new InterceptingProxy(answer);
    await proxy.start();
    Object.assign(process.env, { HTTPS_PROXY: proxy.url, AWS_CA_BUNDLE: proxy.certificate });
  }
});

afterEach(() => {
  proxy?.stop();
  process.env = before;
  rmSync(home, { recursive: true });
});

async function whoami(endpoint?: string): Promise<string | undefined> {
  const config = clientConfig("eu-central-1");
  const sts = new STSClient({ ...config, ...(endpoint !== undefined && { endpoint }) });
  try {
    const what = { action: "sts:GetCallerIdentity", region: "eu-central-1" };
    return (await attempt(what, () => sts.send(new GetCallerIdentityCommand({})))).Arn;
  } finally {
    sts.destroy();
  }
}

const failure = (): Promise<string> =>
  whoami().then(
    (arn) => `answered ${arn}`,
    (error: Error) => error.message,
  );

const STS = "sts.eu-central-1.amazonaws.com:443";

describeProxy("calls through a proxy that puts a certificate of its own in place of AWS's", () => {
  test.each(["HTTPS_PROXY", "https_proxy"])("%s is obeyed, and AWS_CA_BUNDLE", async (variable) => {
    delete process.env.HTTPS_PROXY;
    process.env[variable] = proxy.url;
    expect(await whoami()).toBe("me");
    expect(proxy.connected).toEqual([STS]);
  });

  test("name and password are sent, and an address without http:// is one", async () => {
    process.env.HTTPS_PROXY = proxy.url.replace("http://", "me:p%40ss@");
    expect(await whoami()).toBe("me");
    expect(proxy.authorizations).toEqual([`Basic ${Buffer.from("me:p@ss").toString("base64")}`]);
  });

  test("a role is taken on through it, and what is asked in it", async () => {
    const config = await inRole(clientConfig("eu-central-1"), ROLE);
    expect(config.credentials).toEqual(KEYS);
    const sts = new STSClient(config);
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe("me");
    sts.destroy();
    // One connection is enough for both.
    expect(proxy.connected).toEqual([STS]);
  });

  test("the credentials of a profile that takes on a role come through it", async () => {
    delete process.env.AWS_ACCESS_KEY_ID;
    process.env.AWS_PROFILE = "ops";
    writeFileSync(
      join(home, "config"),
      `[profile ops]\nrole_arn = ${ROLE}\nsource_profile = base\nregion = eu-central-1\n` +
        "[profile base]\naws_access_key_id = testing\naws_secret_access_key = testing\n",
    );
    expect(await whoami()).toBe("me");
    expect(proxy.connected).toEqual([STS]);
  });

  test("the credentials of a profile of SSO come through it", async () => {
    delete process.env.AWS_ACCESS_KEY_ID;
    process.env.AWS_PROFILE = "sso";
    writeFileSync(
      join(home, "config"),
      "[profile sso]\nsso_session = ours\nsso_account_id = 111122223333\nsso_role_name = Ops\nregion = eu-central-1\n" +
        "[sso-session ours]\nsso_region = eu-central-1\nsso_start_url = https://ours.awsapps.com/start\n",
    );
    const cache = join(home, ".aws/sso/cache");
    mkdirSync(cache, { recursive: true });
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    writeFileSync(
      join(cache, `${createHash("sha1").update("ours").digest("hex")}.json`),
      JSON.stringify({ accessToken: "token", expiresAt }),
    );
    expect(await whoami()).toBe("me");
    expect(proxy.connected).toEqual(["portal.sso.eu-central-1.amazonaws.com:443", STS]);
  });

  test("a certificate that nobody vouches for is told with what to do", async () => {
    delete process.env.AWS_CA_BUNDLE;
    expect(await failure()).toMatch(
      /^eu-central-1 did not do sts:GetCallerIdentity: the certificate is of nobody whom this machine trusts, .* set AWS_CA_BUNDLE /,
    );
  });

  test.each([
    [
      "407 Proxy Authentication Required",
      /answered 407 Proxy Authentication Required to sts\..*: the name or the password in that variable is not the one/,
    ],
    [
      "407 Who\r\nProxy-Authenticate: NTLM",
      /answered 407 Who to sts\..*: it takes NTLM alone, and programs for AWS know Basic: have whoever keeps it/,
    ],
    [
      "403 Forbidden",
      /answered 403 Forbidden to sts\.eu-central-1\.amazonaws\.com:443: have whoever keeps it/,
    ],
    ["405 Method Not Allowed", /answered 405 Method Not Allowed to sts\./],
  ])("%s of the proxy is told, without its password", async (refusal, said) => {
    proxy.refusal = refusal;
    process.env.HTTPS_PROXY = proxy.url.replace("//", "//me:secret@");
    expect(await failure()).toMatch(
      /^eu-central-1 was not asked for sts:GetCallerIdentity: the proxy http:\/\/127\.0\.0\.1:\d+ in HTTPS_PROXY /,
    );
    expect(await failure()).toMatch(said);
    expect(await failure()).not.toContain("secret");
  });

  test.each(["", "\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: Basic realm=x"])(
    "a proxy that asks who calls is told so%s",
    async (headers) => {
      proxy.refusal = `407 Proxy Authentication Required${headers}`;
      expect(await failure()).toMatch(/answered 407 Proxy Authentication Required to sts\..*<password>@/);
    },
  );

  test("a refusal of the proxy to SSO is none of the session's", async () => {
    delete process.env.AWS_ACCESS_KEY_ID;
    process.env.AWS_PROFILE = "sso";
    writeFileSync(
      join(home, "config"),
      "[profile sso]\nsso_start_url = https://ours.awsapps.com/start\nsso_region = eu-central-1\n" +
        "sso_account_id = 111122223333\nsso_role_name = Ops\nregion = eu-central-1\n",
    );
    const cache = join(home, ".aws/sso/cache");
    mkdirSync(cache, { recursive: true });
    const name = createHash("sha1").update("https://ours.awsapps.com/start").digest("hex");
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    writeFileSync(join(cache, `${name}.json`), JSON.stringify({ accessToken: "token", expiresAt }));
    proxy.refusal = "404 Not Found";
    expect(await failure()).toMatch(/the proxy \S+ in HTTPS_PROXY answered 404 Not Found to portal\.sso\./);
  });
});

test("a proxy that is not there is told by its address", async () => {
  process.env.HTTPS_PROXY = "http://127.0.0.1:9";
  delete process.env.AWS_CA_BUNDLE;
  expect(await failure()).toMatch(
    /the proxy http:\/\/127\.0\.0\.1:9 in HTTPS_PROXY does not answer \(ECONNREFUSED\): check the address, or unset/,
  );
});

test.each([
  ["socks5://127.0.0.1:1080", '"socks5://127.0.0.1:1080"'],
  ["http://me:secret@", '"http://***@"'],
  ["http://me:secret@proxy:port", '"http://***@proxy:port"'],
  ["::", '"::"'],
])("HTTPS_PROXY=%s is refused, without its password", (given, shown) => {
  expect(() => proxyAgents({ https_proxy: given })).toThrow(
    `https_proxy: got ${shown}; allowed: the address of an HTTP proxy, such as http://proxy.example.com:3128; mend it, or unset it to go without`,
  );
});

test("a % in a password that is not written as addresses write it is refused, without the password", () => {
  expect(() => proxyAgents({ HTTPS_PROXY: "http://me:100%secret@proxy:3128" })).toThrow(
    /^HTTPS_PROXY: its name or password has a % that begins no character; write % as %25, or unset the variable to go without$/,
  );
});

test("a bundle that is not there, or has no certificate, is refused", () => {
  expect(() => proxyAgents({ AWS_CA_BUNDLE: "/nowhere/ca.pem" })).toThrow(
    /^AWS_CA_BUNDLE: got \/nowhere\/ca\.pem, which cannot be read \(ENOENT\); allowed: a file of certificates in PEM; /,
  );
  expect(() => proxyAgents({ AWS_CA_BUNDLE: "package.json" })).toThrow(/which has no certificate/);
});

test("without these variables the SDK has its own way", () => {
  expect(proxyAgents({ ALL_PROXY: "http://127.0.0.1:9", HTTPS_PROXY: "" })).toEqual({});
});

/** A server of this machine that says what it was asked for, as a proxy of calls without TLS or by itself. */
async function plainServer(): Promise<{ server: Server; port: number; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((_request, response) => {
    response.end(answer("", undefined, ""));
  });
  server.on("connect", (request, socket) => {
    asked.push(request.url ?? "");
    if (request.url?.endsWith(":80") === true) {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      server.emit("connection", socket);
    } else {
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { server, port: (server.address() as AddressInfo).port, asked };
}

test("an endpoint without TLS is reached through HTTP_PROXY", async () => {
  const { server, port, asked } = await plainServer();
  delete process.env.HTTPS_PROXY;
  delete process.env.AWS_CA_BUNDLE;
  process.env.HTTP_PROXY = `http://127.0.0.1:${port}`;
  expect(await whoami("http://sts.test")).toBe("me");
  expect(asked).toEqual(["sts.test:80"]);
  server.close();
});

test.each([
  ["this machine", undefined, "localhost", false],
  ["a host", "sm.test", "sm.test", false],
  ["what is below it", ".test", "sm.test", false],
  ["with a star", "*.test", "sm.test", false],
  ["everything", "*", "sm.test", false],
  ["a port", "sm.test:1, other.test", "sm.test", true],
  ["a host that ends alike", "m.test", "sm.test", true],
  ["a block", "10.0.0.0/8", "10.255.255.1", false],
  ["another block", "10.0.0.0/33,192.168.0.0/16", "10.255.255.1", true],
])("NO_PROXY leaves out %s", async (_what, none, host, isProxied) => {
  const { server, port, asked } = await plainServer();
  delete process.env.AWS_CA_BUNDLE;
  Object.assign(process.env, { HTTP_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: none ?? "" });
  // What is asked without the proxy has an address of no host, and is given up.
  const { httpAgent } = proxyAgents(process.env);
  const done = new Promise<string>((resolve) => {
    const socket = httpAgent?.createConnection({ host, port: 9, timeout: 1 }, (error) =>
      resolve(error?.message ?? ""),
    );
    socket?.on("error", () => resolve("direct")).once("connect", () => resolve("direct"));
    if (socket) {
      resolve("direct");
      socket.destroy();
    }
  });
  expect((await done) === "direct").toBe(!isProxied);
  expect(asked).toEqual(isProxied ? [`${host}:9`] : []);
  server.close();
});
