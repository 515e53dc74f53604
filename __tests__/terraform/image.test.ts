import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Json, MINIMAL, synthEnvironment } from "../support/synth";
import { describeTerraform, terraform } from "../support/terraform";
import type { Environment } from "../../stacks/settings/environment";

const AMI = "ami-0123456789abcdef0";

const ebs = (volume_size: string, more: Json = {}): Json => ({
  ebs: { encrypted: "false", snapshot_id: "snap-1", volume_size, volume_type: "gp2", ...more },
});

/** An image as the provider tells of it: of AL2023, as far as it is not said otherwise. */
const image = (more: Json = {}): Json => ({
  image_id: AMI,
  name: "al2023-ami-2023.9.20260831.0-kernel-6.1-x86_64",
  architecture: "x86_64",
  root_device_name: "/dev/xvda",
  root_device_type: "ebs",
  virtualization_type: "hvm",
  platform: "",
  block_device_mappings: [{ device_name: "/dev/xvda", ...ebs("8") }],
  ...more,
});

/** What an instance makes of an image, with a local in place of what is read from AWS. */
describeTerraform("what an image says of itself", () => {
  function evaluate(
    looked: Json | readonly Json[],
    web: object = {},
    more: Partial<Environment> = {},
    running = AMI,
  ) {
    const environment = { ...MINIMAL, ...more, instances: { web: { image: { amiId: AMI }, ...web } } };
    const config = synthEnvironment(environment as Environment).instances.only("aws_instance");
    const local = (text: string): string =>
      text
        .replaceAll(`data.aws_ami.image_${AMI}`, "local.image")
        .replaceAll("self.ami", "local.ami")
        .replaceAll("self.public_ip", "local.public_ip");
    const conditions = (config.lifecycle.postcondition as Json[]).slice(1);
    const output = {
      volumes: { value: local(config.dynamic.ebs_block_device.for_each) },
      ...Object.fromEntries(
        conditions.flatMap(({ condition, error_message }, index) => [
          [`holds${index}`, { value: local(condition) }],
          [`message${index}`, { value: local(error_message) }],
        ]),
      ),
    };
    const folder = mkdtempSync(join(tmpdir(), "image-"));
    const locals = { image: [looked].flat(), ami: running };
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ locals, output }));
    expect(terraform(folder, "apply", "-auto-approve")).toMatchObject({ status: 0 });
    const { outputs } = JSON.parse(readFileSync(join(folder, "terraform.tfstate"), "utf8")) as {
      outputs: Record<string, { value: unknown }>;
    };
    rmSync(folder, { recursive: true });
    return {
      volumes: (outputs.volumes?.value as Json[]).map(({ device_name }) => device_name as string),
      refused: conditions
        .map((_, index) => index)
        .filter((index) => outputs[`holds${index}`]?.value !== true)
        .map((index) => String(outputs[`message${index}`]?.value)),
    };
  }

  test("an image with a root alone brings nothing, and is demanded nothing", () => {
    expect(evaluate(image())).toEqual({ volumes: [], refused: [] });
  });

  test("an image that is gone is asked nothing", () => {
    expect(evaluate([])).toEqual({ volumes: [], refused: [] });
  });

  test("every further volume is overridden, and what is in the instance's own store is none", () => {
    const block_device_mappings = [
      { device_name: "/dev/sda1", ...ebs("8") },
      { device_name: "/dev/sdb", ...ebs("20") },
      { device_name: "/dev/sdc", ...ebs("100", { snapshot_id: "", encrypted: "true" }) },
      { device_name: "/dev/sdd", ebs: {}, virtual_name: "ephemeral0" },
      { device_name: "/dev/sde", ebs: null, virtual_name: "ephemeral1" },
    ];
    expect(evaluate(image({ root_device_name: "/dev/sda1", block_device_mappings }))).toEqual({
      volumes: ["/dev/sdb", "/dev/sdc"],
      refused: [],
    });
  });

  test.each<[string, Json, object, Partial<Environment>, RegExp[]]>([
    [
      "a root larger than its volume, as ECS's images have",
      { block_device_mappings: [{ device_name: "/dev/xvda", ...ebs("30") }] },
      {},
      {},
      [
        /^test-web: the image ami-0\S+ \(al2023-.*\) needs a root volume of 30 GiB, and gets one of 8: .*sizeGiB/,
      ],
    ],
    [
      "another architecture",
      { architecture: "arm64" },
      {},
      {},
      [/ is for arm64, and the instance type runs x86_64: choose another of the two\.$/],
    ],
    [
      "an image for Intel on Graviton",
      {},
      { instanceType: "t4g.nano" },
      {},
      [/is for x86_64, .* runs arm64/],
    ],
    [
      "a root in the instance's own store",
      { root_device_type: "instance-store", block_device_mappings: [] },
      {},
      {},
      [/with a root in instance-store: use one that is hvm/],
    ],
    [
      "paravirtualization",
      { virtualization_type: "paravirtual" },
      {},
      {},
      [/ is paravirtual with a root in ebs/],
    ],
    [
      "Windows whose sessions are recorded",
      { platform: "windows" },
      {},
      { sessions: {} },
      [/acceptUnrecorded/],
    ],
    [
      "an image of Red Hat's",
      { name: "RHEL-9.4.0_HVM-20240605-x86_64-82-Hourly2-GP3" },
      {},
      {},
      [/SSM Agent/],
    ],
    ["an image of Debian's", { name: "debian-12-amd64-20240717-1811" }, {}, {}, [/SSM Agent/]],
    [
      "a minimal one",
      { name: "al2023-ami-minimal-2023.5.20240805.0-kernel-6.1-x86_64" },
      {},
      {},
      [/SSM Agent/],
    ],
    ["one of Rocky Linux", { name: "Rocky-9-EC2-Base-9.4-20240523.0.x86_64" }, {}, {}, [/SSM Agent/]],
  ])("%s stops the plan", (_, looked, web, more, refusals) => {
    const { refused } = evaluate(image(looked), web, more);
    expect(refused).toHaveLength(refusals.length);
    refusals.forEach((refusal, index) => expect(refused[index]).toMatch(refusal));
  });

  test.each<[string, Json, object, Partial<Environment>]>([
    [
      "a volume as large as the image",
      { block_device_mappings: [{ device_name: "/dev/xvda", ...ebs("30") }] },
      { rootVolume: { sizeGiB: 30 } },
      {},
    ],
    ["an image of 32 bits", { architecture: "i386" }, {}, {}],
    ["Windows without recording", { platform: "windows" }, {}, {}],
    ["Windows that is accepted", { platform: "windows" }, { acceptUnrecorded: true }, { sessions: {} }],
    [
      "what user data may install",
      { name: "RHEL-9.4.0_HVM-20240605-x86_64-82-Hourly2-GP3" },
      { userData: "#!/bin/sh\n" },
      {},
    ],
    ["an image of one's own that is called alike", { name: "RHEL-9-golden" }, {}, {}],
  ])("%s passes", (_, looked, web, more) => {
    expect(evaluate(image(looked), web, more).refused).toEqual([]);
  });

  test("of an instance that runs from an earlier image, nothing is demanded", () => {
    const bad = image({
      architecture: "arm64",
      virtualization_type: "paravirtual",
      name: "debian-12-amd64-1",
    });
    expect(evaluate(bad, {}, {}, "ami-00000000000000000").refused).toEqual([]);
  });
});
