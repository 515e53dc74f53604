import { ExistingEndpoints } from "../../modules";
import { synthModule } from "../support/synth";

test("a service that is named twice is refused", () => {
  const props = { name: "test", region: "eu-central-1", vpcId: "vpc-1", created: [] };
  expect(() =>
    synthModule((stack) => new ExistingEndpoints(stack, "endpoints", { ...props, existing: ["ssm", "ssm"] })),
  ).toThrow(
    new Error('[module/endpoints] existing: got ["ssm","ssm"]; allowed: each once; remove the second one'),
  );
});
