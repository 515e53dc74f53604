import { InstanceAccess, ManagedInstance, type ManagedInstanceProps } from "../../modules";
import { type StackJson, synthModule } from "../support/synth";
import { unresolved, unresolvedList, unresolvedNumber } from "../support/tokens";

const instance = (overrides: Partial<ManagedInstanceProps> = {}, count = 1): StackJson =>
  synthModule((stack) => {
    const access = new InstanceAccess(stack, "access", {
      name: "test",
      vpcId: "vpc-1",
      endpointSecurityGroupId: "sg-endpoints",
      ec2Messages: overrides.image === "al2",
    });
    for (let index = 0; index < count; index++) {
      new ManagedInstance(stack, `web${index || ""}`, {
        name: "test-web",
        access,
        vpcId: "vpc-1",
        subnetId: "subnet-1",
        ...overrides,
      });
    }
  });

const config = (overrides: Partial<ManagedInstanceProps> = {}) => instance(overrides).only("aws_instance");

test("makes one instance beside what is shared, and nothing else", () => {
  expect(instance().inventory()).toEqual({
    aws_iam_role: 1,
    aws_iam_policy: 1,
    aws_iam_role_policy: 1,
    aws_iam_role_policy_attachment: 1,
    aws_iam_instance_profile: 1,
    aws_security_group: 1,
    aws_vpc_security_group_egress_rule: 1,
    aws_instance: 1,
    terraform_data: 1,
  });
});

test("the default is the smallest reachable instance", () => {
  expect(config()).toMatchObject({
    instance_type: "t3.nano",
    subnet_id: "subnet-1",
    associate_public_ip_address: false,
    iam_instance_profile: expect.stringMatching(/^\$\{aws_iam_instance_profile\.access_profile\w+\.name\}$/),
    metadata_options: {
      http_endpoint: "enabled",
      http_tokens: "required",
      http_put_response_hop_limit: 1,
      instance_metadata_tags: "disabled",
    },
    root_block_device: { encrypted: true, volume_type: "gp3", volume_size: 8, delete_on_termination: true },
    monitoring: false,
    disable_api_termination: false,
    user_data_replace_on_change: true,
    tags: { Name: "test-web" },
  });
  expect(config()).not.toHaveProperty("key_name");
  expect(config().root_block_device).not.toHaveProperty("kms_key_id");
});

test("the volume carries the instance's tags", () => {
  const tagged = config({ tags: { Team: "data" } });
  expect(tagged.tags).toEqual({ Name: "test-web", Team: "data" });
  expect(tagged.root_block_device.tags).toEqual(tagged.tags);
  expect(config({ tags: { Name: "AWSCookbook106" } }).tags).toEqual({ Name: "AWSCookbook106" });
});

test("it boots once the agent has permission and a way out", () => {
  expect(config().depends_on).toEqual([
    expect.stringMatching(/^aws_iam_role_policy_attachment\.access_session-manager/),
    expect.stringMatching(/^aws_iam_role_policy\.access_only-through-vpcs/),
    expect.stringMatching(/^aws_vpc_security_group_egress_rule\.access_https-to-endpoints/),
  ]);
});

test("a public address given by hand is refused, and does not replace the instance", () => {
  const { lifecycle } = config();
  expect(lifecycle.ignore_changes).toContain("associate_public_ip_address");
  expect(lifecycle.postcondition).toEqual([
    {
      condition: '${self.public_ip == null || self.public_ip == ""}',
      error_message: expect.stringContaining("test-web has the public address ${self.public_ip}"),
    },
  ]);
});

describe("image", () => {
  const ami = (overrides: Partial<ManagedInstanceProps>) => {
    const stack = instance(overrides);
    return {
      parameters: Object.values(stack.data("aws_ssm_parameter")).map(({ name }) => name),
      ami: stack.only("aws_instance").ami,
    };
  };

  test("the parameter's architecture follows from the type", () => {
    const latest = "/aws/service/ami-amazon-linux-latest";
    expect(ami({}).parameters).toEqual([`${latest}/al2023-ami-kernel-default-x86_64`]);
    expect(ami({ instanceType: "t4g.nano" }).parameters).toEqual([
      `${latest}/al2023-ami-kernel-default-arm64`,
    ]);
    expect(ami({ image: "al2" }).parameters).toEqual([`${latest}/amzn2-ami-hvm-x86_64-gp2`]);
    expect(ami({ image: { parameter: "/golden" } }).parameters).toEqual(["/golden"]);
    expect(ami({}).ami).toMatch(/^\$\{data\.aws_ssm_parameter\..*\.insecure_value\}$/);
  });

  test("a fixed AMI is looked up in no parameter", () => {
    const id = "ami-0123456789abcdef0";
    expect(ami({ image: { amiId: id } })).toEqual({ parameters: [], ami: id });
  });

  test.each<[string, ManagedInstanceProps["image"], string]>([
    ["an AMI", { amiId: "ami-0123456789abcdef0" }, "ami-0123456789abcdef0"],
    [
      "what a parameter holds",
      { parameter: "/golden" },
      "${data.aws_ssm_parameter.ami_golden_1eb4bd86.insecure_value}",
    ],
  ])("%s is read at plan, and what it brings beside its root is encrypted", (_, image, id) => {
    const kmsKeyId = "arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef";
    const stack = instance({ image, rootVolume: { kmsKeyId } }, 2);
    const [[name, lookup] = [], ...others] = Object.entries(stack.data("aws_ami"));
    expect(others).toEqual([]);
    const images = `data.aws_ami.${name}`;
    expect(lookup?.count).toBe(`\${contains(var.gone_images, "${name?.replace("image_", "")}") ? 0 : 1}`);
    expect(lookup).toMatchObject({ filter: [{ name: "image-id", values: [id] }], include_deprecated: true });
    for (const { dynamic, lifecycle } of Object.values(stack.resources("aws_instance"))) {
      expect(dynamic.ebs_block_device).toMatchObject({
        for_each: expect.stringContaining(
          `[for image in ${images} : [for one in image.block_device_mappings :`,
        ),
        content: { encrypted: true, kms_key_id: kmsKeyId, volume_type: "gp3", delete_on_termination: true },
      });
      expect(lifecycle.ignore_changes).toContain("ebs_block_device");
      for (const { condition } of lifecycle.postcondition.slice(1)) {
        expect(condition).toContain(`[for image in ${images} : self.ami != image.image_id || `);
      }
    }
  });

  test("of AWS's own Amazon Linux, nothing is asked", () => {
    const parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64";
    for (const image of ["al2023", { parameter }] as const) {
      const stack = instance({ image });
      expect(stack.data("aws_ami")).toEqual({});
      expect(stack.only("aws_instance")).not.toHaveProperty("dynamic");
      expect(stack.only("aws_instance").lifecycle.ignore_changes).not.toContain("ebs_block_device");
      expect(Object.values(stack.data("aws_ssm_parameter"))[0]).not.toHaveProperty("lifecycle");
    }
  });

  test("a parameter that holds something else stops the plan", () => {
    const [parameter] = Object.values(
      instance({ image: { parameter: "/golden" } }).data("aws_ssm_parameter"),
    );
    expect(parameter?.lifecycle.postcondition).toEqual([
      {
        condition: '${can(regex("^ami-[0-9a-f]+$", self.insecure_value))}',
        error_message: expect.stringMatching(/^\$\{self\.name\} holds no AMI id: /),
      },
    ]);
  });

  test("two parameters are two, however alike their names", () => {
    const names = ["/golden/base", "/golden-base", "/golden_base", "/golden.base", "/golden.base:3"];
    const stack = synthModule((scope) => {
      const access = new InstanceAccess(scope, "access", {
        name: "test",
        vpcId: "vpc-1",
        endpointSecurityGroupId: "sg-1",
      });
      names.forEach((parameter, index) => {
        new ManagedInstance(scope, `i${index}`, {
          name: "i",
          access,
          vpcId: "v",
          subnetId: "s",
          image: { parameter },
        });
      });
    });
    const lookups = stack.data("aws_ssm_parameter");
    names.forEach((parameter, index) => {
      const [, name = ""] =
        /data\.aws_ssm_parameter\.([\w-]+)\./.exec(stack.resources("aws_instance")[`i${index}`]?.ami) ?? [];
      expect(lookups[name]?.name).toBe(parameter);
    });
  });

  test("is looked up once, however many instances boot from it", () => {
    expect(Object.keys(instance({}, 3).data("aws_ssm_parameter"))).toHaveLength(1);
  });

  test("a newer AMI leaves the instance alone, unless it shall follow", () => {
    expect(config().lifecycle.ignore_changes).toContain("ami");
    expect(config({ imageUpdates: "follow" }).lifecycle.ignore_changes).not.toContain("ami");
  });

  test("another image or architecture in the settings replaces it", () => {
    const trigger = (overrides: Partial<ManagedInstanceProps>) =>
      instance(overrides).only("terraform_data").input;
    expect(config().lifecycle.replace_triggered_by).toEqual([
      expect.stringMatching(/^terraform_data\.web_image/),
    ]);
    expect(trigger({})).toEqual({
      image: "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
      architecture: "x86_64",
    });
    expect(trigger({ instanceType: "t3.micro" })).toEqual(trigger({}));
    expect(trigger({ imageUpdates: "follow" })).toEqual(trigger({}));
    expect(trigger({ instanceType: "t4g.nano" })).not.toEqual(trigger({}));
    expect(trigger({ image: "al2" })).not.toEqual(trigger({}));
    expect(trigger({ image: { amiId: "ami-01234567" } })).toEqual({
      image: "ami-01234567",
      architecture: "x86_64",
    });
  });
});

test("another subnet moves it, unless it shall stay", () => {
  expect(config().lifecycle.ignore_changes).not.toContain("subnet_id");
  expect(config({ subnetUpdates: "keep" }).lifecycle.ignore_changes).toContain("subnet_id");
});

test("every other setting reaches the instance", () => {
  const kmsKeyId = "arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef";
  const set = config({
    hopLimit: 2,
    rootVolume: { sizeGiB: 30, kmsKeyId },
    detailedMonitoring: true,
    terminationProtection: true,
    securityGroupIds: ["sg-01234567"],
  });
  expect(set).toMatchObject({ monitoring: true, disable_api_termination: true });
  expect(set.metadata_options.http_put_response_hop_limit).toBe(2);
  expect(set.root_block_device).toMatchObject({ encrypted: true, volume_size: 30, kms_key_id: kmsKeyId });
  expect(set.vpc_security_group_ids).toEqual([
    expect.stringContaining("access_security-group"),
    "sg-01234567",
  ]);
});

test("EBS optimization is stated where it is free, and never replaces a running instance", () => {
  expect(config().ebs_optimized).toBe(true);
  expect(config({ instanceType: "t2.micro" })).not.toHaveProperty("ebs_optimized");
  expect(config().lifecycle.ignore_changes).toContain("ebs_optimized");
});

test("user data that is taken away is gone, not left as it was", () => {
  expect(config().user_data).toBe("");
  expect(config().user_data_replace_on_change).toBe(true);
});

test("user data reaches the shell as it stands", () => {
  expect(config({ userData: "echo ${HOME} %{x} $HOME" }).user_data).toBe("echo $${HOME} %%{x} $HOME");
});

describe("where sessions are recorded", () => {
  const recorded = (overrides: Partial<ManagedInstanceProps> = {}) =>
    instance({
      access: {
        instanceProfileName: "test",
        securityGroupId: "sg-1",
        readiness: [],
        recordsSessions: true,
      },
      ...overrides,
    });
  const lifecycle = (overrides: Partial<ManagedInstanceProps>) =>
    instance(overrides).only("aws_instance").lifecycle;

  test("the first boot makes their user, and nothing of it replaces an instance that runs", () => {
    const stack = recorded({ userData: "#!/bin/sh\necho ${HOME}" });
    const { user_data, lifecycle } = stack.only("aws_instance");
    expect(user_data).toContain("useradd -m -s /bin/bash ssm-user");
    expect(user_data).toContain("#!/bin/sh\necho $${HOME}");
    expect(lifecycle.ignore_changes).toContain("user_data");
    const [image, own] = lifecycle.replace_triggered_by as string[];
    expect(own).toMatch(/^terraform_data\.web_user-data/);
    const inputs = stack.resources("terraform_data");
    expect(inputs[own?.split(".")[1] as string]?.input).toBe("#!/bin/sh\necho $${HOME}");
    expect(Object.keys(inputs[image?.split(".")[1] as string]?.input)).toEqual(["architecture", "image"]);
  });

  test("whoever says so has the same without the access, or has nobody made", () => {
    expect(config({ sessionUser: true }).user_data).toBe(recorded().only("aws_instance").user_data);
    const left = recorded({ sessionUser: false, userData: "echo" }).only("aws_instance");
    expect(left.user_data).toBe("echo");
    expect(left.lifecycle.ignore_changes).toContain("user_data");
    expect(lifecycle({}).ignore_changes).not.toContain("user_data");
    expect(lifecycle({}).replace_triggered_by).toHaveLength(1);
  });

  test("metadata for root only is part of the first boot, and replaces an instance that runs", () => {
    const stack = recorded({ metadataForRootOnly: true });
    expect(stack.only("aws_instance").user_data).toContain("meta skuid != 0 reject");
    expect(Object.values(stack.resources("terraform_data")).map(({ input }) => input)).toContainEqual(
      expect.objectContaining({ metadataForRootOnly: true }),
    );
  });

  const windows = { parameter: "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base" };
  const amiId = "ami-0123456789abcdef0";

  test("Windows is accepted by whoever accepts that recording may stop, and gets nothing of Linux", () => {
    const rootVolume = { sizeGiB: 30 };
    const userData = "<powershell>Get-Date</powershell>";
    const accepted = recorded({ image: windows, rootVolume, userData, acceptUnrecorded: true });
    expect(accepted.only("aws_instance").user_data).toBe(userData);
    expect(() => instance({ image: windows, rootVolume })).not.toThrow();
    for (const image of [windows, { amiId }]) {
      expect(() => recorded({ image, rootVolume, userData })).toThrow(
        /^\[module\/web\] image: got \{.*; allowed: no Windows where sessions are recorded; recording may stop there without a word, .*acceptUnrecorded: true, or choose Linux$/,
      );
    }
    expect(() => recorded({ acceptUnrecorded: true, image: { amiId } })).not.toThrow();
    expect(() => recorded({ acceptUnrecorded: true })).toThrow(
      /acceptUnrecorded: got true; allowed: true with a Windows image alone/,
    );
  });

  test("metadata is for root only where the user of sessions may not be root", () => {
    const refusal =
      /metadataForRootOnly: got true; allowed: true where sessions are recorded and run as ssm-user/;
    expect(() => instance({ metadataForRootOnly: true })).toThrow(refusal);
    expect(() => recorded({ metadataForRootOnly: true, sessionUser: false })).toThrow(refusal);
    expect(() => recorded({ metadataForRootOnly: true, image: { amiId }, acceptUnrecorded: true })).toThrow(
      refusal,
    );
    expect(() => recorded({ metadataForRootOnly: true, hopLimit: 2 })).toThrow(
      /hopLimit: got 2; allowed: 1 with metadataForRootOnly/,
    );
  });

  test("a text that cannot be joined is refused, one that only Terraform will know is not", () => {
    expect(() => recorded({ userData: "echo" })).toThrow(/userData: got "echo"; allowed: a script \(#!\)/);
    expect(() => recorded({ userData: "#!".padEnd(16385) })).toThrow(/allowed: a text of up to 16384 bytes/);
    expect(recorded({ userData: unresolved("var.script") }).only("aws_instance").user_data).toMatch(
      /Content-Transfer-Encoding: base64\n\n\$\{base64encode\(.*var\.script/,
    );
  });
});

test("ways out get a security group of the instance's own", () => {
  const stack = instance({
    egress: [
      { cidr: "10.20.0.0/16", ports: 5432, description: "PostgreSQL ${x}" },
      {
        securityGroupId: "sg-0123456789abcdef0",
        ports: { from: 8000, to: 8100 },
        protocol: "udp",
        description: "b",
      },
    ],
  });
  const own = Object.entries(stack.resources("aws_security_group")).filter(
    ([, group]) => group.name === "test-web-egress",
  );
  expect(own).toHaveLength(1);
  const reference = `\${aws_security_group.${own[0]?.[0]}.id}`;
  expect(stack.only("aws_instance").vpc_security_group_ids).toContain(reference);
  const rules = Object.values(stack.resources("aws_vpc_security_group_egress_rule")).filter(
    (rule) => rule.security_group_id === reference,
  );
  expect(rules).toEqual([
    expect.objectContaining({
      cidr_ipv4: "10.20.0.0/16",
      from_port: 5432,
      to_port: 5432,
      ip_protocol: "tcp",
      description: "PostgreSQL $${x}",
    }),
    expect.objectContaining({
      referenced_security_group_id: "sg-0123456789abcdef0",
      from_port: 8000,
      to_port: 8100,
      ip_protocol: "udp",
    }),
  ]);
  expect(stack.only("aws_instance").depends_on).toHaveLength(5);
});

test("bad props are refused together, each with the construct's path", () => {
  const build = () =>
    instance({
      instanceType: "huge",
      hopLimit: 65,
      rootVolume: { sizeGiB: 4 },
      egress: [{ cidr: "0.0.0.0/0", ports: 443, description: "the internet" }],
    });
  for (const line of [
    /^\[module\/web\] instanceType: got "huge"; allowed/m,
    /^\[module\/web\] hopLimit: got 65; allowed: a whole number from 1 to 64/m,
    /^\[module\/web\] rootVolume\.sizeGiB: got 4; allowed: a whole number of GiB from 8/m,
    /^\[module\/web\] egress\[0\]\.cidr: got "0\.0\.0\.0\/0"; allowed: .*never the whole internet/m,
  ]) {
    expect(build).toThrow(line);
  }
  expect(() => instance({ image: { parameter: "/x/arm64" } })).toThrow(/image: got .*an image for x86_64/);
});

test("what EC2 does not take is refused", () => {
  const windows = "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base";
  const way = { cidr: "10.20.0.0/16", ports: 5432, description: "PostgreSQL" };
  expect(() =>
    instance({
      name: "a*",
      image: { parameter: windows },
      rootVolume: { kmsKeyId: "alias/mine" },
      userData: "ä".repeat(8193),
      egress: [way, { ...way, description: "again" }],
      securityGroupIds: ["web"],
      tags: { "aws:x": "a", Team: "a*" },
    }),
  ).toThrow(
    new Error(
      [
        'name: got "a*"; allowed: with egress, 1 to 218 letters without accents, digits, blanks and _ . : / = + - @, not beginning with sg-; shorten or rename it: a security group is called after it',
        "rootVolume.sizeGiB: got nothing; allowed: at least 30 GiB for Windows; AWS refuses a volume smaller than the image",
        "rootVolume.kmsKeyId: got \"alias/mine\"; allowed: the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>; copy it from the key's page, or leave it out for the account's: an alias or a bare id would replace the instance at every apply",
        `userData: got "${"ä".repeat(76)}...; allowed: a text of up to 16384 bytes, the most EC2 takes; fetch the rest from S3 at boot`,
        'egress[1]: got {"cidr":"10.20.0.0/16","ports":5432,"description":"again"}; allowed: each way out once; remove this rule: an earlier one says the same',
        'securityGroupIds[0]: got "web"; allowed: a security group id such as sg-0123456789abcdef0; copy it from the security group\'s page',
        'tags.aws:x: got "aws:x"; allowed: keys that do not begin with aws:; rename it: AWS keeps that prefix for itself',
        'tags.Team: got "a*"; allowed: values of up to 256 characters: letters, digits, blanks and _ . : / = + - @; shorten it or leave the others out',
      ]
        .map((line) => `[module/web] ${line}`)
        .join("\n"),
    ),
  );
});

test("a name is a tag's value, and a group's name where there are ways out", () => {
  const egress = [{ cidr: "10.20.0.0/16", ports: 5432, description: "PostgreSQL" }];
  expect(() => instance({ name: "x".repeat(257) })).toThrow(
    new Error(
      `[module/web] name: got "${"x".repeat(76)}...; allowed: values of up to 256 characters: letters, digits, ` +
        "blanks and _ . : / = + - @; shorten it or leave the others out",
    ),
  );
  for (const name of ["", "Größe", "sg-web", "x".repeat(219)]) {
    expect(() => instance({ name })).not.toThrow();
    expect(() => instance({ name, egress })).toThrow(/name: got .*; allowed: with egress, 1 to 218 letters/);
  }
  expect(() => instance({ name: "x".repeat(218), egress })).not.toThrow();
});

test("variables are left to Terraform", () => {
  const stack = instance({
    name: unresolved("var.name"),
    rootVolume: { sizeGiB: unresolvedNumber("var.size"), kmsKeyId: unresolved("var.key") },
    userData: unresolved("var.script").padEnd(20000),
    egress: [1, 2].map(() => ({ securityGroupId: unresolved("var.group"), ports: 5432, description: "x" })),
    securityGroupIds: unresolvedList("var.groups"),
    tags: { Team: unresolved("var.team") },
  });
  expect(stack.only("aws_instance").tags).toEqual({ Name: "${var.name}", Team: "${var.team}" });
  expect(stack.inventory()).toMatchObject({ aws_vpc_security_group_egress_rule: 3 });
});
