import { stripVTControlCharacters } from "node:util";

/**
 * Everything that a terminal may obey, and what turns round the order of letters. What others have written goes to
 * nobody's terminal without this.
 */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** What programs ask of a terminal's keyboard, such as `ESC[>4;2m`, which Node's search for sequences leaves. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const PRIVATE = /\u001b\[[<=>][0-?]{0,16}[ -/]{0,2}[@-~]/g;

/** Where a shell began to search its history, behind its prompt. */
const HISTORY_SEARCH = /\((?:failed )?(?:reverse-)?i-search\)`/;

/** Looking for a long prompt once more takes time that grows with the square of the line, and nobody has one. */
const LONGEST_PROMPT = 1_000;

/** Begins no sequence, and makes Node's search for sequences take time that grows with the square of what follows. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const ENDLESS = /[\u001b\u009b](?=[[\]()#;?]{17})/g;

/**
 * A recorded line, as it looked when it was finished, with nothing in it that a terminal obeys.
 *
 * A backspace goes back, and what is written then replaces all that follows: the agent leaves out the sequences by which
 * a shell erases the rest, and what was meant to stay is written again. A carriage return goes back to the beginning, and
 * what follows stays until it is overwritten.
 */
export function sanitize(line: string): string {
  const shown: string[] = [];
  let column = 0;
  let erases = false;
  const text = afterSearch(line).replace(PRIVATE, "").replace(ENDLESS, "");
  for (const character of stripVTControlCharacters(text)) {
    if (character === "\b") {
      column = Math.max(0, column - 1);
      erases = true;
    } else if (character === "\r") {
      column = 0;
      erases = false;
    } else {
      const written = character === "\t" ? " " : character.replace(OBEYED, "");
      if (written !== "") {
        shown.splice(column, erases ? shown.length : 1, written);
        column += 1;
        erases = false;
      }
    }
  }
  return shown.join("");
}

/** A line without the search of history that led to it: the agent leaves out what took it from the screen. */
function afterSearch(line: string): string {
  const search = line.search(HISTORY_SEARCH);
  if (search <= 0 || search > LONGEST_PROMPT) {
    return line;
  }
  const again = line.lastIndexOf(line.slice(0, search));
  return again > search ? line.slice(again) : line;
}

/** A value as JSON that a terminal shows, and does not obey: JSON itself lets the control characters above 127 be. */
export function sanitizeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(OBEYED, (character) =>
    character === "\n" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
