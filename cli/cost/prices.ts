import tables from "./price-list.json";

/** Where a price was seen. */
export interface PriceSource {
  /** Address of what it was read from. */
  readonly source: string;
  /** Day that the source gives, or was last changed on; null where neither is known. */
  readonly date: string | null;
}

/** What a unit of something costs in a Region, in US dollars. */
export interface Price extends PriceSource {
  /** The price. */
  readonly amount: number;
}

/** Prices that were read from one source; `*` among the Regions stands for every one. */
export interface PriceTable extends PriceSource {
  /** The Regions they are for. */
  readonly regions: readonly string[];
  /** Prices by item, such as `instance/t3.nano` or `endpoint-hour`. */
  readonly amounts: Readonly<Partial<Record<string, number>>>;
}

/** All prices that are known. What no source gave is not in it, and not guessed. */
export const PRICES: readonly PriceTable[] = tables;

/** The price of an item in a Region; undefined where it is not known. */
export function priceOf(
  item: string,
  region: string,
  prices: readonly PriceTable[] = PRICES,
): Price | undefined {
  for (const { regions, amounts, source, date } of prices) {
    const amount = amounts[item];
    if (amount !== undefined && (regions.includes(region) || regions.includes("*"))) {
      return { amount, source, date };
    }
  }
  return undefined;
}
