import { all, FULL, resource } from "../../support/rules";
import { casesOf, foreign } from "./cases";

const { broken, kept } = casesOf(FULL);

describe("what attaches", () => {
  const instance = {
    ami: "ami-1",
    subnet_id: "subnet-1",
    metadata_options: { http_tokens: "required" },
    root_block_device: { encrypted: true },
    iam_instance_profile: "theirs",
  };
  const plain = { ...instance, root_block_device: {}, vpc_security_group_ids: ["sg-1"] };
  broken([
    [
      "a stranger's instance in our subnet",
      foreign("aws_instance.x", {
        ...plain,
        subnet_id: '${data.terraform_remote_state.test-networking.outputs.subnet_ids["zone-1"]}',
      }),
      ["encrypted-volumes: theirs/aws_instance.x has a volume that is not encrypted"],
    ],
    [
      "a stranger's instance with our profile",
      foreign("aws_instance.x", {
        ...plain,
        iam_instance_profile: "${data.terraform_remote_state.test-instances.outputs.instance_profile_name}",
      }),
      ["encrypted-volumes: theirs/aws_instance.x has a volume that is not encrypted"],
    ],
    [
      "a stranger's instance with our group",
      foreign("aws_instance.x", {
        ...plain,
        vpc_security_group_ids: ["${data.terraform_remote_state.test-instances.outputs.security_group_id}"],
      }),
      ["encrypted-volumes: theirs/aws_instance.x has a volume that is not encrypted"],
    ],
  ]);
  kept([
    [
      "a stranger's instance elsewhere",
      foreign("aws_instance.x", { ...plain, associate_public_ip_address: true, key_name: "k" }),
    ],
    [
      "a stranger's instance that shares a group of theirs with ours",
      all(
        foreign("aws_security_group.x", {}),
        foreign("aws_instance.x", { ...plain, vpc_security_group_ids: ["${aws_security_group.x.id}"] }),
        (s) => {
          s.theirs!.output = { group: { value: "${aws_security_group.x.id}" } };
          resource(s, "aws_instance.web").vpc_security_group_ids.push(
            "${data.terraform_remote_state.theirs.outputs.group}",
          );
        },
      ),
    ],
  ]);
});
