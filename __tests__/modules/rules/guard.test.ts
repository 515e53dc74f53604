import { EipAssociation } from "@cdktf/provider-aws/lib/eip-association";
import { Instance } from "@cdktf/provider-aws/lib/instance";
import { InternetGateway } from "@cdktf/provider-aws/lib/internet-gateway";
import { NatGateway } from "@cdktf/provider-aws/lib/nat-gateway";
import { Route } from "@cdktf/provider-aws/lib/route";
import { RouteTable } from "@cdktf/provider-aws/lib/route-table";
import { RouteTableAssociation } from "@cdktf/provider-aws/lib/route-table-association";
import { Subnet } from "@cdktf/provider-aws/lib/subnet";
import { Vpc } from "@cdktf/provider-aws/lib/vpc";
import type { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import { VpcEndpointPolicy } from "@cdktf/provider-aws/lib/vpc-endpoint-policy";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { Construct } from "constructs";
import { type App, Aspects, TerraformStack, TerraformVariable } from "cdktf";
import {
  InstanceAccess,
  IsolatedNetwork,
  ManagedInstance,
  type ManagedInstanceProps,
} from "../../../modules";
import { addStacks } from "../../../stacks";
import { MINIMAL, settingsOf, synth, synthModule } from "../../support/synth";
import { compose, refusals } from "./composed";

test("constructs that are put together by hand keep every rule", () => {
  expect(refusals(() => synthModule((stack) => compose(stack)))).toEqual([]);
});

describe("code beside the constructs", () => {
  test.each<[string, (stack: TerraformStack, made: ReturnType<typeof compose>) => unknown, string[]]>([
    [
      "an endpoint's override",
      (_, { endpoints }) =>
        (endpoints.node.findChild("ssm") as VpcEndpoint).addOverride("private_dns_enabled", false),
      [
        "  [module] private-dns: module/endpoints/ssm has private DNS off, so module/web would not be reached or recorded. Set private_dns_enabled to true.",
      ],
    ],
    [
      "an instance's override",
      (_, { web }) =>
        (web.node.findChild("Default") as Instance).addOverride("metadata_options.http_tokens", "optional"),
      [
        '  [module] metadata-token: module/web gives metadata without a token. Set http_tokens to "required".',
      ],
    ],
    [
      "a stack's override",
      (stack, { network }) =>
        stack.addOverride("resource.aws_nat_gateway.x", { subnet_id: network.subnetIds["zone-1"] }),
      [
        "  [module] no-gateway: module/aws_nat_gateway.x is an aws_nat_gateway. Take it away: VPC endpoints are the way out.",
      ],
    ],
    [
      "a rule",
      (stack, { access }) =>
        new VpcSecurityGroupIngressRule(stack, "ssh", {
          securityGroupId: access.securityGroupId,
          ipProtocol: "tcp",
          fromPort: 22,
          toPort: 22,
          cidrIpv4: "0.0.0.0/0",
        }),
      [
        "  [module] no-whole-internet: module/ssh opens 0.0.0.0/0. Name the networks that are really meant.",
        "  [module] no-inbound: module/ssh lets traffic in to instances. Take the rule away, or put what listens on an instance of another stack.",
      ],
    ],
    [
      "an endpoint policy",
      (stack, { endpoints }) =>
        new VpcEndpointPolicy(stack, "policy", {
          vpcEndpointId: endpoints.endpointIds.ssm as string,
          policy: JSON.stringify({ Statement: [] }),
        }),
      [
        "  [module] endpoint-policy: module/endpoints/ssm has a policy that shuts out ssm:UpdateInstanceInformation, so module/web would not be reached or recorded. Allow the agent's actions, or leave the endpoint's own policy as it is.",
      ],
    ],
    [
      "an instance",
      (stack, { network }) =>
        new Instance(stack, "bare", {
          ami: "ami-0123456789abcdef0",
          instanceType: "t3.nano",
          subnetId: network.subnetIds["zone-2"],
          metadataOptions: { httpTokens: "required" },
          rootBlockDevice: { encrypted: true },
        }),
      [
        "  [module] instance-egress: module/network/default-security-group lets out no HTTPS to module/endpoints, so module/bare would not be reached or recorded. Let port 443 out to the endpoints' security group, as InstanceAccess does, or to their networks, as it does with endpointNetworks.",
        "  [module] instance-role: module/bare has no instance profile, so module/bare would not be reached or recorded. Give the instance a profile whose role trusts EC2 and permits what the agent does: InstanceAccess makes one, with ec2Messages for older agents.",
      ],
    ],
    [
      "an address",
      (stack, { web }) => new EipAssociation(stack, "address", { instanceId: web.instanceId }),
      [
        "  [module] no-public-address: module/address gives a public address. Take the address away: sessions need none.",
      ],
    ],
    [
      "an aspect",
      (stack) =>
        Aspects.of(stack).add({
          visit: (one) => {
            if (one instanceof Vpc) {
              one.enableDnsHostnames = false;
            }
          },
        }),
      [
        "  [module] vpc-dns: module/network has enable_dns_hostnames off, so module/web would not be reached or recorded. Set enable_dns_support and enable_dns_hostnames to true.",
      ],
    ],
    [
      "the stranger's own internet",
      (stack) => {
        const vpc = new Vpc(stack, "vpc", { cidrBlock: "10.99.0.0/16" });
        const subnet = new Subnet(stack, "public", {
          vpcId: vpc.id,
          cidrBlock: "10.99.0.0/24",
          mapPublicIpOnLaunch: true,
        });
        const table = new RouteTable(stack, "table", { vpcId: vpc.id });
        const gateway = new InternetGateway(stack, "gateway", { vpcId: vpc.id });
        new Route(stack, "route", {
          routeTableId: table.id,
          destinationCidrBlock: "0.0.0.0/0",
          gatewayId: gateway.id,
        });
        new NatGateway(stack, "nat", { subnetId: subnet.id });
        new Instance(stack, "public-web", {
          ami: "ami-0123456789abcdef0",
          instanceType: "t3.nano",
          subnetId: subnet.id,
          associatePublicIpAddress: true,
        });
      },
      [],
    ],
  ])("%s", (_, build, expected) => {
    expect(refusals(() => synthModule((stack) => build(stack, compose(stack))))).toEqual(expected);
  });
});

describe("constructs in a stranger's network", () => {
  const inTheirs = (
    stack: TerraformStack,
    subnetId: string,
    vpcId: string,
    endpoint = "sg-0123456789abcdef0",
    onlyThroughVpcs?: false,
  ) => {
    const access = new InstanceAccess(stack, "access", {
      name: "x",
      vpcId,
      onlyThroughVpcs,
      endpointSecurityGroupId: endpoint,
    });
    new ManagedInstance(stack, "web", { name: "web", access, vpcId, subnetId });
  };
  test("are not judged by what is not known", () => {
    expect(
      refusals(() =>
        synthModule((stack) => {
          const subnet = new TerraformVariable(stack, "subnet", {});
          inTheirs(stack, subnet.stringValue, "vpc-0123456789abcdef0");
        }),
      ),
    ).toEqual([]);
  });
  test.each([
    [false, []],
    [
      undefined,
      ["ssm", "ssmmessages"].map(
        (service) =>
          `  [module] instance-role: module/access denies ${service} but through endpoints of module/vpc, which has none for it (onlyThroughVpcs)`,
      ),
    ],
  ] as const)(
    "may find a way by NAT, where credentials work there: onlyThroughVpcs %s",
    (bound, expected) => {
      expect(
        refusals(() =>
          synthModule((stack) => {
            const vpc = new Vpc(stack, "vpc", { cidrBlock: "10.99.0.0/16" });
            const subnet = new Subnet(stack, "private", { vpcId: vpc.id, cidrBlock: "10.99.0.0/24" });
            const table = new RouteTable(stack, "table", { vpcId: vpc.id });
            new RouteTableAssociation(stack, "association", { subnetId: subnet.id, routeTableId: table.id });
            new Route(stack, "route", {
              routeTableId: table.id,
              destinationCidrBlock: "0.0.0.0/0",
              natGatewayId: "nat-1",
            });
            inTheirs(stack, subnet.id, vpc.id, undefined, bound);
          }),
        ).map((line) => line.replace(/, so .*/, "")),
      ).toEqual(expected);
    },
  );
  test("need endpoints where no way leads out", () => {
    expect(
      refusals(() =>
        synthModule((stack) => {
          const vpc = new Vpc(stack, "vpc", { cidrBlock: "10.99.0.0/16" });
          inTheirs(
            stack,
            new Subnet(stack, "private", { vpcId: vpc.id, cidrBlock: "10.99.0.0/24" }).id,
            vpc.id,
          );
        }),
      ).map((line) => line.replace(/, so .*/, "")),
    ).toEqual([
      "  [module] agent-endpoints: module/vpc has no ssm endpoint",
      "  [module] agent-endpoints: module/vpc has no ssmmessages endpoint",
    ]);
  });
});

describe("stacks that belong together", () => {
  test.each(["net", "net.eu"])(
    "are read through CDKTF's own references, also inside a construct: %s",
    (name) => {
      const lines = refusals(() =>
        synth((app) => {
          const region = new Construct(app, "eu");
          const [net, inst] = [new TerraformStack(region, name), new TerraformStack(region, "inst")];
          for (const stack of [net, inst]) {
            new AwsProvider(stack, "aws", { region: "eu-central-1" });
          }
          const network = new IsolatedNetwork(net, "network", {
            name: "x",
            region: "eu-central-1",
            cidr: "10.10.0.0/23",
            availabilityZones: 1,
            endpointServices: ["ssm"],
          });
          const { vpcId } = network;
          const access = new InstanceAccess(inst, "access", {
            name: "x",
            vpcId,
            endpointSecurityGroupId: "sg-1",
          });
          const subnetId = network.subnetIds["zone-1"] as string;
          new ManagedInstance(inst, "web", { name: "web", access, vpcId, subnetId });
        }),
      );
      expect(lines.map((line) => line.replace(/, so .*/, ""))).toEqual([
        `  [eu/${name}] agent-endpoints: eu/${name}/network has no ssm endpoint`,
        `  [eu/${name}] agent-endpoints: eu/${name}/network has no ssmmessages endpoint`,
      ]);
    },
  );

  const environment = (app: App, name: string) => addStacks(app, settingsOf(MINIMAL, name));
  test("are judged as one, also where another stack adds to them, and told of once", () => {
    expect(
      refusals(() =>
        synth((app) => {
          environment(app, "one");
          environment(app, "two");
          const theirs = new TerraformStack(app, "theirs");
          const instances = app.node.findChild("one-instances");
          new EipAssociation(theirs, "address", {
            instanceId: (instances.node.findChild("web") as ManagedInstance).instanceId,
          });
        }),
      ),
    ).toEqual([
      "  [one-networking] no-public-address: theirs/address gives a public address. Take the address away: sessions need none.",
    ]);
  });
  test.each([
    ["abc", /so one-instances\/a, one-instances\/b, one-instances\/c would not be reached/],
    ["abcd", /so one-instances\/a, one-instances\/b, one-instances\/c and 1 more would not be reached/],
  ])("name three instances, and how many more: %s", (names, expected) => {
    const instances = Object.fromEntries([...names].map((name) => [name, {}]));
    const [line] = refusals(() =>
      synth((app) => {
        addStacks(app, settingsOf({ ...MINIMAL, instances }, "one"));
        app.node.findChild("one-networking").node.findChild("endpoints").node.tryRemoveChild("ssm");
      }),
    );
    expect(line).toMatch(expected);
  });
});

describe("what was given to a construct", () => {
  const kmsKeyId = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555";
  const instance = (stack: TerraformStack, more: Partial<ManagedInstanceProps>) => {
    const { access, network } = compose(stack);
    const subnetId = network.subnetIds["zone-1"] as string;
    return new ManagedInstance(stack, "db", { name: "db", access, vpcId: network.vpcId, subnetId, ...more });
  };
  test("may name accounts and ARNs, shell variables included", () => {
    const userData = "aws s3 cp arn:aws:s3:::b ${HOME} 111122223333";
    expect(
      refusals(() => synthModule((stack) => instance(stack, { userData, rootVolume: { kmsKeyId } }))),
    ).toEqual([]);
  });
  test("is the only thing that may", () => {
    const written = refusals(() =>
      synthModule((stack) =>
        (instance(stack, {}).node.findChild("Default") as Instance).addOverride("kms", kmsKeyId),
      ),
    );
    expect(written).toEqual([
      "  [module] no-written-account: module/db names arn:aws:. Use the caller's account and partition, or pass the value in as a setting.",
    ]);
  });
});
