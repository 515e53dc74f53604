import type { SecurityGroupIngress } from "@cdktf/provider-aws/lib/security-group";

/**
 * The life of a security group, whose name and description AWS never changes. A new prefix would have to replace the
 * group, which AWS refuses while endpoints, instances or other groups' rules use it; so the group keeps what it was
 * called, and its Name tag follows.
 */
export const FIXED_NAME = { ignoreChanges: ["name", "description"] };

/** No way in, said so: a rule that somebody adds is then a change, which the next apply takes back. */
export const NOTHING_IN: SecurityGroupIngress[] = [];
