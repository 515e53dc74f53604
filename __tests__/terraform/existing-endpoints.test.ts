import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { existingNetwork } from "../support/existing-network";
import { type Json, MINIMAL, synthEnvironment } from "../support/synth";
import { describeTerraform, terraform } from "../support/terraform";

const PREFIX = "com.amazonaws.eu-central-1.";

/** Endpoints as AWS lists them: service, and what differs from a good one. */
type Endpoints = Record<string, { service: string; dns?: boolean; state?: string; name?: string }>;

/** The conditions of an existing network, with locals in place of what is read from AWS. */
describeTerraform("Terraform finds endpoints by their interfaces", () => {
  const { json } = synthEnvironment({
    ...MINIMAL,
    network: existingNetwork({
      ec2Messages: true,
      services: { ssm: "existing", ssmmessages: "existing", ec2messages: "create" },
    }),
  }).networking;
  const lifecycle = (type: string, name: string): Json => json.data[type][name].lifecycle;

  function evaluate(endpoints: Endpoints, description = (id: string) => `VPC Endpoint Interface ${id}`) {
    const read = {
      interfaces: Object.fromEntries(
        Object.keys(endpoints).map((id) => [`eni-${id}`, { description: description(id) }]),
      ),
      listed: Object.fromEntries(
        Object.entries(endpoints).map(([id, { service, dns = true, state = "available", name }]) => [
          id,
          {
            id,
            state,
            service_name: `${PREFIX}${service}`,
            private_dns_enabled: dns,
            tags: name ? { Name: name } : {},
          },
        ]),
      ),
    };
    const local = (expression: string): string =>
      expression
        .replaceAll("data.aws_network_interface.existing_endpoints_interface", "local.interfaces")
        .replaceAll("data.aws_vpc_endpoint.existing_endpoints_listed", "local.listed");
    const [there] = lifecycle("aws_vpc_endpoint_service", "existing_endpoints_service-ssm").precondition;
    const [alone] = lifecycle("aws_vpc_endpoint", "existing_endpoints_listed").postcondition;
    const each = alone.condition.slice(2, -1).replaceAll("self.", "one.");
    const output = {
      there: { value: local(there.condition) },
      alone: { value: `\${alltrue([for one in local.listed : ${each}])}` },
      wanted: { value: local(json.data.aws_vpc_endpoint.existing_endpoints.for_each) },
    };
    const locals = { ...read, existing_endpoints_wanted: local(json.locals.existing_endpoints_wanted) };
    const folder = mkdtempSync(join(tmpdir(), "endpoints-"));
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ locals, output }));
    expect(terraform(folder, "apply", "-auto-approve")).toMatchObject({ status: 0 });
    const state = JSON.parse(readFileSync(join(folder, "terraform.tfstate"), "utf8"));
    const values = state.outputs as Record<string, { value: Json }>;
    rmSync(folder, { recursive: true });
    return {
      there: values.there?.value,
      alone: values.alone?.value,
      ids: Object.fromEntries(
        Object.entries(values.wanted?.value as Json).map(([service, { id }]) => [service, id]),
      ),
    };
  }

  const GOOD: Endpoints = { "vpce-1": { service: "ssm" }, "vpce-2": { service: "ssmmessages" } };

  test("what is there is found", () => {
    expect(evaluate(GOOD)).toEqual({
      there: true,
      alone: true,
      ids: { ssm: "vpce-1", ssmmessages: "vpce-2" },
    });
  });

  test.each<[string, Endpoints]>([
    ["in an empty VPC", {}],
    ["beside others", { "vpce-2": { service: "ssmmessages" } }],
    ["being deleted", { ...GOOD, "vpce-1": { service: "ssm", state: "deleting" } }],
  ])("what is not there is missed, and not looked for: %s", (_, endpoints) => {
    const { there, ids } = evaluate(endpoints);
    expect(there).toBe(false);
    expect(ids).not.toHaveProperty("ssm");
  });

  test("of two endpoints for one service, the one with private DNS is meant", () => {
    const twins: Endpoints = { ...GOOD, "vpce-0": { service: "ssm", dns: false } };
    expect(evaluate(twins).ids.ssm).toBe("vpce-1");
    expect(evaluate({ "vpce-0": { service: "ssm", dns: false } }).ids.ssm).toBe("vpce-0");
  });

  test("where interfaces cannot be read, nothing is said to be missing", () => {
    expect(evaluate(GOOD, () => "something else").there).toBe(true);
    expect(evaluate({ "vpce-2": { service: "kms" } }, () => "something else")).toMatchObject({
      there: true,
      ids: { ssmmessages: null },
    });
  });

  test.each<[string, boolean, Endpoints[string]]>([
    ["another's", false, { service: "ec2messages", name: "hub-ec2messages" }],
    ["another's without a name", false, { service: "ec2messages" }],
    ["one's own", true, { service: "ec2messages", name: "test-ec2messages" }],
    ["one without private DNS", true, { service: "ec2messages", dns: false }],
    ["one that is being deleted", true, { service: "ec2messages", state: "deleting" }],
  ])("a new endpoint beside %s: %s", (_, alone, endpoint) => {
    expect(evaluate({ ...GOOD, "vpce-3": endpoint }).alone).toBe(alone);
  });
});
