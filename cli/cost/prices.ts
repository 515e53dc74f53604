import tables from "./price-list.json";

/** What a unit of something costs in a Region, in US dollars. */
export interface Price {
  readonly amount: number;
  readonly source: string;
  /** Day that the source gives, or was last changed on; null where neither is known. */
  readonly date: string | null;
}

/** Prices that were read from one source; `*` among the Regions stands for every one. */
interface PriceTable extends Omit<Price, "amount"> {
  readonly regions: readonly string[];
  /** Prices by item, such as `instance/t3.nano` or `endpoint-hour`. */
  readonly amounts: Readonly<Partial<Record<string, number>>>;
}

/** All prices that are known. What no source gave is not in it, and not guessed. */
const PRICES: readonly PriceTable[] = tables;

/** The price of an item in a Region; undefined where it is not known. */
export function priceOf(item: string, region: string): Price | undefined {
  for (const { regions, amounts, source, date } of PRICES) {
    const amount = amounts[item];
    if (amount !== undefined && (regions.includes(region) || regions.includes("*"))) {
      return { amount, source, date };
    }
  }
  return undefined;
}
