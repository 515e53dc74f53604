/** An argument that an emulator forgets, so that a plan sees a change where there is none. */
export interface EmulatorGap {
  readonly type: string;
  readonly attribute: string;
  /** The version of moto that forgets it. */
  readonly moto: string;
  readonly why: string;
}

/** All that is tolerated in a plan that must be empty, and only where nothing of the argument is left. */
export const EMULATOR_GAPS: readonly EmulatorGap[] = [
  {
    type: "aws_vpc_security_group_egress_rule",
    attribute: "description",
    moto: "5.2.5",
    why: "keeps no description of a rule that names a security group or a prefix list",
  },
  {
    type: "aws_instance",
    attribute: "vpc_security_group_ids",
    moto: "5.2.5",
    why: "lists no groups of an instance that got them with its network interface",
  },
];

/** Whether a change is only what this version of moto has forgotten. */
export function isForgotten(type: string, attribute: string, before: unknown, moto: string): boolean {
  const isEmpty = before == null || before === "" || (Array.isArray(before) && before.length === 0);
  return (
    isEmpty &&
    EMULATOR_GAPS.some((gap) => gap.type === type && gap.attribute === attribute && gap.moto === moto)
  );
}
