import { add as addTo, all, type Case, type Change, FULL, set } from "../../support/rules";
import type { Json } from "../../support/synth";
import { casesOf, foreign } from "./cases";

const { after, broken, kept } = casesOf(FULL);
const add = (address: string, config: Json, layer = "networking"): Change => addTo(layer, address, config);

describe("metadata-token", () => {
  const seen = ["metadata-token: test-instances/web gives metadata without a token"];
  broken([
    [
      "tokens that are optional",
      set("aws_instance.web", { metadata_options: { http_tokens: "optional" } }),
      seen,
    ],
    ["tokens that are not mentioned", set("aws_instance.web", { metadata_options: {} }), seen],
    ["no options", set("aws_instance.web", { metadata_options: undefined }), seen],
    [
      "a launch template beside options that lack it",
      set("aws_instance.web", { metadata_options: { http_tokens: "optional" }, launch_template: {} }),
      seen,
    ],
  ]);
  kept([
    ["a variable", set("aws_instance.web", { metadata_options: [{ http_tokens: "${var.tokens}" }] })],
    [
      "a launch template, which may say it",
      set("aws_instance.web", { metadata_options: undefined, launch_template: { id: "lt-1" } }),
    ],
  ]);
});

describe("encrypted-volumes", () => {
  const seen = ["encrypted-volumes: test-instances/web has a volume that is not encrypted"];
  const volume = (more: Json): Change =>
    all(
      add("aws_ebs_volume.x", { size: 8, ...more }, "instances"),
      add(
        "aws_volume_attachment.x",
        { instance_id: "${aws_instance.web.id}", volume_id: "${aws_ebs_volume.x.id}" },
        "instances",
      ),
    );
  broken([
    ["a root volume that is not", set("aws_instance.web", { root_block_device: { encrypted: false } }), seen],
    ["a root volume that does not say", set("aws_instance.web", { root_block_device: undefined }), seen],
    [
      "a further volume",
      set("aws_instance.web", { ebs_block_device: [{ encrypted: true }, { device_name: "sdb" }] }),
      seen,
    ],
    [
      "a volume of its own",
      volume({}),
      ["encrypted-volumes: test-instances/aws_ebs_volume.x is not encrypted"],
    ],
    [
      "a stranger's volume on our instance",
      all(
        foreign("aws_ebs_volume.x", {}),
        foreign("aws_volume_attachment.x", {
          instance_id: '${data.terraform_remote_state.test-instances.outputs.instance_ids["web"]}',
          volume_id: "${aws_ebs_volume.x.id}",
        }),
      ),
      ["encrypted-volumes: theirs/aws_ebs_volume.x is not encrypted"],
    ],
  ]);
  const further = (content: Json): Json => ({ dynamic: { ebs_block_device: { for_each: "${x}", content } } });
  const bottlerocket = "/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id";
  const boot = (config: Json): Change =>
    all(set("aws_instance.web", { ami: "${data.aws_ssm_parameter.x.insecure_value}", ...config }), (s) => {
      (s["test-instances"] as Json).data.aws_ssm_parameter.x = { name: bottlerocket };
    });
  broken([
    [
      "an account that encrypts by default, which may be switched off",
      all(
        add("aws_ebs_encryption_by_default.x", { enabled: true }, "instances"),
        set("aws_instance.web", { root_block_device: {} }),
      ),
      seen,
    ],
    ["volumes that Terraform makes", set("aws_instance.web", further({ encrypted: false })), seen],
    [
      "an image that brings a volume",
      boot({}),
      [
        `encrypted-volumes: test-instances/web boots from ${bottlerocket}, which brings a volume that is not named`,
      ],
    ],
  ]);
  kept([
    ["volumes that Terraform encrypts", boot(further({ encrypted: true }))],
    [
      "an image whose volume is named",
      boot({ ebs_block_device: [{ device_name: "/dev/xvdb", encrypted: true }] }),
    ],
    [
      "further volumes",
      set("aws_instance.web", {
        ebs_block_device: [{ encrypted: "true" }, { encrypted: "${var.encrypted}" }],
      }),
    ],
    ["a volume of its own", volume({ encrypted: true })],
    ["a stranger's volume elsewhere", foreign("aws_ebs_volume.x", {})],
  ]);
});

describe("agent-in-image and metadata-service", () => {
  const image = (type: string, config: Json): Change =>
    all(set("aws_instance.web", { ami: `\${data.${type}.x.id}` }), (s) => {
      const { data } = s["test-instances"] as Json;
      data[type] = { ...data[type], x: config };
    });
  test.each<Case>([
    [
      "a minimal image's parameter",
      image("aws_ssm_parameter", {
        name: "/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-x86_64",
      }),
      [
        "agent-in-image: test-instances/web boots from /aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-x86_64",
      ],
    ],
    [
      "a minimal image by its name",
      image("aws_ami", { filter: [{ name: "name", values: ["al2023-ami-minimal-*"] }] }),
      ["agent-in-image: test-instances/web boots from al2023-ami-minimal-*"],
    ],
    [
      "a disabled metadata service",
      set("aws_instance.web", { metadata_options: { http_endpoint: "disabled", http_tokens: "required" } }),
      ["metadata-service: test-instances/web has no metadata service"],
    ],
  ])("are broken by %s", (_, change, expected) => {
    expect(after(change)).toEqual(expected);
  });
  test.each<[string, Change]>([
    [
      "a standard image by its name",
      image("aws_ami", {
        filter: [
          { name: "name", values: ["al2023-ami-2*"] },
          { name: "owner-alias", values: ["al2023-ami-minimal"] },
        ],
      }),
    ],
    ["an image that is one fixed AMI", set("aws_instance.web", { ami: "ami-0123456789abcdef0" })],
    ["another lookup", image("aws_launch_template", { name: "al2023-ami-minimal" })],
    [
      "a metadata service that is not mentioned",
      set("aws_instance.web", { metadata_options: [{ http_tokens: "required" }] }),
    ],
  ])("are kept with %s", (_, change) => {
    expect(after(change)).toEqual([]);
  });
});
