import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRole, type IamRoleConfig } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import type { Construct } from "constructs";
import { DEFAULT_IAM_PATH, type RoleDemands } from "../facts/iam-names";

/** A role as an organization demands it. */
export function addRole(
  scope: Construct,
  id: string,
  role: Omit<IamRoleConfig, "permissionsBoundary" | "path"> & { readonly name: string },
  { permissionsBoundaryArn, iamPath }: RoleDemands,
): IamRole {
  return new IamRole(scope, id, {
    ...role,
    permissionsBoundary: permissionsBoundaryArn,
    path: writtenPath(iamPath),
  });
}

/**
 * Permits something to a role, or denies it, by a policy that is the role's alone.
 *
 * @param policy its document, and a name that no other of the role's policies has
 * @returns what is there once the role has it
 */
export function addRolePolicy(
  scope: Construct,
  id: string,
  role: IamRole,
  { name, policy }: { readonly name: string; readonly policy: string },
  { iamPath, inlinePolicies = true }: RoleDemands,
): IamRolePolicy | IamRolePolicyAttachment {
  if (inlinePolicies) {
    return new IamRolePolicy(scope, id, { name, role: role.name, policy });
  }
  // Managed policies are the account's: the role's name, which is unique there, tells them apart.
  const managed = new IamPolicy(scope, id, {
    name: `${role.nameInput}-${name}`,
    path: writtenPath(iamPath),
    policy,
  });
  return new IamRolePolicyAttachment(scope, `${id}-attachment`, { role: role.name, policyArn: managed.arn });
}

/** A path as it is written: what IAM takes in any case is left out. */
export function writtenPath(path: string | undefined): string | undefined {
  return path === DEFAULT_IAM_PATH ? undefined : path;
}
