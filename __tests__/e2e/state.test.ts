import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { type ProcessResult, capture } from "../../cli/process/run";
import { type Inventory, added, differences, takeInventory } from "../../cli/rehearsal/inventory";
import { rehearsalEnv } from "../../cli/rehearsal/override";
import type { RehearsedStack } from "../../cli/rehearsal/rehearsed-stack";
import { terraformLock } from "../../cli/terraform/messages";
import { terraformProgram } from "../../cli/terraform/program";
import type { Environment } from "../../stacks/settings/environment";
import { AwsProxy } from "../support/aws-proxy";
import { Deployment, describeE2e } from "../support/deployment";
import { RECOVERY_PROGRAMS, listOrphans, recover } from "../support/recovery";
import { S3_STATE, makeStateBucket, s3Client, stateKey, synthesizeInS3 } from "../support/s3-state";
import { MINIMAL } from "../support/synth";

const PAGE = readFileSync(join(__dirname, "../../docs/recovery.md"), "utf8");

const WIDER: Environment = { ...MINIMAL, network: { availabilityZones: 3 } };
const TAGGED: Environment = { ...MINIMAL, tags: { Team: "platform" } };

describeE2e(
  "the state of a stack",
  (moto) => {
    let deployment: Deployment;
    let empty: Inventory;
    let start: number;
    beforeEach(async () => {
      start = performance.now();
      await fetch(`${moto.url}/moto-api/reset`, { method: "POST" });
      await makeStateBucket(moto.url);
      empty = await takeInventory(moto.url, MINIMAL.region);
      deployment = new Deployment(moto);
    });
    afterEach(() => deployment.remove());

    const tell = (what: string): void => {
      process.stderr.write(`${what}, ${Math.round((performance.now() - start) / 1000)} s\n`);
    };

    /** Deploys the network of an environment, with its state in S3 or in a file. */
    const deploy = async (environment: Environment, where: "S3" | "a file"): Promise<RehearsedStack> => {
      const { networking } =
        where === "S3"
          ? synthesizeInS3(deployment, environment, moto.url)
          : deployment.synthesize(environment);
      await networking.init();
      await networking.plan();
      await networking.apply();
      return networking;
    };

    /** What the state says is all that there is, and all that there should be. */
    const isRight = async (networking: RehearsedStack): Promise<void> => {
      expect(await networking.planAgain()).toBe("no changes");
      // The bucket of states is there from the beginning.
      const there = added(await takeInventory(moto.url, MINIMAL.region), empty);
      expect(differences(there, await networking.asSynthesized())).toEqual([]);
    };

    /** Applies in several copies of a stack's folder at once, as colleagues and pipelines do. */
    const applyAtOnce = (stack: RehearsedStack, count: number, ...args: string[]): Promise<ProcessResult[]> =>
      Promise.all(
        Array.from({ length: count }, (_, index) => {
          const cwd = join(dirname(stack.folder), `copy-${index}`);
          cpSync(stack.folder, cwd, { recursive: true, verbatimSymlinks: true });
          const all = ["apply", "-auto-approve", "-input=false", "-no-color", ...args];
          return capture(terraformProgram(), all, { cwd, env: rehearsalEnv(moto.url) });
        }),
      );
    const didSomething = ({ status, stdout }: ProcessResult): boolean =>
      status === 0 && !stdout.includes("0 added, 0 changed, 0 destroyed");

    test("is written by one of eight at a time, and the others say who does", async () => {
      const { networking } = synthesizeInS3(deployment, MINIMAL, moto.url);
      await networking.init();
      const results = await applyAtOnce(networking, 8);
      const locks = results.filter(({ status }) => status !== 0).map(({ stderr }) => terraformLock(stderr));
      expect(locks).toEqual(
        locks.map(
          () => expect.stringMatching(/^its state is locked by \S+@\S+ since .* UTC \(apply\)$/) as string,
        ),
      );
      expect(results.filter(didSomething)).toHaveLength(1);
      expect(locks.length).toBeGreaterThan(0);
      await isRight(networking);
      tell(`8 applies at once: 1 deployed, ${locks.length} refused, ${7 - locks.length} had nothing to do`);
    }, 900_000);

    test("is written by one after the other, where they wait", async () => {
      await deploy(MINIMAL, "S3");
      const { networking } = synthesizeInS3(deployment, TAGGED, moto.url);
      await networking.init();
      const results = await applyAtOnce(networking, 4, "-lock-timeout=600s");
      expect(results.map(({ status, stderr }) => ({ status, stderr }))).toEqual(
        results.map(() => ({ status: 0, stderr: "" })),
      );
      expect(results.filter(didSomething)).toHaveLength(1);
      await isRight(networking);
      tell("4 applies that wait for each other: 1 deployed, 3 had nothing to do");
    }, 900_000);

    test("refuses a plan that was made before another deploy", async () => {
      const networking = await deploy(MINIMAL, "S3");
      const { networking: tagged } = synthesizeInS3(deployment, TAGGED, moto.url);
      await tagged.init();
      await tagged.plan();
      const [other] = await applyAtOnce(tagged, 1);
      expect(other).toMatchObject({ status: 0 });
      await expect(tagged.apply()).rejects.toThrow("Saved plan is stale");
      await isRight(tagged);
      expect(networking.folder).toBe(tagged.folder);
      tell("a stale plan: refused");
    }, 600_000);

    /** Runs the commands of the page that begin so, with what they name filled in: what the last prints. */
    const asThePageSays = (begin: string, filled: Record<string, string> = {}): string => {
      const [, found = ""] = new RegExp(`^\\$ (${begin}(?:.*\\\\\n)*.*)$`, "m").exec(PAGE) ?? [];
      expect(found).not.toBe("");
      const command = Object.entries(filled).reduce(
        (text, [name, value]) => text.replace(name, value),
        found,
      );
      const { status, stdout, stderr } = spawnSync("bash", ["-c", command], {
        cwd: deployment.root,
        encoding: "utf8",
        env: { ...rehearsalEnv(moto.url), AWS_PAGER: "", AWS_REGION: S3_STATE.region },
      });
      expect({ command, status, stderr }).toEqual({ command, status: 0, stderr: "" });
      return stdout;
    };

    const isDamaged = async (networking: RehearsedStack): Promise<void> => {
      await expect(networking.plan()).rejects.toThrow(
        /state.*(unexpected EOF|unexpected end of JSON|Unsupported state file format|not valid JSON|is not valid)/i,
      );
    };

    test("in a file, is restored from its backup when it is cut in half", async () => {
      await deploy(MINIMAL, "a file");
      const networking = await deploy(WIDER, "a file");
      const file = join(deployment.root, "state/dev-networking.tfstate");
      const text = readFileSync(file, "utf8");
      writeFileSync(file, text.slice(0, text.length / 2));
      await isDamaged(networking);
      asThePageSays("cp state/");
      const place = { root: deployment.root, url: moto.url };
      expect((await listOrphans(networking, place)).map(({ what }) => what)).toEqual([
        expect.stringMatching(/^association of a route table with subnet-/),
        "subnet dev-zone-3",
      ]);
      expect(await recover(networking, place)).toEqual(new Set(["delete orphans"]));
      await isRight(networking);
      tell("half a state in a file: refused, restored, orphans deleted");
    }, 600_000);

    describe("in S3", () => {
      let s3: S3Client;
      const state = { Bucket: S3_STATE.bucket, Key: stateKey("dev-networking") };
      beforeAll(() => {
        s3 = s3Client(moto.url);
      });
      afterAll(() => s3.destroy());

      test("is restored from an earlier version when it is cut in half", async () => {
        await deploy(MINIMAL, "S3");
        const networking = await deploy(WIDER, "S3");
        const { Body } = await s3.send(new GetObjectCommand(state));
        const text = (await Body?.transformToString()) ?? "";
        await s3.send(new PutObjectCommand({ ...state, Body: text.slice(0, text.length / 2) }));
        await isDamaged(networking);
        const versions = asThePageSays("aws s3api list-object-versions").trim().split("\n").sort().reverse();
        expect(versions.length).toBeGreaterThanOrEqual(3);
        // The newest is half, the next is the last good one.
        const restore = (version: string | undefined): string =>
          asThePageSays("aws s3api copy-object", { "<VersionId>": version?.split("\t")[2] ?? "" });
        restore(versions[1]);
        await isRight(networking);
        tell("half a state in S3: refused, restored");
      }, 600_000);
    });

    test("that cannot be written is kept, to be pushed later", async () => {
      const proxy = new AwsProxy(() => moto.url);
      await proxy.start();
      const { networking } = synthesizeInS3(deployment, MINIMAL, proxy.url);
      await networking.init();
      // An S3 that takes a lock, but no state.
      proxy.before = ({ action }) =>
        /^PUT .*\.tfstate(\?|$)/.test(action)
          ? { status: 403, type: "text/xml", body: "<Error><Code>AccessDenied</Code></Error>" }
          : undefined;
      const { status, stderr } = await networking.terraform("apply", "-auto-approve", "-input=false");
      expect(status).toBe(1);
      expect(stderr).toContain("Error: Failed to save state");
      expect(existsSync(join(networking.folder, "errored.tfstate"))).toBe(true);
      proxy.before = () => undefined;
      expect(PAGE).toContain("state push errored.tfstate");
      expect(await networking.terraform("state", "push", "errored.tfstate")).toMatchObject({ status: 0 });
      await isRight(networking);
      proxy.stop();
      tell("a state that could not be written: kept and pushed");
    }, 600_000);
  },
  RECOVERY_PROGRAMS,
);
