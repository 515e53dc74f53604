import { TerraformVariable, type TerraformVariableConfig, Token } from "cdktf";
import type { Construct } from "constructs";
import { RETENTION_DAYS } from "../../modules/facts/retention";
import { TAG_CHARACTERS } from "../../modules/facts/tags";

/** What a value must be: an expression that is true of good ones, or a pattern; and what a person reads of others. */
export type Check = ({ readonly condition: string } | { readonly pattern: string }) & {
  readonly message: string;
};

/** What a variable may have beside name and description. */
interface TextOptions {
  /** Its default; without one it must be given. */
  readonly fallback?: string | undefined;
  readonly check?: Check;
}

/** What tags can have, by every service. */
const TAG_VALUE = "[\\p{L}\\p{Z}\\p{N}_.:/=+@-]";

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
      message: check.message,
    };
    const variable = this.add(name, "string", description, undefined, checked, true);
    // CDKTF cannot write a null of its own.
    variable.addOverride("default", fallback ?? null);
    return variable.stringValue;
  }

  /** An id of EC2. */
  public id(name: string, prefix: string, description: string): string {
    const check = {
      pattern: `^${prefix}-[0-9a-f]{8,17}$`,
      message: `an id such as ${prefix}-0123456789abcdef0`,
    };
    return this.text(name, description, { check });
  }

  /** The ARN of something in a service. */
  public arn(name: string, service: string, description: string): string {
    const check = {
      pattern: `^arn:aws[a-z-]*:${service}:`,
      message: `an ARN such as arn:aws:${service}:...`,
    };
    return this.text(name, description, { check });
  }

  /** A number of minutes, hops and the like. */
  public numberBetween(
    name: string,
    description: string,
    fallback: number,
    [least, most]: [number, number],
  ): number {
    return this.number(name, description, fallback, {
      condition: `floor(var.${name}) == var.${name} && var.${name} >= ${least} && var.${name} <= ${most}`,
      message: `a whole number from ${least} to ${most}`,
    });
  }

  /** A number of days that CloudWatch Logs keeps something. */
  public retentionDays(name: string, description: string, fallback: number): number {
    return this.number(name, description, fallback, {
      condition: `contains([${RETENTION_DAYS.join(", ")}], var.${name})`,
      message: `one of CloudWatch's periods, in days: ${RETENTION_DAYS.join(", ")}`,
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
      condition: `alltrue([for key, value in var.${name} : can(regex("^${escaped(TAG_VALUE)}{1,128}$", key)) && can(regex("^${escaped(TAG_VALUE)}{0,256}$", value)) && !startswith(lower(key), "aws:")])`,
      message: `keys of 1 to 128 characters that do not begin with aws:, and values of up to 256: ${TAG_CHARACTERS}`,
    };
    return this.add(name, "map(string)", description, {}, check).value as object;
  }

  /** The value of a tag, which is not empty. */
  public tagValue(name: string, description: string): string {
    const check = {
      pattern: `^${TAG_VALUE}{1,256}$`,
      message: `1 to 256 ${TAG_CHARACTERS}`,
    };
    return this.text(name, description, { check });
  }

  /** The beginning of every name. */
  public name(): string {
    return this.text("name", "The beginning of every name; all modules of an environment take the same", {
      check: {
        condition:
          'can(regex("^[A-Za-z][A-Za-z0-9-]{0,31}$", var.name)) && !can(regex("^[sS][gG](-|$)", var.name))',
        message: "1 to 32 letters, digits and hyphens, beginning with a letter and not with sg-",
      },
    });
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
            errorMessage: `${name}: allowed: ${check.message}.`,
          },
        ],
      }),
    };
    return new TerraformVariable(this.scope, name, config);
  }
}

function conditionOf(name: string, check: Check): string {
  return "pattern" in check ? `can(regex("${escaped(check.pattern)}", var.${name}))` : check.condition;
}

/** A pattern in the quotes of an expression. */
function escaped(pattern: string): string {
  return pattern.replace(/\\/g, "\\\\");
}
