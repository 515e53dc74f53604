import { exampleRoot } from "../../scripts/export-module/example";
import { leftOut } from "../../scripts/export-module/left-out";
import { FULL, MINIMAL, exported, moduleJson } from "../support/exported-module";
import { type Json, settingsOf } from "../support/synth";

const FILES = { full: exported(FULL), minimal: exported(MINIMAL) };

describe("the root that calls the modules", () => {
  test("gives modules what they need, and nothing else", () => {
    for (const files of Object.values(FILES)) {
      const example = files["example/main.tf"] as string;
      const calls = [...example.matchAll(/^module "(\w+)" \{\n([\s\S]*?)\n\}/gm)];
      expect(calls.map(([, name]) => `${name}/main.tf.json`).sort()).toEqual(
        Object.keys(files)
          .filter((path) => path.endsWith(".json"))
          .sort(),
      );
      for (const [, name = "", body = ""] of calls) {
        const given = [...body.matchAll(/^ {2}(\w+) +=/gm)].map(([, key]) => key as string);
        const { variable } = moduleJson(files, name) as { variable: Record<string, Json> };
        const required = Object.keys(variable).filter((key) => !("default" in (variable[key] as Json)));
        expect(given).toEqual(expect.arrayContaining(required));
        expect(given.filter((key) => !["source", "for_each"].includes(key) && !(key in variable))).toEqual(
          [],
        );
      }
      const outputs = [...example.matchAll(/module\.(\w+)\.(\w+)/g)].filter(
        ([, name]) => name !== "instance",
      );
      expect(outputs.filter(([, name = "", key = ""]) => !(key in moduleJson(files, name).output))).toEqual(
        [],
      );
    }
  });

  test("has an instance of another name in the zone where it was made", () => {
    const zone = (name: string, settings: object) =>
      /"zone-\d"/.exec(exampleRoot(settingsOf({ ...MINIMAL, instances: { [name]: settings } })))?.[0];
    expect([zone("web", {}), zone("api", {})]).toEqual(['"zone-2"', '"zone-1"']);
    expect(zone("api", { renamedFrom: "web" })).toBe('"zone-2"');
  });

  test("has the environment's own values, quoted so that Terraform leaves them as they are", () => {
    const example = exampleRoot(settingsOf(FULL));
    expect(example).toContain(`provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111122223333"]

  assume_role {
    role_arn = "arn:aws:iam::111122223333:role/deploy"
  }

  default_tags {
    tags = { "Environment" = "test", "Team" = "platform" }
  }
}

locals {
  name = "test"
  instances = {
    "web" = {
      instance_type = "t4g.nano"
      zone          = "zone-2"
    }
    "jobs" = {
      instance_type          = "t3.nano"
      zone                   = "zone-1"
      name                   = "jobs"
      image_parameter        = "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2"
      hop_limit              = 2
      root_volume_size_gib   = 30
      root_volume_kms_key_id = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
      user_data              = "#!/bin/sh\\necho \\"$\${HOME}\\"\\n"
      security_group_ids     = ["sg-0123456789abcdef0"]
      detailed_monitoring    = true
      termination_protection = true
      tags                   = { "Purpose" = "batch" }
    }
  }
}
`);
    expect(example).toContain("  hop_limit              = try(each.value.hop_limit, null)\n");
    // No second tag that differs in case alone, and none of a stack of the project, which this is not.
    expect(exampleRoot(settingsOf({ ...MINIMAL, tags: { environment: "Production" } }))).toContain(
      '  default_tags {\n    tags = { "environment" = "Production" }\n  }',
    );
  });
});

describe("what the modules do not have", () => {
  test("is told, a line each", () => {
    expect(
      leftOut(
        settingsOf({
          region: "eu-central-1",
          state: { backend: "s3", bucket: "states", region: "eu-central-1", prefix: "sessions" },
          network: { availabilityZones: ["eu-central-1a", "eu-central-1b"] },
          sessions: { adoptAccountPreferences: "import" },
          instances: {
            web: {
              image: { amiId: "ami-0123456789abcdef0" },
              imageUpdates: "follow",
              egress: [{ cidr: "10.20.0.0/16", ports: 5432, description: "PostgreSQL" }],
            },
          },
        }),
      ),
    ).toEqual([
      "state: write the backend block in your root",
      "network.availabilityZones: as many zones are made, and the caller's Region says which",
      "sessions.adoptAccountPreferences: the account's preferences are left alone",
      "instances.web.image.amiId: image_parameter takes the name of a Systems Manager parameter that holds the id",
      "instances.web.imageUpdates: a newer AMI leaves the instance alone: replace it with terraform apply -replace",
      "instances.web.egress: make a security group of your own, and name it in security_group_ids",
    ]);
  });

  test("is nothing where it has everything", () => {
    expect(leftOut(settingsOf(MINIMAL))).toEqual([]);
  });
});
