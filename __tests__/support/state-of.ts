import { parseState } from "../../cli/terraform/state";

/** Attributes of resources, by address. */
export type Resources = Readonly<Record<string, object>>;

/** The state of a stack that has these resources. */
export function stateOf(resources: Resources = {}): ReturnType<typeof parseState> {
  return parseState(
    JSON.stringify({
      resources: Object.entries(resources).map(([address, attributes]) => {
        const [type, name] = address.split(".");
        return { mode: "managed", type, name, instances: [{ attributes }] };
      }),
    }),
  );
}
