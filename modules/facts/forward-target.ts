import { form } from "./bound";
import { problem } from "./refusal";

/** What a target of operators' tunnels is called: it ends up in the name of a document. */
export const TARGET_NAME = form(
  /^[a-z][a-z0-9-]{0,39}$/,
  "a name of 1 to 40 lower-case letters, digits and hyphens",
  "rename it",
);

const NAME_OR_ADDRESS = form(
  /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/,
  "a host name or IPv4 address",
  "write it as the instance would look it up",
);

/** A host that SSM Agent forwards to: it does so to no link-local address. */
export const HOST = {
  ...NAME_OR_ADDRESS,
  problem: (host: string) =>
    host.startsWith("169.254.") && NAME_OR_ADDRESS.pattern.test(host)
      ? problem("an address that is not link-local", "what answers there is the instance's own: use a shell")
      : NAME_OR_ADDRESS.problem(host),
};
