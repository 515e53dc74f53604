import type { Emulator } from "../../cli/rehearsal/emulator";
import { type Inventory, added, differences, takeInventory } from "../../cli/rehearsal/inventory";
import type { RehearsedStack } from "../../cli/rehearsal/rehearsed-stack";
import dev from "../../environments/dev";
import { AwsProxy } from "./aws-proxy";
import { Deployment } from "./deployment";
import { type Repair, listOrphans, recover } from "./recovery";
import { makeStateBucket, synthesizeInS3 } from "./s3-state";
import { type Interruption, countChanges, interruptApply } from "./interrupt-apply";

/** How often the environment is deployed, and each of its three stacks interrupted: 21 times in all. */
const PASSES = [0, 1, 2, 3, 4, 5, 6];

/** Tests that interrupt every deploy of an environment, each at another point, and mend it as docs/recovery.md says. */
export function testInterruptedDeploys(moto: Emulator, signal: Interruption): void {
  const counts = new Map<string, number>();
  const mended: string[] = [];
  const start = performance.now();
  let proxy: AwsProxy;
  beforeAll(async () => {
    proxy = new AwsProxy(() => moto.url);
    await proxy.start();
  });
  afterAll(() => {
    proxy.stop();
    const kinds = [...new Set(mended)]
      .sort()
      .map((kind) => `${mended.filter((one) => one === kind).length} ${kind}`);
    process.stderr.write(
      `${signal}: ${mended.length} interruptions: ${kinds.join("; ")}; ${Math.round((performance.now() - start) / 1000)} s\n`,
    );
  });

  /** Deploys to an emulator without anything, its state in S3 or in files; takes the folder away. */
  const onNothing = async (
    s3: boolean,
    work: (stack: RehearsedStack, root: string, empty: Inventory) => Promise<void>,
  ): Promise<void> => {
    await fetch(`${moto.url}/moto-api/reset`, { method: "POST" });
    if (s3) {
      await makeStateBucket(moto.url);
    }
    const empty = await takeInventory(moto.url, dev.region);
    const deployment = new Deployment({ ...moto, url: proxy.url });
    const stacks = s3 ? synthesizeInS3(deployment, dev, moto.url) : deployment.synthesize(dev);
    for (const stack of Object.values(stacks)) {
      await stack.init();
      await work(stack, deployment.root, empty);
    }
    deployment.remove();
  };

  test("left alone it deploys, and its calls are counted", async () => {
    await onNothing(false, async (stack) => {
      counts.set(stack.stack.name, await countChanges(stack, proxy));
    });
    expect([...counts.keys()]).toEqual(["dev-networking", "dev-sessions", "dev-instances"]);
    expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(PASSES.length);
  }, 300_000);

  test.each(PASSES.map((pass) => [pass + 1, pass % 2 === 0 ? "files" : "S3"] as const))(
    "deploy %i, with state in %s, ends as if nothing had been",
    async (number, state) => {
      const there: string[] = [];
      await onNothing(state === "S3", async (stack, root, empty) => {
        const { name } = stack.stack;
        const share = (number - 0.5) / PASSES.length;
        const at = Math.ceil(share * 2 * (counts.get(name) ?? 0));
        const interrupted = await interruptApply(stack, proxy, { signal, at });
        expect({ name, at, interrupted }).toEqual({ name, at, interrupted: expect.any(String) as string });
        const repairs = await recover(stack, { root, url: moto.url });
        mended.push(inOrder(repairs));
        // After Ctrl-C Terraform still lets go of its lock.
        expect(signal === "SIGINT" && repairs.has("unlock")).toBe(false);
        process.stderr.write(`${signal} ${state} ${name}: ${interrupted}: ${inOrder(repairs)}\n`);
        expect(await stack.planAgain()).toMatch(/^no changes/);
        there.push(...(await stack.asSynthesized()));
        expect(differences(added(await takeInventory(moto.url, dev.region), empty), there)).toEqual([]);
        expect(await listOrphans(stack, { root, url: moto.url })).toEqual([]);
      });
    },
    900_000,
  );
}

function inOrder(repairs: ReadonlySet<Repair>): string {
  const order: Repair[] = ["unlock", "delete orphans", "import", "untaint"];
  return order.filter((repair) => repairs.has(repair)).join(", ") || "mended itself";
}
