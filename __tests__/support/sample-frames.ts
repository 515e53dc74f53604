/** What stands around a sample of TypeScript that is a part of a file, so that it compiles. */
export interface SampleFrame {
  /** How such a sample begins. */
  readonly begins: RegExp;
  /** What comes before it. Imports are those of a file in `environments/`. */
  readonly before: string;
  /** What comes after it. */
  readonly after: string;
}

const COMMENT = /^\/\*\*[^]*?\*\/\n/;

const beginsAfterComment = (code: RegExp): RegExp => new RegExp(COMMENT.source + code.source);

/** Every kind of sample there is: the first that fits is taken. */
export const FRAMES: readonly SampleFrame[] = [
  { begins: /^import /, before: "", after: "" },
  {
    begins: /^(network|sessions|state|instances): /,
    before: `import type { Environment } from "../stacks/settings/environment";
      const environment: Environment = {
        ...{ region: "eu-central-1", sessions: {}, instances: { web: {} } },`,
    after: "};\nexport default environment;",
  },
  {
    begins: /^silenceRule\(/,
    before: `import type { Construct } from "constructs";
      import { silenceRule } from "cdktf-session-manager";
      export function sample(bastion: Construct): void {`,
    after: "}",
  },
  { begins: beginsAfterComment(/readonly /), before: "export interface Sample {", after: "}" },
  {
    begins: beginsAfterComment(/\w+: flag\(/),
    before: `import { flag, section } from "../stacks/settings/section";
      export const sample = section({`,
    after: "});",
  },
  {
    begins: beginsAfterComment(/export const \w+: Check /),
    before: 'import type { Check } from "../modules/rules/isolation";\n',
    after: "",
  },
  {
    begins: /^"[a-z-]+": \{\n +reason: /,
    before: `import type { Rule } from "../modules/rules";
      import type { Check } from "../modules/rules/isolation";
      declare const isolation: { readonly forwarding: Check };
      export const sample: Record<string, Rule & { readonly broken: Check }> = {`,
    after: "};",
  },
  {
    begins: /^describe\(/,
    before: `import { type Case, type Change, set } from "../__tests__/support/rules";
      declare const broken: (cases: Case[]) => void;
      declare const kept: (cases: [string, Change][]) => void;
      `,
    after: "",
  },
  {
    begins: /^const alarm = synthModule\(/,
    before: `import { Construct } from "constructs";
      import { synthModule } from "../__tests__/support/synth";
      declare class StatusAlarm extends Construct {
        constructor(scope: Construct, id: string, props: { readonly name: string; readonly instanceId: string });
      }
      `,
    after: "",
  },
];
