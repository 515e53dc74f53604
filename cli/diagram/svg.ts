import { type Placed, type Route, layoutOf } from "./layout";
import type { Diagram } from "./model";

/** Its own background and colours: it looks the same on a light and on a dark page. */
const STYLE = `
    text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2933; }
    .first { font-weight: 600; }
    .frame { fill: #52708a; fill-opacity: 0.07; stroke: #7b93a8; }
    .box { fill: #ffffff; stroke: #33566f; }
    .dashed { stroke-dasharray: 5 4; }
    .arrow { stroke: #b4450f; stroke-width: 1.6; fill: none; }
    .label { fill: #8a3208; }
  `;

/** A diagram as an SVG file that needs nothing beside it. */
export function svg(diagram: Diagram): string {
  const { width, height, boxes, routes } = layoutOf(diagram);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">`,
    `  <title id="title">${escaped(diagram.title)}</title>`,
    `  <desc id="desc">${escaped(diagram.description)}</desc>`,
    `  <style>${STYLE}</style>`,
    `  <defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#b4450f"/></marker></defs>`,
    `  <rect width="${width}" height="${height}" rx="10" fill="#f7f9fb"/>`,
    ...boxes.map(drawnBox),
    ...routes.map(drawnRoute),
    "</svg>",
  ].join("\n");
}

function drawnBox({ x, y, width, height, lines, full, frame, foreign }: Placed): string {
  const cut = full.some((line, index) => line !== lines[index]);
  const middle = y + height / 2 + 4.5 - (lines.length - 1) * 8;
  const top = frame === "bottom" ? y + height - 8 : y + 17;
  const text = lines.map((line, index) => {
    const style = index === 0 ? ' class="first"' : "";
    return frame === undefined
      ? `<text${style} x="${x + width / 2}" y="${middle + index * 16}" text-anchor="middle">${escaped(line)}</text>`
      : `<text${style} x="${x + 8}" y="${top + index * 16}">${escaped(line)}</text>`;
  });
  const style = `${frame === undefined ? "box" : "frame"}${foreign ? " dashed" : ""}`;
  return [
    "  <g>",
    ...(cut ? [`<title>${escaped(full.join(", "))}</title>`] : []),
    `<rect class="${style}" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>`,
    ...text,
    "</g>",
  ].join("");
}

function drawnRoute({ points: [x1, y1, x2, y2], label, at: [x, y] }: Route): string {
  const line = `  <path class="arrow" d="M${x1} ${y1}L${x2} ${y2}" marker-end="url(#head)"/>`;
  return label === "" ? line : `${line}<text class="label" x="${x}" y="${y}">${escaped(label)}</text>`;
}

/** XML knows no control characters, whatever is in a name. */
function escaped(text: string): string {
  const signs: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[^\P{Cc}\t\n\r]/gu, "\ufffd").replace(/[&<>"]/g, (sign) => signs[sign] ?? sign);
}
