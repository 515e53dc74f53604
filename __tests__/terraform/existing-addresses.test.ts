import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { existingNetwork } from "../support/existing-network";
import { type Json, MINIMAL, synthEnvironment } from "../support/synth";
import { describeTerraform, terraform } from "../support/terraform";

const ZONE = "eu-central-1a";

/** What AWS answers: free addresses of the zone, own instances in it and in all, and whether endpoints are there. */
interface Answer {
  readonly free: number;
  readonly here?: number;
  readonly all?: number;
  readonly endpoints?: boolean;
}

describeTerraform("Terraform counts the addresses of a subnet that exists", () => {
  const instances = Object.fromEntries([0, 1, 2, 3].map((n) => [`web${n}`, { zone: ZONE }]));
  // Four in this zone, one in the other, and two endpoints in each.
  const { json } = synthEnvironment({
    ...MINIMAL,
    instances: { ...instances, db: { zone: "eu-central-1b" } },
    network: existingNetwork(),
  }).networking;
  const { condition } = (json.data.aws_subnet[`network_${ZONE}`] as Json).lifecycle.postcondition.at(-1);

  /** Asks Terraform itself, with locals in place of what is read from AWS. */
  function verdicts(answers: readonly Answer[]): boolean[] {
    const output = Object.fromEntries(
      answers.map((_, index) => {
        const read = `local.answers[${index}]`;
        const value = (condition as string)
          .replaceAll("self.available_ip_address_count", `${read}.free`)
          .replaceAll(`data.aws_instances.network_instances-there-${ZONE}.ids`, `${read}.here`)
          .replaceAll("data.aws_instances.network_instances-there.ids", `${read}.all`)
          .replaceAll("data.aws_security_groups.network_endpoints-there.ids", `${read}.groups`);
        return [`answer${index}`, { value }];
      }),
    );
    const ids = (count: number): string[] => Array.from({ length: count }, (_, n) => `i-${n}`);
    const locals = {
      answers: answers.map(({ free, here = 0, all = here, endpoints = false }) => ({
        free,
        here: ids(here),
        all: ids(all),
        groups: ids(endpoints ? 1 : 0),
      })),
    };
    const folder = mkdtempSync(join(tmpdir(), "addresses-"));
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ locals, output }));
    expect(terraform(folder, "apply", "-auto-approve")).toMatchObject({ status: 0 });
    const { outputs } = JSON.parse(readFileSync(join(folder, "terraform.tfstate"), "utf8")) as Json;
    rmSync(folder, { recursive: true });
    return answers.map((_, index) => outputs[`answer${index}`].value as boolean);
  }

  test("what is still to be made must fit, exactly, and what is there needs nothing", () => {
    const cases: [string, Answer, boolean][] = [
      ["a first deploy that just fits", { free: 6 }, true],
      ["one address too few", { free: 5 }, false],
      ["endpoints that are there already", { free: 4, endpoints: true }, true],
      ["one too few beside them", { free: 3, endpoints: true }, false],
      ["two of four instances there", { free: 2, here: 2, endpoints: true }, true],
      ["one too few for the other two", { free: 1, here: 2, endpoints: true }, false],
      ["all there, in a full subnet", { free: 0, here: 4, all: 5, endpoints: true }, true],
      ["more there than the settings have now", { free: 0, here: 9, all: 10, endpoints: true }, true],
      [
        "all there, of which some stay in the other zone",
        { free: 0, here: 1, all: 5, endpoints: true },
        true,
      ],
    ];
    const found = verdicts(cases.map(([, answer]) => answer));
    expect(cases.map(([name], index) => [name, found[index]])).toEqual(
      cases.map(([name, , expected]) => [name, expected]),
    );
  });
});
