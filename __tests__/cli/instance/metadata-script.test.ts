import type { RequestListener } from "node:http";
import { freePort } from "../../support/moto";
import { capture } from "../../../cli/process/run";
import { metadataScript, readMetadata } from "../../../cli/instance/metadata-script";
import { MetadataServices, describeImds } from "../../support/imds";

const services = new MetadataServices();
afterEach(() => services.end());

const ARN = "arn:aws:iam::111111111111:instance-profile/AWSCookbook106InstanceProfile";

/** What `iam/info` looks like on an instance: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html */
const INFO = `{
  "Code" : "Success",
  "LastUpdated" : "2021-09-23T16:03:25Z",
  "InstanceProfileArn" : "${ARN}",
  "InstanceProfileId" : "AIPAZVTINAMEXAMPLE"
}`;

/** Runs the script as the agent would, and reads what it says. */
async function ask(address: string): Promise<{ stdout: string; seen: ReturnType<typeof readMetadata> }> {
  const { stdout, stderr, status } = await capture("sh", ["-c", metadataScript(address, 1)]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return { stdout, seen: readMetadata(stdout) };
}

/** A service that gives tokens, and answers those who have one. */
function withTokens(info: readonly [number, string]): RequestListener {
  return ({ method, url, headers }, response) => {
    const answer = (status: number, body: string): void => void response.writeHead(status).end(body);
    if (url === "/latest/api/token") {
      const asked = method === "PUT" && headers["x-aws-ec2-metadata-token-ttl-seconds"] === "60";
      answer(asked ? 200 : 400, "SECRET-TOKEN==");
    } else if (headers["x-aws-ec2-metadata-token"] !== "SECRET-TOKEN==") {
      answer(401, "Unauthorized");
    } else {
      answer(url === "/latest/meta-data/iam/info" ? info[0] : 404, info[1]);
    }
  };
}

describeImds("an emulated metadata service", () => {
  test("that demands tokens gives one, and its profile", async () => {
    expect((await ask(await services.emulator("required"))).seen).toEqual({
      token: "200",
      info: "200",
      profile: "arn:aws:iam::000000000000:instance-profile/ministack-instance-role",
      tokenless: "401",
    });
  });

  test("that does not demand tokens is found out", async () => {
    expect((await ask(await services.emulator("optional"))).seen?.tokenless).toBe("200");
  });
});

test("the profile is read from what an instance says, and the token is not told", async () => {
  const { stdout } = await ask(await services.answering(withTokens([200, INFO])));
  expect(stdout).toBe(`token 200\ninfo 200\nprofile ${ARN}\ntokenless 401\n`);
});

test("an instance without a profile", async () => {
  expect((await ask(await services.answering(withTokens([404, "<html>Not Found</html>"])))).seen).toEqual({
    token: "200",
    info: "404",
    profile: undefined,
    tokenless: "401",
  });
});

test("a service that is switched off", async () => {
  const address = await services.answering((_, response) => response.writeHead(403).end("Forbidden"));
  expect((await ask(address)).seen).toEqual({
    token: "403",
    info: undefined,
    profile: undefined,
    tokenless: "403",
  });
});

test.each([
  ["silent", () => services.answering(() => {})],
  ["not there", async () => `http://127.0.0.1:${await freePort()}`],
])("a service that is %s", async (_, address) => {
  expect((await ask(await address())).seen).toEqual({
    token: "000",
    info: undefined,
    profile: undefined,
    tokenless: "000",
  });
});

test("an answer that imitates the lines of the script is no line of it", async () => {
  const hostile = '{"InstanceProfileArn" : "x"}\ntokenless 401\ntoken 200';
  const { stdout } = await ask(
    await services.answering((request, response) =>
      response.writeHead(200).end(request.method === "PUT" ? "T" : hostile),
    ),
  );
  expect(stdout).toBe("token 200\ninfo 200\nprofile x\ntokenless 200\n");
});

test("an instance without curl says so", async () => {
  const { stdout } = await capture("/bin/sh", ["-c", metadataScript()], { env: { PATH: "" } });
  expect(stdout).toBe("curl missing\n");
  expect(readMetadata(stdout)).toBeUndefined();
});

test("the script asks the address of every instance", () => {
  expect(metadataScript()).toContain("\naddress=http://169.254.169.254\n");
});
