import { readChanges } from "../../cli/terraform/plan-changes";
import { readLosses } from "../../cli/terraform/losses";
import type { Environment } from "../../stacks/settings/environment";
import { Deployment, attributeOf, describeE2e } from "../support/deployment";
import { MINIMAL } from "../support/synth";

const egress = [{ cidr: "10.8.0.0/16", ports: 443, description: "partners" }];

const of = (instances: Environment["instances"]): Environment => ({
  ...MINIMAL,
  sessions: { recordings: "delete" },
  instances,
});

describeE2e("an instance that is renamed", (moto) => {
  let deployment: Deployment;
  beforeAll(() => {
    deployment = new Deployment(moto);
  });
  afterAll(() => deployment.remove());

  const plan = async (settings: Environment) => {
    const { instances } = deployment.synthesize(settings);
    await instances.init();
    await instances.plan();
    const { stdout } = await instances.terraform("show", "-json", "rehearsal.tfplan");
    return { instances, stdout, changes: readChanges(stdout) };
  };

  test("keeps its disk and its group, and what is left of the rename does nothing", async () => {
    for (const stack of Object.values(deployment.synthesize(of({ web: { egress }, jobs: {} })))) {
      await stack.init();
      await stack.plan();
      await stack.apply();
    }
    const { instances: before } = deployment.synthesize(of({ web: { egress }, jobs: {} }));
    const id = await attributeOf(before, "aws_instance.web", "id");

    const careless = await plan(of({ frontend: { egress }, jobs: {} }));
    expect(readLosses(careless.stdout, new Set()).map(({ address, cause }) => [address, cause])).toEqual([
      [
        "aws_instance.web",
        'instances.web is not in the settings any more; if it is frontend now, write renamedFrom: "web" there, and it keeps its disk',
      ],
    ]);

    const renamed = of({ frontend: { egress, renamedFrom: "web" }, jobs: {} });
    const { instances, changes } = await plan(renamed);
    expect(changes.counts).toMatchObject({ add: 0, destroy: 0 });
    await instances.apply();
    expect(await instances.planAgain()).toMatch(/^no changes/);
    expect(await attributeOf(instances, "aws_instance.frontend", "id")).toBe(id);
    expect((await instances.addresses()).filter((address) => address.includes("web"))).toEqual([]);

    const after = await plan(of({ frontend: { egress }, jobs: {} }));
    expect(await after.instances.planAgain()).toMatch(/^no changes/);
  }, 600_000);
});
