import { MINIMAL } from "./synth";

/** Tunnels of an environment. */
const FORWARD = {
  db: { host: "db.internal", port: 5432, cidr: "10.20.0.0/24" },
  replica: { host: "replica.internal", port: 5432, cidr: "10.20.0.0/24" },
  app: { host: "localhost", port: 8080 },
  cache: { host: "10.20.0.7", port: 6379, cidr: "10.20.0.0/24" },
};
/** An environment with them. */
export const FORWARDING = { ...MINIMAL, sessions: { forward: FORWARD } };
