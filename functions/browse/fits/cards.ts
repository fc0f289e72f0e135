import type { FitsCard } from '../../../shared/http/contract/answers/previews.ts';

/** The length of a card, in bytes (FITS standard 4.0 §3.3.1). */
export const cardBytes = 80;

/**
 * The cards of a header as a table. A string continued in CONTINUE cards becomes one (§4.2.1.2), and the keywords of
 * the HIERARCH convention are kept as written. Blank cards are omitted. Malformed cards are shown, too.
 */
export function parseCards(images: readonly string[]): FitsCard[] {
  const chains: FitsCard[][] = [];
  for (const image of images) {
    const chain = chains.at(-1);
    if (chain && isLongText(chain.at(-1)) && image.startsWith('CONTINUE')) {
      chain.push({ keyword: 'CONTINUE', ...splitValue(image.slice(8)) });
    } else {
      chains.push([parseCard(image)]);
    }
  }
  return chains.map(joined).filter(({ keyword, value, comment }) => keyword || value || comment);
}

/** The rest of such a card is text, even if it looks like a value (§4.4.2.4). */
const commentary = ['', 'COMMENT', 'HISTORY'];

function parseCard(image: string): FitsCard {
  const keyword = image.slice(0, 8).trimEnd();
  // The value indicator (§4.1.2.2), whose space some programs omit.
  if (image[8] === '=' && !commentary.includes(keyword)) return { keyword, ...splitValue(image.slice(9)) };
  const equals = image.indexOf('=');
  if (keyword === 'HIERARCH' && equals > 0) {
    return { keyword: image.slice(0, equals).trimEnd(), ...splitValue(image.slice(equals + 1)) };
  }
  return { keyword, value: null, comment: image.slice(8).trim() || null };
}

/** Only a string can be continued, and no other value ends like this. */
function isLongText(card: FitsCard | undefined): boolean {
  return card?.value?.endsWith('&') ?? false;
}

/** In one step, because a header may be one chain: joining card by card would take quadratic time. */
function joined(chain: readonly FitsCard[]): FitsCard {
  const [first, ...others] = chain;
  if (!first) throw new Error('a chain of cards is empty');
  if (others.length === 0) return first;
  const last = chain.length - 1;
  const values = chain.map(({ value }, index) => (index < last ? value?.slice(0, -1) : value) ?? '');
  const comments = chain.flatMap(({ comment }) => comment ?? []);
  return { keyword: first.keyword, value: values.join(''), comment: comments.join(' ') || null };
}

/** A string is in quotes, with two for one in it; trailing spaces are not significant (§4.2.1.1). */
function splitValue(field: string): Omit<FitsCard, 'keyword'> {
  const text = /^ *'((?:[^']|'')*)' *(?:\/(.*))?/.exec(field);
  if (text) {
    const [, quoted = '', comment = ''] = text;
    return { value: quoted.replaceAll("''", "'").trimEnd(), comment: comment.trim() || null };
  }
  const slash = field.indexOf('/');
  const value = (slash < 0 ? field : field.slice(0, slash)).trim();
  return { value: value || null, comment: slash < 0 ? null : field.slice(slash + 1).trim() || null };
}

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
