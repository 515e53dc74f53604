import { differences } from "../../cli/rehearsal/inventory";
import { Deployment, describeE2e } from "../support/deployment";
import { MINIMAL } from "../support/synth";

describeE2e("a small environment", (moto) => {
  test("is deployed, planned again and destroyed", async () => {
    const deployment = new Deployment(moto);
    await deployment.reset();
    const { networking, instances } = deployment.synthesize(MINIMAL);
    for (const stack of [networking, instances]) {
      await stack.init();
      await stack.plan();
      await stack.apply();
      expect(await stack.planAgain()).toMatch(/^no changes/);
    }
    const addresses = [...(await networking.asSynthesized()), ...(await instances.asSynthesized())];
    expect(differences(await deployment.existing(), addresses)).toEqual([]);
    await instances.destroy();
    await networking.destroy();
    expect(differences(await deployment.existing(), [])).toEqual([]);
    deployment.remove();
  }, 300_000);
});
