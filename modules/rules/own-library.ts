import { version } from "cdktf/package.json";
import type { IConstruct } from "constructs";

/** CDKTF ended with this minor version; what is above it is CDK Terrain, which goes on with the same classes. */
const LAST_OF_CDKTF = 21;

/** What a version is of, and the entry of this package for its apps. */
function libraryOf(version: string): { readonly name: string; readonly entry: string } {
  const [, minor] = /^0\.(\d+)\./.exec(version) ?? [];
  return Number(minor ?? 0) > LAST_OF_CDKTF
    ? { name: "CDK Terrain", entry: "cdktf-session-manager/cdktn" }
    : { name: "CDKTF", entry: "cdktf-session-manager" };
}

/**
 * Both libraries take each other's constructs for their own, and call methods that these do not have.
 *
 * @throws where the app is written with the other one.
 */
export function refuseOtherLibrary(scope: IConstruct): void {
  const written: unknown = scope.node.tryGetContext("cdktfVersion");
  if (typeof written !== "string") {
    return;
  }
  const [app, own] = [libraryOf(written), libraryOf(version)];
  if (app.entry !== own.entry) {
    throw new Error(
      `[${scope.node.path}] this app is written with ${app.name} ${written}, and "${own.entry}" is for ${own.name} ${version}: ` +
        `import "${app.entry}".`,
    );
  }
}
