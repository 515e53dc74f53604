import { join } from "node:path";
import { runInNewContext } from "node:vm";
import * as ts from "typescript";
import { environmentSettings } from "../stacks/settings/environment";

/** A setting, as people see it who point at it in an environment. */
export interface Setting {
  /** Where it is, such as `network.cidr` or `instances.<name>.image`. */
  readonly path: string;
  /** What it is where nothing is said, in Markdown. */
  readonly fallback: string;
  /** What it is for, in Markdown. */
  readonly what: string;
}

const ROOT = join(__dirname, "..");
const SCHEMA = join(ROOT, "stacks/settings/environment.ts");

/** Environments that say little: what they have more when they are read are defaults. */
const SAMPLES = [
  {},
  { sessions: {} },
  { network: { vpcId: "vpc-0123456789abcdef0", subnetIds: { "eu-central-1a": "subnet-0123456789abcdef0" } } },
].map((sample) => {
  const given = { region: "eu-central-1", instances: { name: {} }, ...sample };
  return { given, read: environmentSettings.parse(given) };
});

/** Every setting with the comment that an editor shows, in the order of the schema. */
export function allSettings(): Setting[] {
  const config = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile).config as object;
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [SCHEMA] }, ts.sys, ROOT);
  // Types of Node.js are most of the work, and no setting is of one.
  const program = ts.createProgram([SCHEMA], { ...options, types: [] });
  const checker = program.getTypeChecker();
  const schema = checker.getSymbolAtLocation(program.getSourceFile(SCHEMA) as ts.SourceFile) as ts.Symbol;
  const environment = checker.getExportsOfModule(schema).find(({ name }) => name === "Environment");
  const type = checker.getDeclaredTypeOfSymbol(environment as ts.Symbol);
  const found = new SettingsReader(checker).ofGroup(type, "");
  // What several kinds of a group have, such as a new and an existing network, is listed once.
  return found.filter(({ path }, index) => found.findIndex((one) => one.path === path) === index);
}

class SettingsReader {
  constructor(private readonly checker: ts.TypeChecker) {}

  /** The settings of a group, or of each of its kinds, as they follow one another in the source. */
  public ofGroup(group: ts.Type, prefix: string): Setting[] {
    return kindsOf(group)
      .map((kind) => this.checker.getPropertiesOfType(kind).sort((one, two) => placeOf(one) - placeOf(two)))
      .sort(([one], [two]) => placeOf(one) - placeOf(two))
      .flat()
      .flatMap((property) => this.ofProperty(property, `${prefix}${property.name}`));
  }

  /** A setting, and those inside it. A group of others is not a setting itself. */
  private ofProperty(property: ts.Symbol, path: string): Setting[] {
    const type = this.checker.getTypeOfSymbol(property);
    const kinds = kindsOf(type);
    const own = (): Setting => this.itself(property, path);
    if (type.isStringLiteral()) {
      return []; // the word that a kind of group is told by
    }
    const [only] = kinds.length === 1 ? kinds : [];
    const [element] =
      only && this.checker.isArrayType(only) ? this.checker.getTypeArguments(only as ts.TypeReference) : [];
    if (element && this.isGroup(element)) {
      return this.ofGroup(element, `${path}[].`);
    }
    const named = only && this.checker.getIndexTypeOfType(only, ts.IndexKind.String);
    if (named && this.isGroup(named)) {
      return [own(), ...this.ofGroup(named, `${path}.<name>.`)];
    }
    const groups = kinds.filter((kind) => this.isGroup(kind));
    const values = kinds.filter((kind) => !this.isGroup(kind));
    if (values.some((kind) => this.checker.typeToString(kind) !== "false")) {
      return [own()]; // beside other values, a group is one of those that the setting takes
    }
    const inner = groups.flatMap((kind) => this.ofGroup(kind, `${path}.`));
    // A group that can be switched off is a setting by itself, and so is the state, which has a page of its own.
    return values.length > 0 || path === "state" ? [own(), ...inner] : inner;
  }

  private isGroup(type: ts.Type): boolean {
    return (
      Boolean(type.flags & ts.TypeFlags.Object) &&
      !this.checker.isArrayType(type) &&
      this.checker.getIndexInfosOfType(type).length === 0
    );
  }

  /** What the comment says: what the setting is for, and at the end its default. */
  private itself(property: ts.Symbol, path: string): Setting {
    const comment = ts
      .displayPartsToString(property.getDocumentationComment(this.checker))
      .replace(/\s+/g, " ");
    const [, what = "", words] = /^(.+?)\.(?: Default: (.+)\.)?$/.exec(comment) ?? [];
    const fallback = words ?? (property.flags & ts.SymbolFlags.Optional ? "" : "required");
    const value = defaultOf(path);
    if (what === "" || fallback === "" || (value !== undefined && !says(fallback, value))) {
      const end = value === undefined ? "..." : `\`${JSON.stringify(value)}\``;
      throw new Error(`${path}: its comment is "${comment}", and must end in "Default: ${end}."`);
    }
    const linked = what.replace(/docs\/([\w-]+\.md)(#[\w-]+)?/g, "[$1]($1$2)");
    return { path, fallback, what: linked };
  }
}

/** What a type has beside "not given". */
function kindsOf(type: ts.Type): ts.Type[] {
  return (type.isUnion() ? type.types : [type]).filter(({ flags }) => !(flags & ts.TypeFlags.Undefined));
}

function placeOf(property: ts.Symbol | undefined): number {
  return property?.declarations?.[0]?.pos ?? 0;
}

/** What the schema gives a setting that is not said. */
function defaultOf(path: string): unknown {
  const keys = path.replace("<name>", "name").split(".");
  const valueIn = (environment: object): unknown =>
    keys.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], environment);
  return SAMPLES.filter(({ given }) => valueIn(given) === undefined)
    .map(({ read }) => valueIn(read))
    .find((value) => value !== undefined);
}

/** Whether words are this value as it would be written in an environment. */
function says(words: string, value: unknown): boolean {
  const [, code] = /^`(.+)`$/.exec(words) ?? [];
  return code !== undefined && JSON.stringify(runInNewContext(`(${code})`)) === JSON.stringify(value);
}
