import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { type Diagram, diagramOf } from "../cli/diagram/model";
import { svg } from "../cli/diagram/svg";
import { readEnvironments } from "../cli/assembly/environments";
import { addStacks } from "../stacks";
import { loadEnvironments } from "../stacks/settings/load";

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

if (require.main === module) {
  writeFileSync(join(__dirname, "diagram.svg"), `${svg(devDiagram())}\n`);
}
