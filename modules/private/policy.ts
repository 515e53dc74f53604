import type { Construct } from "constructs";
import { accountId } from "./once-per-stack";

/** Conditions of a statement: operators, keys and values. */
export type PolicyCondition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** One statement of an IAM policy. */
export interface PolicyStatement {
  /** What the statement is for. */
  readonly Sid?: string;
  /** Whether it allows or denies. */
  readonly Effect: "Allow" | "Deny";
  /** Who, in a resource's policy. */
  readonly Principal?: unknown;
  /** Actions. */
  readonly Action: string | readonly string[];
  /** Resources; none in a trust policy. */
  readonly Resource?: string | readonly string[];
  /** Every resource but these, in place of resources. */
  readonly NotResource?: readonly string[];
  /** Under which conditions. */
  readonly Condition?: PolicyCondition;
}

/** Writes a policy document. */
export function policyDocument(...statements: readonly PolicyStatement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/**
 * A policy variable such as `${aws:userid}`, which IAM fills in when it decides. Written so that Terraform leaves it
 * alone.
 */
export function policyVariable(name: string): string {
  return `$\${${name}}`;
}

/** The condition that whoever calls belongs to the account of the provider. */
export function ownAccount(scope: Construct): PolicyCondition {
  return { StringEquals: { "aws:PrincipalAccount": accountId(scope) } };
}
