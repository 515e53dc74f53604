import { TerraformVariable, type TerraformVariableConfig, Token } from "cdktf";
import type { Construct } from "constructs";
import { RETENTION_DAYS } from "../../modules/flow-logs";

/** What a value must be: an expression that is true of good ones, and what a person reads of others. */
export interface Check {
  readonly condition: string;
  readonly message: string;
}

/** The variables of a module, each with what it takes: made when they are asked for. */
export class ModuleVariables {
  constructor(private readonly scope: Construct) {}

  /** A text; without a default it must be given. */
  public text(name: string, description: string, options: { fallback?: string; check?: Check } = {}): string {
    return this.add(name, "string", description, options.fallback, options.check).stringValue;
  }

  /** A text, or null for none. */
  public optionalText(name: string, description: string): string {
    const variable = new TerraformVariable(this.scope, name, { type: "string", description });
    // CDKTF cannot write a null of its own.
    variable.addOverride("default", null);
    return variable.stringValue;
  }

  /** A number. */
  public number(name: string, description: string, fallback: number, check?: Check): number {
    return this.add(name, "number", description, fallback, check).numberValue;
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

  /** A map of texts. */
  public map(name: string, description: string, fallback: Readonly<Record<string, string>>): object {
    return this.add(name, "map(string)", description, fallback).value as object;
  }

  /** The beginning of every name. */
  public name(description = "The beginning of every name"): string {
    return this.text("name", description, {
      check: {
        condition:
          'can(regex("^[A-Za-z][A-Za-z0-9-]{0,63}$", var.name)) && !startswith(lower(var.name), "sg-")',
        message: "letters, digits and hyphens, beginning with a letter and not with sg-",
      },
    });
  }

  private add(
    name: string,
    type: string,
    description: string,
    fallback: unknown,
    check?: Check,
  ): TerraformVariable {
    const config: TerraformVariableConfig = {
      type,
      description,
      nullable: false,
      ...(fallback !== undefined && { default: fallback }),
      ...(check && {
        validation: [
          { condition: `\${${check.condition}}`, errorMessage: `${name}: allowed: ${check.message}.` },
        ],
      }),
    };
    return new TerraformVariable(this.scope, name, config);
  }
}
