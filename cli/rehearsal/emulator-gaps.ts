/** Something that an emulator forgets, so that a plan sees a change where there is none. */
export interface EmulatorGap {
  /** Type of the resource. */
  readonly type: string;
  /** Argument that is forgotten. */
  readonly attribute: string;
  /** The version of moto that was seen to. */
  readonly moto: string;
  /** What it does. */
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
    why: "tells no groups of an instance that got them with its network interface",
  },
];

/** The gap that explains a change; undefined where none does. */
export function gapOf(
  change: { readonly type: string; readonly attribute: string; readonly before: unknown },
  moto: string,
): EmulatorGap | undefined {
  const { type, attribute, before } = change;
  const forgotten = before == null || before === "" || (Array.isArray(before) && before.length === 0);
  return forgotten
    ? EMULATOR_GAPS.find((gap) => gap.type === type && gap.attribute === attribute && gap.moto === moto)
    : undefined;
}
