/** The Terraform JSON of one stack, as far as the rules read it. */
export interface StackJson {
  /** Resources. */
  readonly resource?: Blocks;
  /** Data sources. */
  readonly data?: Blocks;
  /** Calls of Terraform modules, by name. */
  readonly module?: Readonly<Record<string, Arguments>>;
  /** Local values. */
  readonly locals?: Readonly<Record<string, unknown>>;
  /** Outputs. */
  readonly output?: Readonly<Record<string, { readonly value?: unknown }>>;
}

/** Blocks by type and name. */
type Blocks = Readonly<Record<string, Readonly<Record<string, Arguments>>>>;

/** The arguments of a block. */
export type Arguments = Readonly<Record<string, unknown>>;

/** One resource or data source. */
export interface Block {
  /** Name of the stack. */
  readonly stack: string;
  /** Type, such as `aws_subnet`. */
  readonly type: string;
  /** Address in its stack, such as `aws_subnet.network_zone-1`. */
  readonly address: string;
  /** Path of the construct that made it; the address where it was written by an override. */
  readonly path: string;
  /** Arguments. */
  readonly config: Arguments;
  /** Whether it is a resource, not a data source. */
  readonly managed: boolean;
}

/** What a value refers to. */
export interface Reference {
  /** The resource or data source. */
  readonly block: Block;
  /** The attribute referred to, such as `id`. */
  readonly attribute: string;
}

const REFERENCE =
  /(?<![\w.-])(data\.)?([a-z][a-z0-9]*_\w+|local)\.([\w-]+)(?:\.([\w-]+))?(?:\.([\w-]+))?(?:\["([^"]+)"\])?/g;
const CROSS_STACK_PREFIX = /^cross-stack-reference-input-/;

/** What CDKTF leaves of a stack's path in the name of a remote state. */
const remoteName = (name: string): string =>
  name.replace(CROSS_STACK_PREFIX, "").replace(/[^A-Za-z0-9]/g, "");

/**
 * The resources of several stacks and what refers to what, through outputs and remote state. Whatever the JSON itself
 * does not say (variables, modules, what AWS answers) stays unknown, and no rule may be broken by it.
 */
export class JsonGraph {
  /** Every resource and data source. */
  public readonly blocks: readonly Block[];

  /** Stacks by what remote states call them. */
  private readonly producers: ReadonlyMap<string, string>;
  private readonly intoModules: ReadonlySet<Block>;
  private readonly byType = new Map<string, Block[]>();
  private readonly byAddress = new Map<string, Block>();
  private readonly followed = new Map<string, readonly Reference[]>();
  private readonly indexes = new Map<string, Map<Block, Block[]>>();

  constructor(private readonly stacks: Readonly<Record<string, StackJson>>) {
    this.blocks = Object.entries(stacks).flatMap(([stack, json]) => [
      ...readBlocks(stack, json.resource, true),
      ...readBlocks(stack, json.data, false),
    ]);
    this.producers = new Map(Object.keys(stacks).map((stack) => [remoteName(stack), stack]));
    for (const block of this.blocks) {
      this.byAddress.set(`${block.stack}/${block.address}`, block);
      if (block.managed) {
        append(this.byType, block.type, block);
      }
    }
    this.intoModules = new Set(
      Object.entries(stacks).flatMap(([stack, json]) =>
        this.references(Object.values(json.module ?? {}), stack).map(({ block }) => block),
      ),
    );
  }

  /** Whether a resource is handed to a Terraform module, which may do anything with it out of the rules' sight. */
  public isInModule(block: Block): boolean {
    return this.intoModules.has(block);
  }

  /** The resources of some types. */
  public of(...types: readonly string[]): readonly Block[] {
    return types.flatMap((type) => this.byType.get(type) ?? []);
  }

  /** Everything that a value refers to, wherever it stands in the value. */
  public references(value: unknown, stack: string): readonly Reference[] {
    if (Array.isArray(value)) {
      return value.flatMap((one) => this.references(one, stack));
    }
    if (typeof value === "object" && value !== null) {
      return this.references(Object.values(value), stack);
    }
    if (typeof value !== "string" || !value.includes("${")) {
      return [];
    }
    const key = `${stack} ${value}`;
    const known = this.followed.get(key);
    if (known !== undefined) {
      return known;
    }
    this.followed.set(key, []); // a local that names itself ends here
    const found = [...value.matchAll(REFERENCE)].flatMap((match) => this.follow(match, stack));
    this.followed.set(key, found);
    return found;
  }

  /** The resources of a type that an argument refers to; none where it is not known. */
  public find(block: Block, argument: string, ...types: readonly string[]): Block[] {
    return this.findIn(block.config[argument], block.stack, ...types);
  }

  /** The resources of a type that a value refers to; none where it is not known. */
  public findIn(value: unknown, stack: string, ...types: readonly string[]): Block[] {
    const found = this.references(value, stack).map(({ block }) => block);
    return [...new Set(found.filter(({ managed, type }) => managed && types.includes(type)))];
  }

  /** The resources of a type whose argument refers to a block. */
  public referrers(target: Block, type: string, argument: string): readonly Block[] {
    const name = `${type}.${argument}`;
    const index = this.indexes.get(name) ?? this.index(type, argument);
    this.indexes.set(name, index);
    return index.get(target) ?? [];
  }

  private index(type: string, argument: string): Map<Block, Block[]> {
    const index = new Map<Block, Block[]>();
    for (const block of this.of(type)) {
      for (const target of new Set(
        this.references(block.config[argument], block.stack).map((one) => one.block),
      )) {
        append(index, target, block);
      }
    }
    return index;
  }

  private follow(match: RegExpMatchArray, stack: string): readonly Reference[] {
    const [, data = "", type = "", name = "", attribute = "", output = "", key] = match;
    if (type === "local") {
      return this.references(this.stacks[stack]?.locals?.[name], stack);
    }
    if (data && type === "terraform_remote_state") {
      const producer = this.producers.get(remoteName(name)) ?? name;
      const value = this.stacks[producer]?.output?.[output]?.value;
      return this.references(key === undefined ? value : (value as Arguments | undefined)?.[key], producer);
    }
    const block = this.byAddress.get(`${stack}/${data}${type}.${name}`);
    return block === undefined ? [] : [{ block, attribute }];
  }
}

/** A construct's path, without the id of the resource that it is named for. */
export function nameOf({ path }: Block): string {
  return path.replace(/\/Default$/, "");
}

/** Whether a block is a data source of a type. */
export function isLookup({ managed, type }: Block, wanted: string): boolean {
  return !managed && type === wanted;
}

/** Whether blocks of a name are written in a way that only Terraform can unfold. */
export function isUnfolded(config: Arguments, name: string): boolean {
  const dynamic = nested(config.dynamic).some((one) => one[name] !== undefined);
  return dynamic || isExpression(config[name]);
}

/** Whether an argument is switched on, and nothing else. */
export function isOn(value: unknown): boolean {
  return value === true || value === "true";
}

/** Whether an argument is switched off, and nothing else. */
export function isOff(value: unknown): boolean {
  return value === false || value === "false";
}

/** A nested block or several, however the JSON spells them. */
export function nested(value: unknown): Arguments[] {
  return (Array.isArray(value) ? value : [value]).filter(
    (one): one is Arguments => typeof one === "object" && one !== null,
  );
}

/** A list, or the only element of one. */
export function list(value: unknown): unknown[] {
  return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
}

/** Whether a value is decided by Terraform, not by the JSON. */
export function isExpression(value: unknown): boolean {
  return typeof value === "string" && value.includes("${");
}

/** A value as text; undefined where Terraform decides it. */
export function knownText(value: unknown): string | undefined {
  return isExpression(value) ? undefined : String(value);
}

/** A value as a number; undefined where Terraform decides it. */
export function knownNumber(value: unknown): number | undefined {
  return isExpression(value) ? undefined : Number(value);
}

/** Everything that several arguments of several blocks hold, whatever its depth. */
export function texts(value: unknown): string[] {
  if (typeof value === "string") {
    return [value];
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

/** Adds a block to one of several lists. */
export function append<Key>(lists: Map<Key, Block[]>, key: Key, block: Block): void {
  const present = lists.get(key);
  if (present === undefined) {
    lists.set(key, [block]);
  } else {
    present.push(block);
  }
}

function readBlocks(stack: string, types: Blocks | null = {}, managed: boolean): Block[] {
  return Object.entries(types ?? {}).flatMap(([type, named]) =>
    Object.entries((named as Blocks[string] | null) ?? {}).flatMap(([name, written]) =>
      nested(written).map((one) => {
        const config = withoutNulls(one) as Arguments;
        const address = `${managed ? "" : "data."}${type}.${name}`;
        const path = (config["//"] as { metadata?: { path?: string } } | undefined)?.metadata?.path;
        return { stack, type, address, path: path ?? `${stack}/${address}`, config, managed };
      }),
    ),
  );
}

/** Terraform takes an argument that is null for one that is missing. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((one) => one !== null).map(withoutNulls);
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(
        Object.entries(value).flatMap(([key, one]) => (one === null ? [] : [[key, withoutNulls(one)]])),
      )
    : value;
}
