import type { Environment } from "../stacks/settings/environment";

/**
 * Recipe 1.6 of the book AWS Cookbook (O'Reilly): what its commands make, under the same names, plus encryption and
 * narrower rules. Where the recipe is older than what you would choose today, a comment says so; dev.ts makes those
 * choices.
 */
const environment: Environment = {
  region: "us-east-1",
  namePrefix: "AWSCookbook106",
  network: {
    cidr: "10.10.0.0/23",
    availabilityZones: 2,
    // Two subnets of this size fill the block: there is no room for a third zone.
    subnetPrefix: 24,
    // Agents since 3.3.40.0 no longer need ec2messages, but Amazon Linux 2 images may carry an older one.
    endpoints: { ec2Messages: true },
  },
  iam: {
    roleName: "AWSCookbook106SSMRole",
    instanceProfileName: "AWSCookbook106InstanceProfile",
    // For State Manager and the like, and it reads every parameter of the account: instances are reached without.
    managedPolicyArns: ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"],
  },
  instances: {
    cookbook: {
      instanceType: "t3.nano",
      // Amazon Linux 2 reached its end of support on 2026-06-30: "al2023" is the default elsewhere.
      image: { parameter: "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2" },
      // The longest way a metadata response can go. 1 is enough, and 2 where containers ask for credentials.
      hopLimit: 64,
      tags: { Name: "AWSCookbook106" },
    },
  },
};

export default environment;
