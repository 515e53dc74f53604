import { createHash } from "node:crypto";

/** Eight digits that tell texts apart whose letters alone an id cannot carry. They are part of state addresses. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
