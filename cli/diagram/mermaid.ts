import type { Box, Diagram } from "./model";

/** A diagram in the language of Mermaid, which GitHub and others draw. */
export function mermaid(diagram: Diagram): string {
  const { operator, region, network, alerting, services, endpoints, zones, targets } = diagram;
  const foreign = [network, ...endpoints, ...zones].filter((box) => box.foreign);
  return [
    "flowchart BT",
    `  accTitle: ${plain(diagram.title)}`,
    `  accDescr: ${plain(diagram.description)}`,
    ...indent([node(operator), ...targets.map(node)]),
    ...indent(
      group(region, [
        ...[...alerting, ...services].map(node),
        ...group(network, [
          ...group(diagram.endpointGroup, endpoints.map(node)),
          ...group(diagram.subnetGroup, [
            ...zones.flatMap((zone) =>
              zone.instances.length > 0 ? group(zone, zone.instances.map(node)) : [node(zone)],
            ),
            ...diagram.anywhere.map(node),
          ]),
        ]),
      ]),
    ),
    ...indent(
      diagram.arrows.map(
        ({ from, to, label }) => `${name(from)} -->${label === "" ? "" : `|${quoted([label])}|`} ${name(to)}`,
      ),
    ),
    ...indent(foreign.map(({ id }) => `style ${name(id)} stroke-dasharray: 5 5`)),
  ].join("\n");
}

function node({ id, lines }: Box): string {
  return `${name(id)}[${quoted(lines)}]`;
}

function group({ id, lines }: Box, inner: readonly string[]): string[] {
  return [`subgraph ${name(id)}[${quoted(lines)}]`, ...indent(inner), "end"];
}

/** Mermaid keeps some words, such as end and default, for itself. */
function name(id: string): string {
  return `n-${id}`;
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function quoted(lines: readonly string[]): string {
  return `"${lines.map(escaped).join("<br>")}"`;
}

/** Within quotes Mermaid reads entities, written with # in place of &. */
function escaped(text: string): string {
  return text.replace(/[#"<>&`\\]/g, (sign) => `#${sign.charCodeAt(0)};`);
}

/** These texts end with their line, and a # or ; would end them earlier. */
function plain(text: string): string {
  return text.replace(/[#\n]/g, " ").replaceAll(";", ",");
}
