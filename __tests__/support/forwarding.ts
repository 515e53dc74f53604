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

/** A CLI that opens a tunnel and keeps it until Ctrl-C, as the plugin does. */
export const OPENS = `
  const { localPortNumber: [port] } = JSON.parse(args[args.indexOf("--parameters") + 1]);
  setInterval(() => {}, 1000);
  process.on("SIGINT", () => process.exit(0));
  console.log("\\nStarting session with SessionId: alice-1");
  console.log("Port " + port + " opened for sessionId alice-1.\\nWaiting for connections...");`;

/** A CLI that AWS opens no tunnel for. */
export const fails = (name: string, message: string): string =>
  `console.error("\\nAn error occurred (${name}) when calling the StartSession operation: ${message}"); process.exitCode = 254;`;
