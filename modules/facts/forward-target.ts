import { form } from "./bound";
import { PORT } from "./port";
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

/** A port that operators may forward to: SSH through a tunnel would be a shell that nobody records. */
export const FORWARD_PORT = {
  ...PORT,
  problem: (port: number) =>
    port === 22
      ? problem(
          "a port other than 22",
          "open shells with npm run connect: SSH in a tunnel is recorded nowhere",
        )
      : PORT.problem(port),
};

/** A host that SSM Agent forwards to: it does so to no link-local address. */
export const HOST = {
  ...NAME_OR_ADDRESS,
  problem: (host: string) =>
    host.startsWith("169.254.") && NAME_OR_ADDRESS.pattern.test(host)
      ? problem("an address that is not link-local", "what answers there is the instance's own: use a shell")
      : NAME_OR_ADDRESS.problem(host),
};
