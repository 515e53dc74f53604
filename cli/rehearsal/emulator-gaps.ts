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

/**
 * Arguments that no emulator keeps, by types of resources: a rehearsal leaves them out. So it does without a provider that
 * knows them, too.
 */
const UNKNOWN: Readonly<Record<string, readonly string[]>> = {
  aws_cloudwatch_log_group: ["deletion_protection_enabled"],
};

/** Takes the arguments out of a stack's JSON that no emulator keeps; all else stays as it is, to the byte. */
export function withoutUnknown(text: string): string {
  const json = JSON.parse(text) as { resource?: Record<string, Record<string, Record<string, unknown>>> };
  const given = Object.entries(UNKNOWN).flatMap(([type, names]) =>
    Object.values(json.resource?.[type] ?? {}).flatMap((config) =>
      names.filter((name) => name in config).map((name) => ({ config, name })),
    ),
  );
  given.forEach(({ config, name }) => delete config[name]);
  return given.length === 0 ? text : JSON.stringify(json, undefined, 2);
}

/** Whether a change is only what this version of moto has forgotten. */
export function isForgotten(type: string, attribute: string, before: unknown, moto: string): boolean {
  const isEmpty = before == null || before === "" || (Array.isArray(before) && before.length === 0);
  return (
    isEmpty &&
    EMULATOR_GAPS.some((gap) => gap.type === type && gap.attribute === attribute && gap.moto === moto)
  );
}
