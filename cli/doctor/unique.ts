/** Each text once, in its order. */
export function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
