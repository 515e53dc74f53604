import * as stackTrace from "cdktf/lib/tokens/private/stack-trace";

/**
 * Has CDKTF not note for every token where in the code it was made: with a thousand instances that is most of the time and
 * memory, for words that only an error about a token shows. `TOKEN_TRACES=true npm start` has them noted.
 *
 * CDKTF has no switch for it, so the function is replaced in its own file, which is imported by its path. A test says when that
 * moves.
 */
export function leaveOutTokenTraces(): void {
  if (process.env.TOKEN_TRACES !== "true") {
    for (const name of Object.keys(stackTrace)) {
      Object.assign(stackTrace, { [name]: () => [] });
    }
  }
}
