import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { tell } from "../terminal/output";

/** Terraform's output may be secret, so git ignores this folder and only its owner can read it. */
const FOLDER = "logs";

/** A file with all that Terraform says in one run of a command. */
export class RunLog {
  public readonly path: string;

  private readonly file: number;
  private isWritable = true;

  constructor(environment: string, command: string) {
    mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
    // To the millisecond: a process may run several commands in one second.
    const time = new Date().toISOString().replace(/[-:.]/g, "");
    this.path = join(FOLDER, `${environment}-${command}-${time}-${process.pid}.log`);
    this.file = openSync(this.path, "wx", 0o600);
  }

  /** Adds a line about a stack. Terraform goes on if it cannot be written, for example because the disk is full. */
  public write(stack: string, line: string): void {
    if (!this.isWritable) {
      return;
    }
    try {
      writeSync(this.file, `${stack}: ${line}\n`);
    } catch (error) {
      this.isWritable = false;
      tell(`${this.path} is not complete: ${(error as Error).message}`);
    }
  }

  /** Ends the log, and removes it unless it is to be kept. */
  public close(keep: boolean): void {
    this.isWritable = false;
    closeSync(this.file);
    if (!keep) {
      rmSync(this.path, { force: true });
    }
  }
}
