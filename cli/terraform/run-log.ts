import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { tell } from "../terminal/output";

/** Where logs are kept: what Terraform says may be secret, so that git ignores the folder and only its owner reads it. */
const FOLDER = "logs";

/** All that Terraform says in one run of a command, in a file. */
export class RunLog {
  /** Path of the file. */
  public readonly path: string;

  private readonly file: number;
  private isWritable = true;

  /**
   * Begins a log.
   *
   * @throws where the file cannot be written.
   */
  constructor(environment: string, command: string) {
    mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
    const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
    this.path = join(FOLDER, `${environment}-${command}-${time}-${process.pid}.log`);
    this.file = openSync(this.path, "wx", 0o600);
  }

  /** Adds a line about a stack. Terraform goes on where it cannot be written, such as on a disk that is full. */
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

  /** Ends the log; one that nobody needs is removed. */
  public close(keep: boolean): void {
    this.isWritable = false;
    closeSync(this.file);
    if (!keep) {
      rmSync(this.path, { force: true });
    }
  }
}
