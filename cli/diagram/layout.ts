import type { Arrow, Box, Diagram } from "./model";

/** A box with its place, and text that fits it. */
export interface Placed {
  /** Id of the box. */
  readonly id: string;
  /** Left edge. */
  readonly x: number;
  /** Upper edge. */
  readonly y: number;
  /** Width. */
  readonly width: number;
  /** Height. */
  readonly height: number;
  /** The text, shortened where it does not fit. */
  readonly lines: readonly string[];
  /** The text as it is. */
  readonly full: readonly string[];
  /** Whether it holds other boxes, and where its text is then. */
  readonly frame: "top" | "bottom" | undefined;
  /** Whether others made it, or it is none in AWS. */
  readonly dashed: boolean;
}

/** An arrow with its place: it goes straight up, down or across. */
export interface Route {
  /** Where it begins, and where it ends. */
  readonly points: readonly [x1: number, y1: number, x2: number, y2: number];
  /** Its text. */
  readonly label: string;
  /** Where its text begins. */
  readonly at: readonly [x: number, y: number];
}

/** A picture: what is where. */
export interface Layout {
  /** Width of the picture. */
  readonly width: number;
  /** Height of the picture. */
  readonly height: number;
  /** The boxes, each behind those that follow. */
  readonly boxes: readonly Placed[];
  /** The arrows. */
  readonly routes: readonly Route[];
}

/** Width of a letter: that of a wide font, since nobody knows which one will be there. */
export const LETTER = 7.4;

const BOX = { width: 164, height: 46 };
const CELL = 184;
const PAD = 16;
const TEXT = 18;
const GAP = 52;

/** Puts a diagram in rows: alerts, services, endpoints, subnets; the operator to the left, targets to the right. */
export function layoutOf(diagram: Diagram): Layout {
  const { alerting, services, endpoints, zones, targets } = diagram;
  const logs = columnOf("log-group", diagram);
  const columns = Math.max(endpoints.length, alerting.length === 0 ? 0 : logs + alerting.length);
  const inner = Math.max(columns, zones.length, 3) * CELL;
  const left = PAD + BOX.width + 3 * GAP;
  const start = left + 3 * PAD;
  const right = start + inner + 3 * PAD;

  const alerts = 2 * PAD + 2 * TEXT;
  const served = alerts + (alerting.length === 0 ? 0 : BOX.height + GAP);
  const network = served + BOX.height + GAP;
  const doors = network + PAD;
  const subnets = doors + 2 * PAD + BOX.height + TEXT + GAP;
  const { fixed, strip, floating } = measure(diagram, inner);
  const zoneHeight = 3 * TEXT + fixed + strip;
  const depth = Math.max(TEXT + 2 * PAD + zoneHeight, targets.length * (BOX.height + PAD) + PAD);
  const bottom = subnets + depth + 3 * PAD + TEXT;

  const zoneWidth = inner / Math.max(zones.length, 1);
  const zoneTop = subnets + TEXT + PAD;
  const group = (id: string, text: string): Box => ({ id, lines: [text] });
  const boxes = [
    frame(diagram.region, "top", left, PAD + TEXT, right - left, bottom - PAD - TEXT),
    frame(diagram.network, "bottom", left + PAD, network, right - left - 2 * PAD, bottom - network - PAD),
    frame(
      group("endpoints", "Endpoints"),
      "bottom",
      start - PAD,
      doors,
      inner + 2 * PAD,
      subnets - GAP - doors,
    ),
    frame(
      group("subnets", diagram.network.foreign ? "Subnets" : "Isolated subnets"),
      "top",
      start - PAD,
      subnets,
      inner + 2 * PAD,
      depth,
    ),
    ...zones.map((zone, index) =>
      frame(zone, "top", start + index * zoneWidth + PAD / 4, zoneTop, zoneWidth - PAD / 2, zoneHeight),
    ),
    ...zones.flatMap(({ instances }, index) =>
      grid(instances, start + index * zoneWidth + 10, zoneTop + 2.5 * TEXT, zoneWidth),
    ),
  ];
  if (floating.length > 0) {
    const top = zoneTop + 2.5 * TEXT + fixed;
    const anywhere = { ...group("anywhere", "in one of these subnets, chosen when deployed"), foreign: true };
    boxes.push(
      frame(anywhere, "top", start + PAD, top, inner - 2 * PAD, strip - PAD / 2),
      ...grid(floating, start + 1.5 * PAD, top + 1.5 * TEXT, inner - 3 * PAD),
    );
  }
  boxes.push(
    ...endpoints.map((box, column) => place(box, start + column * CELL, doors + PAD)),
    ...services.map((box) => {
      const behind = endpoints.filter(({ id }) => targetOf(id, diagram) === box.id).length;
      const x = start + columnOf(box.id, diagram) * CELL;
      return place(box, x, served, BOX.width + (behind - 1) * CELL);
    }),
    ...alerting.map((box, index) => place(box, start + (logs + index) * CELL, alerts)),
    place(diagram.operator, PAD, served),
    ...targets.map((box, index) => place(box, right + 3.5 * GAP, subnets + PAD + index * (BOX.height + PAD))),
  );
  return {
    width: right + PAD + (targets.length === 0 ? 0 : 3.5 * GAP + BOX.width),
    height: bottom + PAD,
    boxes,
    routes: diagram.arrows.flatMap((arrow) => route(arrow, boxes)),
  };
}

/** How high the rows of instances are: of those whose subnet is known, and of those that may be in any. */
function measure(
  { zones, anywhere, more }: Diagram,
  inner: number,
): { readonly fixed: number; readonly strip: number; readonly floating: readonly Box[] } {
  const heightOf = (count: number, width: number): number =>
    Math.ceil(count / perRow(width)) * (BOX.height + PAD / 2);
  const floating = more > 0 ? [...anywhere, { id: "more", lines: [`and ${more} more`] }] : anywhere;
  const zoneWidth = inner / Math.max(zones.length, 1);
  return {
    fixed: Math.max(0, ...zones.map(({ instances }) => heightOf(instances.length, zoneWidth))),
    strip: floating.length === 0 ? 0 : 2 * TEXT + heightOf(floating.length, inner - 3 * PAD),
    floating,
  };
}

function perRow(width: number): number {
  return Math.max(1, Math.floor(width / (BOX.width + PAD / 2)));
}

function grid(boxes: readonly Box[], x: number, y: number, width: number): Placed[] {
  const across = perRow(width);
  return boxes.map((box, index) =>
    place(
      box,
      x + (index % across) * (BOX.width + PAD / 2),
      y + Math.floor(index / across) * (BOX.height + PAD / 2),
    ),
  );
}

/** The column of the first endpoint that leads to a service. */
function columnOf(service: string, diagram: Diagram): number {
  return Math.max(
    0,
    diagram.endpoints.findIndex(({ id }) => targetOf(id, diagram) === service),
  );
}

function targetOf(id: string, { arrows }: Diagram): string | undefined {
  return arrows.find(({ from }) => from === id)?.to;
}

function place(box: Box, x: number, y: number, width = BOX.width, height = BOX.height): Placed {
  const { id, lines, foreign = false } = box;
  const fitting = Math.floor((width - 12) / LETTER);
  const short = lines.map((line) => (line.length > fitting ? `${line.slice(0, fitting - 1)}…` : line));
  return { id, x, y, width, height, lines: short, full: lines, frame: undefined, dashed: foreign };
}

function frame(
  box: Box,
  at: "top" | "bottom",
  ...[x, y, width, height]: readonly [number, number, number, number]
): Placed {
  return { ...place(box, x, y, width, height), frame: at };
}

/** A straight way between two boxes that are above or beside each other. */
function route({ from, to, label }: Arrow, boxes: readonly Placed[]): Route[] {
  const one = boxes.find(({ id }) => id === from);
  const other = boxes.find(({ id }) => id === to);
  if (one === undefined || other === undefined) {
    return [];
  }
  const narrow = one.width < other.width ? one : other;
  const low = one.height < other.height ? one : other;
  const across = narrow.x + narrow.width / 2;
  const level = low.y + low.height / 2;
  if (level > one.y && level < one.y + one.height && level > other.y && level < other.y + other.height) {
    const begin = one.x + one.width;
    // Beside the box that stands alone, clear of the frames.
    const x = one.frame === undefined ? begin + 12 : other.x - 16 - label.length * LETTER;
    return [{ label, points: [begin, level, other.x, level], at: [x, level - 8] }];
  }
  const end = other.y + other.height;
  return [{ label, points: [across, one.y, across, end], at: [across + 8, end + 20] }];
}
