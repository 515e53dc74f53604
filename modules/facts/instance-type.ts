import { type Form, form } from "./bound";
import { problem } from "./refusal";

/** Processor architecture, in the words of AMI names. */
export type Architecture = "arm64" | "x86_64";

const TYPE = form(
  /^[a-z][a-z0-9-]*\d[a-z0-9-]*\.(nano|micro|small|medium|(\d*x)?large|metal(-\d+xl)?)$/,
  "an EC2 instance type such as t3.nano or t4g.small",
  "write family, dot and size, in lower case",
);

/** The name of an instance type. */
export const INSTANCE_TYPE: Form = {
  ...TYPE,
  problem: (instanceType) =>
    instanceType.startsWith("mac")
      ? problem(`${TYPE.allowed}, not a Mac`, "Macs need a dedicated host, which this project does not make")
      : TYPE.problem(instanceType),
};

/**
 * The architecture an instance type runs, read from its name: a `g` among the letters behind the generation
 * number stands for AWS Graviton (`t4g`, `c7gn`, `x2gd`), as does the family `a1`.
 * https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
 */
export function architectureOf(instanceType: string): Architecture {
  const [family = ""] = instanceType.split(".");
  const attributes = /^[a-z]+-?\d+(.*)$/.exec(family)?.[1] ?? "";
  return family === "a1" || attributes.includes("g") ? "arm64" : "x86_64";
}
