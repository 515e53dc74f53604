import { form } from "./bound";

/** An e-mail address, of up to 254 characters. */
export const EMAIL = form(
  /^(?=.{1,254}$)[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>".]+$/,
  "an e-mail address such as ops@example.com",
  "write the bare address",
);
