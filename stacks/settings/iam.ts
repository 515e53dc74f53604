import { z } from "zod";
import { VPC_ID } from "../../modules/facts/ec2-ids";
import {
  DEFAULT_IAM_PATH,
  IAM_PATH,
  POLICY_ARN,
  PROFILE_NAME,
  ROLE_NAME,
  furtherPoliciesProblem,
} from "../../modules/facts/iam-names";
import { onceProblem } from "../../modules/facts/refusal";
import { checkedText, flag, kinds, refusal, reportTo, section, text } from "./section";

/** What roles, policies and the instance profile are called, where they are, and what they may do. */
export const iamSettings = section({
  /** Name of the instances' role; unique in the account. Default: `<namePrefix>-instances`. */
  roleName: checkedText(ROLE_NAME).optional(),
  /** Name of the instance profile; unique in the account. Default: `<namePrefix>-instances`. */
  instanceProfileName: checkedText(PROFILE_NAME).optional(),
  /**
   * IAM path of every role, policy and instance profile, such as `/teams/payments/`; chosen once, as IAM moves nothing.
   * Default: `"/"`.
   */
  path: checkedText(IAM_PATH).default(DEFAULT_IAM_PATH),
  /** Managed policy that bounds what every role can ever do: docs/organizations.md#roles. Default: none. */
  permissionsBoundaryArn: checkedText(POLICY_ARN).optional(),
  /** Whether roles have inline policies; `false` makes managed ones in their place. Default: `true`. */
  inlinePolicies: flag().default(true),
  /**
   * Managed policies for what the instances do beyond being reached; AmazonSSMManagedInstanceCore also for State Manager
   * and the like. Default: `[]`.
   */
  managedPolicyArns: z
    .array(checkedText(POLICY_ARN), refusal("a list of ARNs", 'write ["arn:aws:iam::..."]'))
    .superRefine(reportTo(furtherPoliciesProblem))
    .default([]),
  /**
   * VPCs beside their own through whose endpoints credentials of the role work, as they do nowhere else; `false` for
   * anywhere: docs/security.md#the-instances-role. Default: `[]`, or `false` where a service answers elsewhere.
   */
  onlyThroughVpcs: kinds(
    z.literal(false, refusal("false, or a list of VPC ids", 'write ["vpc-..."]')),
    z.array(text(VPC_ID)).superRefine(reportTo(onceProblem)),
    Array.isArray,
  ).optional(),
}).prefault({});
