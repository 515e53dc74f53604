const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of a duration such as `2h` or `7d`; undefined where the text is not a duration. */
export function milliseconds(duration: string): number | undefined {
  const [, count, unit = ""] = /^([1-9]\d{0,5})([smhdw])$/.exec(duration) ?? [];
  return count === undefined ? undefined : Number(count) * (UNITS[unit] as number);
}

/** How long something took, such as `1h 5m`: its two largest units. */
export function duration(length: number): string {
  const seconds = Math.max(0, Math.round(length / 1_000));
  const parts = [
    [Math.floor(seconds / 3_600), "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  return (first < 0 ? parts.slice(2) : parts.slice(first, first + 2))
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}

/** A time as it is where the reader is, such as `2026-01-01T13:00:00+01:00`. */
export function localTime(time: Date, offset = -time.getTimezoneOffset()): string {
  const shifted = new Date(time.getTime() + offset * 60_000).toISOString().slice(0, 19);
  const two = (count: number): string => String(Math.floor(count)).padStart(2, "0");
  const distance = Math.abs(offset);
  return `${shifted}${offset < 0 ? "-" : "+"}${two(distance / 60)}:${two(distance % 60)}`;
}

/** Waits. */
export function pause(length: number): Promise<void> {
  return new Promise((done) => setTimeout(done, length));
}
