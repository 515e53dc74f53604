import { IAMClient, CreateRoleCommand } from "@aws-sdk/client-iam";
import { CreateDocumentCommand, SSMClient } from "@aws-sdk/client-ssm";
import { emulatedConfig } from "../../../../cli/rehearsal/emulator";
import { takeInventory } from "../../../../cli/rehearsal/inventory";
import { describeMoto } from "../../../support/moto";

describeMoto("an inventory of a local AWS", (moto) => {
  const ROLE = "arn:aws:iam::111122223333:role/deploy";
  beforeEach(() => fetch(`${moto.url}/moto-api/reset`, { method: "POST" }));

  test("an inventory has every page", async () => {
    const ssm = new SSMClient(emulatedConfig(moto.url));
    // More than a page of theirs.
    const names = Array.from({ length: 12 }, (_, index) => `document-${String(index).padStart(2, "0")}`);
    const Content = JSON.stringify({ schemaVersion: "1.0", sessionType: "Standard_Stream", inputs: {} });
    for (const Name of names) {
      await ssm.send(new CreateDocumentCommand({ Name, DocumentType: "Session", Content }));
    }
    ssm.destroy();
    expect((await takeInventory(moto.url, "eu-central-1")).aws_ssm_document).toEqual(names);
  });

  test("an inventory is of the account of the role that the provider takes on", async () => {
    const iam = new IAMClient(emulatedConfig(moto.url));
    await iam.send(new CreateRoleCommand({ RoleName: "ours", AssumeRolePolicyDocument: "{}" }));
    iam.destroy();
    expect((await takeInventory(moto.url, "eu-central-1")).aws_iam_role).toEqual(["ours"]);
    expect((await takeInventory(moto.url, "eu-central-1", ROLE)).aws_iam_role).toEqual([]);
  });
});
