import { Deployment, describeE2e } from "../support/deployment";
import { MINIMAL } from "../support/synth";

describeE2e("the wrong order", (moto) => {
  let deployment: Deployment;
  beforeAll(() => {
    deployment = new Deployment(moto);
  });
  afterAll(() => deployment.remove());

  test("is refused with words, when deploying and after destroying", async () => {
    const start = performance.now();
    const { networking, instances } = deployment.synthesize(MINIMAL);
    await instances.init();
    await expect(instances.plan()).rejects.toThrow(
      "dev-networking is not deployed yet: there is no state/dev-networking.tfstate. Deploy dev-networking first.",
    );
    expect(await instances.addresses()).toEqual([]);

    for (const stack of [networking, instances]) {
      await stack.init();
      await stack.plan();
      await stack.apply();
    }
    const there = await instances.addresses();
    // AWS refuses to delete a subnet that is in use; the emulator lets it go, and what is gone is said by the next plan.
    expect(await networking.terraform("destroy", "-input=false", "-auto-approve")).toMatchObject({
      status: 0,
    });
    await expect(instances.plan()).rejects.toThrow(
      /dev-networking does not publish \w+ yet: what is deployed is older than these settings, or destroyed\. Deploy dev-networking first\./,
    );
    expect(await instances.addresses()).toEqual(there);
    // In that order it can be destroyed all the same.
    await instances.destroy();
    expect(await instances.addresses()).toEqual([]);
    process.stderr.write(`wrong order: refused twice, ${Math.round((performance.now() - start) / 1000)} s\n`);
  }, 600_000);
});
