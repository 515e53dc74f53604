/** The layers of an environment, in the order they are deployed. Every stack is called `<environment>-<layer>`. */
export const LAYERS = ["networking", "sessions", "instances"] as const;

/** What a stack is for. */
export type Layer = (typeof LAYERS)[number];

/** The name of a stack. */
export function stackName(environment: string, layer: Layer): string {
  return `${environment}-${layer}`;
}
