/** A byte of the terminal that begins a control sequence, in the agent's eyes: even where it is part of a letter. */
const begins = (byte: number): boolean => byte === 0x1b || (byte & 0xe0) === 0x80;

/** Second bytes of sequences that are texts up to their end: APC, DCS, OSC, PM, SOS. */
const TEXTS = [..."_P]^X"].map((character) => character.charCodeAt(0));

const END_OF_TEXT = Buffer.from("\u001b\\");

/** How long the sequence at the beginning is; undefined where it is none that the agent understands. */
function sequenceLength(line: Buffer): number | undefined {
  const [first = 0, second] = line;
  if (first === 0x9b || (first === 0x1b && second === 0x5b)) {
    const start = first === 0x9b ? 1 : 2;
    const [sequence] = /^[0-?]*[ -/]*[@-~]/.exec(line.toString("latin1").slice(start)) ?? [];
    return sequence === undefined ? undefined : start + sequence.length;
  }
  // A single shift takes the next character along.
  if (first !== 0x1b) {
    return first === 0x8e || first === 0x8f ? 2 : 1;
  }
  if (second === undefined || second < 0x40 || second > 0x7e) {
    return undefined;
  }
  if (TEXTS.includes(second)) {
    const end = line.indexOf(END_OF_TEXT, 2);
    return end < 0 ? undefined : end + END_OF_TEXT.length;
  }
  return second === 0x4e || second === 0x4f ? 3 : 2;
}

/** A line without its sequences, or as it is where one of them is not understood: Strip of pborman/ansi 1.0.0. */
function strip(line: Buffer): Buffer {
  const kept: number[] = [];
  for (let rest = line; rest.length > 0;) {
    if (begins(rest[0] as number)) {
      const length = sequenceLength(rest);
      if (length === undefined) {
        return line;
      }
      rest = rest.subarray(length);
    } else {
      kept.push(rest[0] as number);
      rest = rest.subarray(1);
    }
  }
  return Buffer.from(kept);
}

/** What SSM Agent records of what a terminal showed: its `sessionData`, line by line. */
export function agentLines(shown: Buffer): string[] {
  const lines: string[] = [];
  for (let start = 0; start < shown.length;) {
    const newline = shown.indexOf(0x0a, start);
    const end = newline < 0 ? shown.length : newline;
    const line = strip(shown.subarray(start, end)).toString("utf8");
    lines.push(line.replaceAll("\r", "").replaceAll("\t", " "));
    start = end + 1;
  }
  return lines;
}
