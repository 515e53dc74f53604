import {
  DescribeKeyCommand,
  KMSClient,
  ListResourceTagsCommand,
  paginateListKeys,
} from "@aws-sdk/client-kms";
import { type ClientConfig, pagesOf } from "../aws/client";
import { attempt, awsFailure, isDenied } from "../aws/errors";
import type { Found } from "./kinds";

/** Keys, and what could not be looked at. */
interface Keys {
  readonly keys: readonly Found[];
  /** How many do not show their tags to who asks. */
  readonly hidden: number;
}

/**
 * Lists the enabled keys whose tags are as asked for.
 *
 * @param isKnown whether a state has a key of this id: of such a one it is no news that it keeps its tags to itself
 */
export async function listKeys(
  config: ClientConfig,
  isOwn: (tags: Found["tags"]) => boolean,
  isKnown: (id: string) => boolean,
): Promise<Keys> {
  const client = new KMSClient(config);
  return ask(client, config.region, isOwn, isKnown).finally(() => client.destroy());
}

async function ask(
  client: KMSClient,
  region: string,
  isOwn: (tags: Found["tags"]) => boolean,
  isKnown: (id: string) => boolean,
): Promise<Keys> {
  const listed = await attempt({ action: "kms:ListKeys", region }, () =>
    pagesOf(paginateListKeys({ client }, {}), (page) => page.Keys),
  );
  const keys: Found[] = [];
  let hidden = 0;
  for (const { KeyId: id = "" } of listed) {
    try {
      const { Tags = [] } = await client.send(new ListResourceTagsCommand({ KeyId: id }));
      const tags = Object.fromEntries(Tags.map(({ TagKey = "", TagValue = "" }) => [TagKey, TagValue]));
      const { KeyMetadata } = isOwn(tags) ? await client.send(new DescribeKeyCommand({ KeyId: id })) : {};
      if (KeyMetadata?.KeyState === "Enabled") {
        keys.push({
          id,
          kind: "key",
          name: undefined,
          tags,
          since: KeyMetadata.CreationDate,
          running: false,
        });
      }
    } catch (error) {
      // A key's own policy can keep everybody out but those it names.
      if (!isDenied(error)) {
        throw awsFailure(error, { action: "kms:ListResourceTags", region });
      }
      hidden += isKnown(id) ? 0 : 1;
    }
  }
  return { keys, hidden };
}
