import { INSTALL_JOURNAL } from "../../../modules/facts/command-journal";

/** The file that new instances get, taken from the commands that make it. */
export function journalFile(): string {
  return /<<'END'\n(.*?)^END$/ms.exec(INSTALL_JOURNAL)?.[1] as string;
}
