import { added, differences, takeInventory } from "../../cli/rehearsal/inventory";
import dev from "../../environments/dev";
import { AwsProxy } from "../support/aws-proxy";
import { Deployment, describeE2e } from "../support/deployment";
import { type Fault, failSome } from "../support/faults";
import { RECOVERY_PROGRAMS, listOrphans, recover } from "../support/recovery";

describeE2e(
  "an AWS that fails",
  (moto) => {
    const PASSING: readonly Fault[] = ["throttled", "throttled", "broken", "cut"];
    let proxy: AwsProxy;
    beforeAll(async () => {
      proxy = new AwsProxy(() => moto.url);
      await proxy.start();
    });
    afterAll(() => proxy.stop());

    test.each([
      ["throttles or breaks off a tenth of the calls", 0.1, PASSING],
      ["throttles or breaks off three tenths of the calls", 0.3, PASSING],
      ["denies a tenth of the calls", 0.1, ["denied"]],
    ] as [what: string, share: number, faults: readonly Fault[]][])(
      "and %s delays a deploy, or fails it so that the next one mends",
      async (what, share, faults) => {
        const start = performance.now();
        await fetch(`${moto.url}/moto-api/reset`, { method: "POST" });
        const empty = await takeInventory(moto.url, dev.region);
        const deployment = new Deployment({ ...moto, url: proxy.url });
        const place = { root: deployment.root, url: moto.url };
        const there: string[] = [];
        const told: string[] = [];
        for (const stack of Object.values(deployment.synthesize(dev))) {
          await stack.init();
          const count = failSome(proxy, share, faults);
          const { status, stderr } = await stack.terraform("apply", "-auto-approve", "-input=false");
          proxy.before = () => undefined;
          const { failed, calls } = count();
          expect(failed).toBeGreaterThan(0);
          expect({ status, said: status === 0 ? "Error: " : stderr }).toEqual({
            status: expect.any(Number) as number,
            said: expect.stringContaining("Error: ") as string,
          });
          // Even where nothing was refused, the next deploy finds nothing amiss.
          const repairs = [...(await recover(stack, place))].sort().join(", ") || "mended itself";
          told.push(
            `${stack.stack.layer} ${failed}/${calls}: ${status === 0 ? "deployed" : `failed, ${repairs}`}`,
          );
          expect(await stack.planAgain()).toMatch(/^no changes/);
          there.push(...(await stack.asSynthesized()));
          expect(differences(added(await takeInventory(moto.url, dev.region), empty), there)).toEqual([]);
          expect(await listOrphans(stack, place)).toEqual([]);
        }
        deployment.remove();
        const seconds = Math.round((performance.now() - start) / 1000);
        process.stderr.write(`an AWS that ${what}: ${told.join("; ")}; ${seconds} s\n`);
      },
      1_200_000,
    );
  },
  RECOVERY_PROGRAMS,
);
