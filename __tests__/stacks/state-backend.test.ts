import { synthEnvironment, MINIMAL } from "../support/synth";
import type { Environment } from "../../stacks/settings/environment";

const terraform = (state?: Environment["state"]) => {
  const { networking, instances } = synthEnvironment({ ...MINIMAL, state }, "dev");
  return {
    producer: networking.json.terraform,
    reader: instances.json.data.terraform_remote_state["dev-networking"],
    consumer: instances.json.terraform,
  };
};

test("local state is in a folder beside cdktf.out, by a path without a machine in it", () => {
  const { producer, consumer, reader } = terraform();
  expect(producer.backend).toEqual({ local: { path: "../../../state/dev-networking.tfstate" } });
  expect(consumer.backend).toEqual({ local: { path: "../../../state/dev-instances.tfstate" } });
  expect(reader).toMatchObject({
    backend: "local",
    config: { path: "../../../state/dev-networking.tfstate" },
  });
  expect(producer.required_version).toBe(">= 1.4");
});

test("S3 state is encrypted and locked by a file of its own; readers take no lock", () => {
  const { producer, reader } = terraform({
    backend: "s3",
    bucket: "acme-state",
    region: "eu-west-1",
    prefix: "session-manager",
    kmsKeyId: "12345678-1234-1234-1234-123456789012",
    assumeRoleArn: "arn:aws:iam::111122223333:role/state",
    profile: "state",
  });
  const config = {
    bucket: "acme-state",
    key: "session-manager/dev-networking.tfstate",
    region: "eu-west-1",
    encrypt: true,
    kms_key_id: "12345678-1234-1234-1234-123456789012",
    profile: "state",
    assume_role: { role_arn: "arn:aws:iam::111122223333:role/state" },
  };
  expect(producer.backend).toEqual({ s3: { ...config, use_lockfile: true } });
  expect(reader).toMatchObject({ backend: "s3", config });
  expect(reader.config).not.toHaveProperty("use_lockfile");
  expect(producer.required_version).toBe(">= 1.10");
});

test("the least an S3 backend says is encrypted and locked too", () => {
  const { producer } = terraform({ backend: "s3", bucket: "acme", region: "eu-west-1", prefix: "x" });
  expect(producer.backend).toEqual({
    s3: {
      bucket: "acme",
      key: "x/dev-networking.tfstate",
      region: "eu-west-1",
      encrypt: true,
      use_lockfile: true,
    },
  });
});

test("HCP Terraform has one workspace per stack", () => {
  const { producer, consumer, reader } = terraform({
    backend: "cloud",
    organization: "acme",
    project: "Access",
    workspacePrefix: "ssm",
  });
  expect(producer.cloud).toEqual({
    organization: "acme",
    workspaces: { name: "ssm-dev-networking", project: "Access" },
  });
  expect(consumer.cloud.workspaces.name).toBe("ssm-dev-instances");
  expect(reader).toMatchObject({
    backend: "remote",
    config: { organization: "acme", workspaces: { name: "ssm-dev-networking" } },
  });
  expect(producer).not.toHaveProperty("backend");
  expect(producer.required_version).toBe(">= 1.6");
});

test("Terraform Enterprise is reached under its own name", () => {
  const { producer, reader } = terraform({
    backend: "cloud",
    organization: "acme",
    hostname: "tfe.example.com",
    workspacePrefix: "ssm",
  });
  expect(producer.cloud.hostname).toBe("tfe.example.com");
  expect(reader.config.hostname).toBe("tfe.example.com");
  expect(producer.required_version).toBe(">= 1.4");
});
