import { TerraformVariable, type TerraformVariableConfig, Token } from "cdktf";
import type { Construct } from "constructs";
import { type Form, type WholeNumbers } from "../../modules/facts/bound";
import { IAM_PATH, MAX_IAM_PATH, POLICY_ARN, type RoleDemands } from "../../modules/facts/iam-names";
import { NAME_PREFIX } from "../../modules/facts/name-prefix";
import { LOG_GROUP_KEY_ARN } from "../../modules/facts/log-group-key";
import { RETENTION, RETENTION_DAYS } from "../../modules/facts/retention";
import { MAX_TAG_KEY, MAX_TAG_VALUE, TAG_CHARACTER, TAG_CHARACTERS } from "../../modules/facts/tags";
import type { EnvironmentSettings } from "../../stacks/settings/environment";

/** What a value must be: a pattern, or an expression that is true of good ones; and what a person reads of others. */
export type Check = { readonly allowed: string } & (
  { readonly pattern: RegExp } | { readonly condition: string }
);

/** What a variable may have beside name and description. */
interface TextOptions {
  /** Its default; without one it must be given. */
  readonly fallback?: string | undefined;
  readonly check?: Check;
}

/** The variables of a module, each with what it takes: made when they are asked for. */
export class ModuleVariables {
  constructor(private readonly scope: Construct) {}

  /** A text. */
  public text(name: string, description: string, { fallback, check }: TextOptions = {}): string {
    return this.add(name, "string", description, fallback, check).stringValue;
  }

  /** A text, or null for none. */
  public optionalText(name: string, description: string, { fallback, check }: TextOptions = {}): string {
    const checked = check && {
      condition: `var.${name} == null || ${conditionOf(name, check)}`,
      allowed: check.allowed,
    };
    const variable = this.add(name, "string", description, undefined, checked, true);
    // CDKTF cannot write a null of its own.
    variable.addOverride("default", fallback ?? null);
    return variable.stringValue;
  }

  /** A text of one form. */
  public form(name: string, check: Form, description: string): string {
    return this.text(name, description, { check });
  }

  /** The ARN of something in a service. */
  public arn(name: string, service: string, description: string): string {
    const check = {
      pattern: new RegExp(`^arn:aws[a-z-]*:${service}:`),
      allowed: `an ARN such as arn:aws:${service}:...`,
    };
    return this.text(name, description, { check });
  }

  /** A number of minutes, hops and the like. */
  public wholeNumber(
    name: string,
    description: string,
    fallback: number,
    { min, max, allowed }: WholeNumbers,
  ): number {
    return this.number(name, `${description}, ${min} to ${max}`, fallback, {
      condition: `floor(var.${name}) == var.${name} && var.${name} >= ${min} && var.${name} <= ${max}`,
      allowed,
    });
  }

  /** A number of days that CloudWatch Logs keeps something. */
  public retentionDays(name: string, description: string, fallback: number): number {
    return this.number(name, description, fallback, {
      condition: `contains([${RETENTION_DAYS.join(", ")}], var.${name})`,
      allowed: RETENTION.allowed,
    });
  }

  /** A switch. */
  public flag(name: string, description: string, fallback: boolean): boolean {
    // Terraform's value in a place where the constructs take JavaScript's: they hand it on as it is.
    return Token.asAny(this.add(name, "bool", description, fallback).value) as unknown as boolean;
  }

  /** A list of texts. */
  public list(name: string, description: string, fallback: readonly string[]): string[] {
    return this.add(name, "list(string)", description, fallback).listValue;
  }

  /** Tags. */
  public tags(name: string, description: string): object {
    const check = {
      condition: `alltrue([for key, value in var.${name} : can(regex("^${escaped(TAG_CHARACTER)}{1,${MAX_TAG_KEY}}$", key)) && can(regex("^${escaped(TAG_CHARACTER)}{0,${MAX_TAG_VALUE}}$", value)) && !startswith(lower(key), "aws:")])`,
      allowed: `keys of 1 to ${MAX_TAG_KEY} characters that do not begin with aws:, and values of up to ${MAX_TAG_VALUE}: ${TAG_CHARACTERS}`,
    };
    return this.add(name, "map(string)", description, {}, check).value as object;
  }

  /** The value of a tag, which is not empty. */
  public tagValue(name: string, description: string): string {
    const check = {
      pattern: new RegExp(`^${TAG_CHARACTER}{1,${MAX_TAG_VALUE}}$`, "u"),
      allowed: `1 to ${MAX_TAG_VALUE} ${TAG_CHARACTERS}`,
    };
    return this.text(name, description, { check });
  }

  /** The beginning of every name. */
  public name(): string {
    return this.text("name", "The beginning of every name; all modules of an environment take the same", {
      check: {
        condition: `${matches("name", NAME_PREFIX.pattern)} && !${matches("name", NAME_PREFIX.reserved)}`,
        allowed: NAME_PREFIX.allowed,
      },
    });
  }

  /** The key of log groups that hold no recordings. */
  public logGroupKeyArn(fallback: string | undefined): string {
    const description =
      "ARN of the KMS key of log groups that hold no recordings; null for one of CloudWatch Logs' own";
    return this.optionalText("log_group_key_arn", description, { fallback, check: LOG_GROUP_KEY_ARN });
  }

  /** What an organization demands of every role, with an environment's own demands as defaults. */
  public roleDemands({ iam }: Pick<EnvironmentSettings, "iam">): RoleDemands {
    return {
      permissionsBoundaryArn: this.optionalText(
        "permissions_boundary_arn",
        "ARN of the managed policy that bounds what every role here can ever do; null for none",
        { fallback: iam.permissionsBoundaryArn, check: POLICY_ARN },
      ),
      iamPath: this.iamPath(iam.path),
      inlinePolicies: iam.inlinePolicies,
    };
  }

  /** The path of roles and policies. */
  private iamPath(fallback: string): string {
    const description =
      "IAM path of every role, policy and instance profile here; another one makes all of them anew";
    const condition = `length(var.iam_path) <= ${MAX_IAM_PATH} && ${matches("iam_path", IAM_PATH.pattern)} && !${matches("iam_path", IAM_PATH.reserved)}`;
    return this.text("iam_path", description, { fallback, check: { condition, allowed: IAM_PATH.allowed } });
  }

  private number(name: string, description: string, fallback: number, check: Check): number {
    return this.add(name, "number", description, fallback, check).numberValue;
  }

  private add(
    name: string,
    type: string,
    description: string,
    fallback: unknown,
    check?: Check,
    nullable = false,
  ): TerraformVariable {
    const config: TerraformVariableConfig = {
      type,
      description,
      ...(!nullable && { nullable }),
      ...(fallback !== undefined && { default: fallback }),
      ...(check && {
        validation: [
          {
            condition: `\${${conditionOf(name, check)}}`,
            errorMessage: `${name}: allowed: ${check.allowed}.`,
          },
        ],
      }),
    };
    return new TerraformVariable(this.scope, name, config);
  }
}

function conditionOf(name: string, check: Check): string {
  return "pattern" in check ? matches(name, check.pattern) : check.condition;
}

/** Whether a variable matches a pattern, which must have neither look-ahead nor look-behind: Terraform knows none. */
function matches(name: string, { source }: RegExp): string {
  return `can(regex("${escaped(source.replaceAll("\\/", "/"))}", var.${name}))`;
}

/** A pattern in the quotes of an expression. */
function escaped(pattern: string): string {
  return pattern.replaceAll("\\", "\\\\");
}
