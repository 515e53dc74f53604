/** Numbers that have been seen, of a count that begins at 0 and is seen nearly in order. */
export class SeenNumbers {
  /** All below it have been seen. */
  private floor = 0;
  private readonly above = new Set<number>();

  public add(number: number): void {
    if (number >= this.floor) {
      this.above.add(number);
    }
    while (this.above.delete(this.floor)) {
      this.floor++;
    }
  }

  public has(number: number): boolean {
    return number < this.floor || this.above.has(number);
  }
}
