import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { mermaid } from "../cli/diagram/mermaid";
import { type Diagram, diagramOf } from "../cli/diagram/model";
import { svg } from "../cli/diagram/svg";
import { readEnvironments } from "../cli/environments";
import { addStacks } from "../stacks";
import { loadEnvironments } from "../stacks/settings/load";

const README = join(__dirname, "../README.md");

/** What there is to draw of dev, as it is now. */
export function devDiagram(): Diagram {
  const folder = mkdtempSync(join(tmpdir(), "diagram-"));
  try {
    const app = new App({ outdir: join(folder, "cdktf.out") });
    const { environments } = loadEnvironments(join(__dirname, "../environments"));
    environments.filter(({ name }) => name === "dev").forEach((settings) => addStacks(app, settings));
    app.synth();
    const [dev] = readEnvironments(app.outdir);
    if (dev === undefined) {
      throw new Error("there is no environment dev to draw");
    }
    return diagramOf(dev);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The README with the picture between its marks. `npm run docs` writes it, and a test compares it. */
export function withDiagram(readme: string, diagram: Diagram): string {
  return readme.replace(
    /(<!-- npm run docs writes this picture: .*-->\n)[^]*?(<!-- \/picture -->)/,
    (_, begin: string, end: string) => `${begin}\n\`\`\`mermaid\n${mermaid(diagram)}\n\`\`\`\n\n${end}`,
  );
}

if (require.main === module) {
  const diagram = devDiagram();
  writeFileSync(README, withDiagram(readFileSync(README, "utf8"), diagram));
  writeFileSync(join(__dirname, "diagram.svg"), `${svg(diagram)}\n`);
}
