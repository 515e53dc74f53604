import {
  DescribeKeyCommand,
  KMSClient,
  ListResourceTagsCommand,
  paginateListKeys,
} from "@aws-sdk/client-kms";
import { type ClientConfig, pagesOf } from "../aws/client";
import { attempt, awsFailure, isDenied } from "../aws/errors";
import type { Found } from "./kinds";

/** Lists the enabled keys with such tags, and counts the keys that do not show their tags and that no state knows. */
export async function listKeys(
  config: ClientConfig,
  isOwn: (tags: Found["tags"]) => boolean,
  isKnown: (id: string) => boolean,
): Promise<{ readonly keys: Found[]; readonly hidden: number }> {
  const { region } = config;
  const client = new KMSClient(config);
  const keys: Found[] = [];
  let hidden = 0;
  try {
    const listed = await attempt({ action: "kms:ListKeys", region }, () =>
      pagesOf(paginateListKeys({ client }, {}), (page) => page.Keys),
    );
    for (const { KeyId: id = "" } of listed) {
      try {
        const { Tags = [] } = await client.send(new ListResourceTagsCommand({ KeyId: id }));
        const tags = Object.fromEntries(Tags.map(({ TagKey = "", TagValue = "" }) => [TagKey, TagValue]));
        const { KeyMetadata } = isOwn(tags) ? await client.send(new DescribeKeyCommand({ KeyId: id })) : {};
        if (KeyMetadata?.KeyState === "Enabled") {
          const since = KeyMetadata.CreationDate;
          keys.push({ id, kind: "key", name: undefined, tags, since, running: false });
        }
      } catch (error) {
        // A key's own policy can keep out everybody whom it does not name.
        if (!isDenied(error)) {
          throw awsFailure(error, { action: "kms:ListResourceTags", region });
        }
        hidden += isKnown(id) ? 0 : 1;
      }
    }
  } finally {
    client.destroy();
  }
  return { keys, hidden };
}
