import type { FitsCard } from '../../../shared/http/contract/previews.ts';

/** Looks up the values of a header. */
export interface Keywords {
  /** A value as written; undefined if it is missing or empty. */
  text(keyword: string): string | undefined;
  /** A number; undefined if it is missing or not a number. */
  number(keyword: string): number | undefined;
}

/** Indexes a header once: thousands of keywords may be looked up a thousand times. */
export function keywordsOf(cards: readonly FitsCard[]): Keywords {
  // Reversed, because the first of several counts.
  const byKeyword = new Map(cards.toReversed().map(({ keyword, value }) => [keyword, value]));
  const text = (keyword: string) => byKeyword.get(keyword) || undefined;
  return {
    text,
    number(keyword) {
      const value = text(keyword);
      // Fortran's exponent may be written with a D (§4.2.4).
      if (value === undefined || !/^[+-]?(\d+\.?\d*|\.\d+)([ED][+-]?\d+)?$/i.test(value)) return undefined;
      const number = Number(value.replace(/d/i, 'e'));
      return Number.isFinite(number) ? number : undefined;
    },
  };
}
