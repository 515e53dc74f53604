import type { Arrow, Box, Diagram } from "./model";

/** A box with its place, and its text shortened where it does not fit. */
export interface Placed extends Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** The text as it is. */
  readonly full: readonly string[];
  /** Whether it holds other boxes, and where its text is then. */
  readonly frame: "top" | "bottom" | undefined;
}

/** An arrow with its place: it goes straight up, down or across. */
export interface Route {
  readonly points: readonly [x1: number, y1: number, x2: number, y2: number];
  readonly label: string;
  /** Where the label begins. */
  readonly at: readonly [x: number, y: number];
}

/** Width of a letter in a wide font, since nobody knows which font will be there. */
export const LETTER = 7.4;

const BOX = { width: 164, height: 46 };
const CELL = 184;
const PAD = 16;
const TEXT = 18;
const GAP = 52;

/** Puts a diagram in rows: alerts, services, endpoints, subnets; the operator to the left, targets to the right. */
export function layoutOf(diagram: Diagram) {
  const { alerting, services, endpoints, zones, anywhere, targets } = diagram;
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
  const zoneWidth = inner / Math.max(zones.length, 1);
  const fixed = Math.max(0, ...zones.map(({ instances }) => heightOf(instances, zoneWidth)));
  const strip = anywhere.length === 0 ? 0 : 2 * TEXT + heightOf(anywhere, inner - 3 * PAD);
  const zoneHeight = 3 * TEXT + fixed + strip;
  const depth = Math.max(TEXT + 2 * PAD + zoneHeight, targets.length * (BOX.height + PAD) + PAD);
  const bottom = subnets + depth + 3 * PAD + TEXT;
  const zoneTop = subnets + TEXT + PAD;
  const boxes = [
    frame(diagram.region, "top", left, PAD + TEXT, right - left, bottom - PAD - TEXT),
    frame(diagram.network, "bottom", left + PAD, network, right - left - 2 * PAD, bottom - network - PAD),
    frame(diagram.endpointGroup, "bottom", start - PAD, doors, inner + 2 * PAD, subnets - GAP - doors),
    frame(diagram.subnetGroup, "top", start - PAD, subnets, inner + 2 * PAD, depth),
    ...zones.map((zone, index) =>
      frame(zone, "top", start + index * zoneWidth + PAD / 4, zoneTop, zoneWidth - PAD / 2, zoneHeight),
    ),
    ...zones.flatMap(({ instances }, index) =>
      grid(instances, start + index * zoneWidth + 10, zoneTop + 2.5 * TEXT, zoneWidth),
    ),
  ];
  if (anywhere.length > 0) {
    const y = zoneTop + 2.5 * TEXT + fixed;
    const box = { id: "anywhere", lines: ["in one of these subnets, chosen when deployed"], foreign: true };
    boxes.push(
      frame(box, "top", start + PAD, y, inner - 2 * PAD, strip - PAD / 2),
      ...grid(anywhere, start + 1.5 * PAD, y + 1.5 * TEXT, inner - 3 * PAD),
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
    /** Each is drawn behind those that follow. */
    boxes,
    routes: diagram.arrows.flatMap((arrow) => route(arrow, boxes)),
  };
}

function heightOf(boxes: readonly Box[], width: number): number {
  return Math.ceil(boxes.length / perRow(width)) * (BOX.height + PAD / 2);
}

function perRow(width: number): number {
  return Math.max(1, Math.floor(width / (BOX.width + PAD / 2)));
}

function grid(boxes: readonly Box[], x: number, y: number, width: number): Placed[] {
  const across = perRow(width);
  return boxes.map((box, index) => {
    const [row, column] = [Math.floor(index / across), index % across];
    return place(box, x + column * (BOX.width + PAD / 2), y + row * (BOX.height + PAD / 2));
  });
}

/** The column of the first endpoint that leads to a service. */
function columnOf(service: string, diagram: Diagram): number {
  const column = diagram.endpoints.findIndex(({ id }) => targetOf(id, diagram) === service);
  return Math.max(0, column);
}

function targetOf(id: string, { arrows }: Diagram): string | undefined {
  return arrows.find(({ from }) => from === id)?.to;
}

function place(box: Box, x: number, y: number, width = BOX.width, height = BOX.height): Placed {
  const { id, lines: full, foreign = false } = box;
  const fitting = Math.floor((width - 12) / LETTER);
  const lines = full.map((line) => (line.length > fitting ? `${line.slice(0, fitting - 1)}…` : line));
  return { id, lines, foreign, x, y, width, height, full, frame: undefined };
}

function frame(box: Box, at: Placed["frame"], ...position: [number, number, number, number]): Placed {
  return { ...place(box, ...position), frame: at };
}

/** A straight line between two boxes that are above or beside each other. */
function route({ from, to, label }: Arrow, boxes: readonly Placed[]): Route[] {
  const one = boxes.find(({ id }) => id === from);
  const other = boxes.find(({ id }) => id === to);
  if (!one || !other) {
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
