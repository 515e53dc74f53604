import { wholeNumbers } from "./bound";

/** A port that a host listens on. */
export const PORT = wholeNumbers("a port", [1, 65535], "name the port that the host listens on");
