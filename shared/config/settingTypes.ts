import * as z from 'zod';

// The types of settings: texts of environment variables, and their parsed values.

const digits = z.string().regex(/^\d+$/).transform(Number);

/** A whole number in this range, whose end need not be named. */
export const wholeNumber = (minimum: number, maximum = 10 ** 9) =>
  digits.refine((value) => value >= minimum && value <= maximum);

/** Seconds, parsed to milliseconds. */
export const seconds = (minimum: number) => wholeNumber(minimum, 86_400).transform((value) => value * 1000);

/** A boolean. */
export const yesOrNo = z.stringbool({ truthy: ['true', '1', 'yes'], falsy: ['false', '0', 'no'] });

/** A URL without a user and password: the errors of clients show URLs. */
export const endpoint = z.url({ protocol: /^https?$/ }).regex(/^https?:\/\/[^/\\?#@]+(?:[/?#]|$)/i);

/** Such a URL, without a trailing slash. */
export const baseUrl = endpoint.transform((url) => url.replace(/\/+$/, ''));

/** A comma-separated list. */
export const commaList = <Item extends z.ZodType<unknown, string>>(item: Item) =>
  z
    .string()
    .transform((value) => value.split(',').map((part) => part.trim()))
    .pipe(z.array(item).min(1));

/** A list in JSON. */
export const jsonList = <Item extends z.ZodType>(item: Item) => z.preprocess(parseJson, z.array(item).min(1));

/** Text that is not JSON is returned as text, which the schemas of lists and objects reject. */
export function parseJson(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
