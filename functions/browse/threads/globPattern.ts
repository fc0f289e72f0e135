/** A pattern for paths, as in shells: `*`, `?`, `[abc]`, `[!abc]` within a name, and `**` for any folders. */
export interface GlobPattern {
  matches(names: readonly string[]): boolean;
  /** Whether something beneath a folder may match. */
  mayBeBeneath(names: readonly string[]): boolean;
}

/** Whether a path contains characters of a pattern. */
export function isGlob(path: string): boolean {
  return /[*?[]/.test(path);
}

/** Compiles a pattern. It does not use regular expressions, because some of them take exponential time. */
export function globPattern(pattern: string): GlobPattern {
  const steps = pattern
    .split('/')
    .filter((name) => name !== '')
    .map((name) => (name === '**' ? ('any' as const) : tokensOf(name)));
  const fits = (step: readonly Token[], name: string) =>
    matchAll(step, [...name], (token, character) => token(character));
  const firstAny = steps.indexOf('any');
  const fixed = firstAny < 0 ? steps : steps.slice(0, firstAny);
  return {
    matches: (names) => matchAll(steps, names, fits),
    mayBeBeneath(names) {
      if (firstAny < 0 && names.length >= steps.length) return false;
      return fixed.slice(0, names.length).every((step, index) => {
        const name = names[index];
        return step !== 'any' && name !== undefined && fits(step, name);
      });
    },
  };
}

/** What one character must be; `any` is any number of any. */
type Token = 'any' | ((character: string) => boolean);

function tokensOf(name: string): Token[] {
  const tokens: Token[] = [];
  for (const [token, set] of name.matchAll(/\[(!?\]?[^\]]*)\]|./gsu)) {
    if (token === '*') tokens.push('any');
    else if (token === '?') tokens.push(() => true);
    else if (set === undefined) tokens.push((character) => character === token);
    else tokens.push(setOf(set));
  }
  return tokens;
}

function setOf(text: string): (character: string) => boolean {
  const isInverted = text.startsWith('!');
  const members = isInverted ? text.slice(1) : text;
  const ranges = [...members.matchAll(/(.)-(.)|(.)/gsu)].map(([, from, to, one]) => [from ?? one, to ?? one]);
  const has = (character: string) =>
    ranges.some(([from = '', to = '']) => from <= character && character <= to);
  return (character) => has(character) !== isInverted;
}

/**
 * Whether steps match items one by one, `any` as many as it must. Only the last `any` is backtracked, so that the time
 * grows at most with the product of both lengths.
 */
function matchAll<Step extends object, Item>(
  steps: readonly (Step | 'any')[],
  items: readonly Item[],
  fits: (step: Step, item: Item) => boolean,
): boolean {
  let [step, item] = [0, 0];
  let retry: { readonly step: number; item: number } | undefined;
  while (item < items.length) {
    const [wanted, given] = [steps[step], items[item]];
    if (wanted === 'any') {
      retry = { step, item };
      step += 1;
    } else if (wanted !== undefined && given !== undefined && fits(wanted, given)) {
      step += 1;
      item += 1;
    } else if (retry) {
      retry.item += 1;
      step = retry.step + 1;
      item = retry.item;
    } else {
      return false;
    }
  }
  return steps.slice(step).every((rest) => rest === 'any');
}
