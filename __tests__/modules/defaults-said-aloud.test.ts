import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { TerraformStack } from "cdktf";
import {
  CommandAlarm,
  ExistingNetwork,
  FlowLogs,
  InstanceAccess,
  ManagedInstance,
  OperatorAccess,
  SessionArchive,
  SessionGuardrail,
  SessionLogging,
  SsmEndpoints,
} from "../../modules";
import { synthModule } from "../support/synth";

const NAME = { name: "test", region: "eu-central-1" };
const KEY = "arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-1234-1234-123456789012";
const LOGS = "arn:aws:logs:eu-central-1:111122223333:log-group:/session-manager/test";
const VPC = "vpc-0123456789abcdef0";
const SUBNET = "subnet-0123456789abcdef0";
const GROUP = "sg-0123456789abcdef0";
const ALL = { cidr: "10.0.0.0/24", ports: 443, description: "a service" };

type Props = Record<string, unknown>;

/** How a stack has what an interface describes, with a prop more. */
const BUILDERS: Readonly<Record<string, (stack: TerraformStack, more: Props) => void>> = {
  CommandAlarmProps: (stack, more) =>
    void new CommandAlarm(stack, "alarm", { ...NAME, logGroupName: "/a", keyArn: KEY, ...more }),
  EgressRule: (stack, more) => instance(stack, { egress: [{ ...ALL, ...more }] }),
  ExistingNetworkProps: (stack, more) =>
    void new ExistingNetwork(stack, "network", {
      vpcId: VPC,
      subnetIds: { "eu-central-1a": SUBNET },
      ...more,
    }),
  InstanceAccessProps: (stack, more) => void access(stack, more),
  ManagedInstanceProps: (stack, more) => instance(stack, more),
  OperatorAccessProps: (stack, more) =>
    void new OperatorAccess(stack, "operators", {
      ...NAME,
      accessTag: "test",
      documentName: "SessionManager-test",
      keyArn: KEY,
      logGroupArn: LOGS,
      ...more,
    }),
  RoleDemands: (stack, more) => {
    access(stack, more);
    new FlowLogs(stack, "flow-logs", { ...NAME, vpcId: VPC, retentionDays: 30, ...more });
  },
  RootVolume: (stack, more) => instance(stack, { rootVolume: more }),
  SessionArchiveProps: (stack, more) =>
    void new SessionArchive(stack, "archive", { bucketName: "our-copies", keyArn: KEY, ...more }),
  SessionGuardrailProps: (stack, more) =>
    void new SessionGuardrail(stack, "guardrail", {
      ...NAME,
      documentNames: ["SessionManager-test"],
      keyArn: KEY,
      logGroupArn: LOGS,
      ...more,
    }),
  SessionLoggingProps: (stack, more) => void new SessionLogging(stack, "logging", { ...NAME, ...more }),
  "SessionLoggingProps.archive": (stack, more) =>
    void new SessionLogging(stack, "logging", { ...NAME, archive: more }),
  EndpointFeatures: (stack, more) =>
    void new SsmEndpoints(stack, "endpoints", {
      ...NAME,
      vpcId: VPC,
      vpcCidr: "10.0.0.0/24",
      subnetIds: [SUBNET],
      ...more,
    }),
};

function access(stack: TerraformStack, more: Props = {}): InstanceAccess {
  return new InstanceAccess(stack, "access", {
    name: "test",
    vpcId: VPC,
    endpointSecurityGroupId: GROUP,
    ...more,
  });
}

function instance(stack: TerraformStack, more: Props): void {
  new ManagedInstance(stack, "instance", {
    name: "test-web",
    access: access(stack),
    vpcId: VPC,
    subnetId: SUBNET,
    ...more,
  });
}

/** Every default in the comments of the constructs that is written as a value. */
function documented(): (readonly [owner: string, prop: string, value: unknown])[] {
  const root = join(__dirname, "../../modules");
  const files = readdirSync(root, { recursive: true }).map(String);
  return files
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => {
      let [owner, inner] = ["", ""];
      let said: string | undefined;
      return readFileSync(join(root, file), "utf8")
        .split("\n")
        .flatMap((line) => {
          owner = /^(?:export )?interface (\w+)/.exec(line)?.[1] ?? owner;
          inner = /^ {2}(?:readonly )?(\w+)\??: \{$/.exec(line)?.[1] ?? (/^ {2}\}/.test(line) ? "" : inner);
          said = /@default ("[^"]*"|\[.*?\]|\d+|true|false)/.exec(line)?.[1] ?? said;
          const [, prop] = /^\s+readonly (\w+)\??:/.exec(line) ?? [];
          const value = said;
          said = prop === undefined ? said : undefined;
          return prop === undefined || value === undefined
            ? []
            : [[inner ? `${owner}.${inner}` : owner, prop, JSON.parse(value) as unknown] as const];
        });
    });
}

const DOCUMENTED = documented();

test("the comments have defaults of every construct that is tried", () => {
  const owners = new Set(DOCUMENTED.map(([owner]) => owner));
  expect(Object.keys(BUILDERS).filter((name) => !owners.has(name))).toEqual([]);
  expect(DOCUMENTED.length).toBeGreaterThan(20);
});

test.each(DOCUMENTED)("%s.%s: %j said aloud is the same as leaving it out", (owner, prop, value) => {
  const build = BUILDERS[owner];
  expect([owner, typeof build]).toEqual([owner, "function"]);
  const written = (more: Props) => synthModule((stack) => build?.(stack, more)).json;
  expect(written({ [prop]: value })).toEqual(written({}));
});

/** Defaults in words, of which a value says the same. */
test.each<[string, Props]>([
  ["InstanceAccessProps", { roleName: "test-instances", instanceProfileName: "test-instances" }],
  ["InstanceAccessProps", { managedPolicyArns: [], onlyThroughVpcs: [], callsElsewhere: false, egress: {} }],
  ["InstanceAccessProps", { endpointNetworks: [] }],
  ["ManagedInstanceProps", { rootVolume: {}, userData: "", egress: [], securityGroupIds: [], tags: {} }],
  ["SessionLoggingProps", { shellProfile: "", watchedCommands: [] }],
  ["OperatorAccessProps", { forward: {} }],
  ["CommandAlarmProps", { emails: [] }],
])("%s: %j is the same as nothing", (owner, props) => {
  const written = (more: Props) => synthModule((stack) => BUILDERS[owner]?.(stack, more)).json;
  expect(written(props)).toEqual(written({}));
});

test("the user of sessions said aloud is made at the first boot all the same", () => {
  const json = synthModule((stack) => {
    const logging = new SessionLogging(stack, "logging", { ...NAME, runAsUser: "ssm-user" });
    const recording = { logGroupArn: logging.logGroupArn, keyArn: logging.keyArn };
    new ManagedInstance(stack, "instance", {
      name: "test-web",
      access: access(stack, { recording }),
      vpcId: VPC,
      subnetId: SUBNET,
    });
  });
  expect(json.only("aws_instance").user_data).toContain("useradd -m -s /bin/bash ssm-user");
});
