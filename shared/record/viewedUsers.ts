import type { Viewer } from '../model/caller.ts';
import { textLimits, truncateText } from './database/truncateText.ts';

/**
 * The users whose rows a list may contain, among the requested ones; undefined for everybody's. Names are truncated as
 * in rows.
 */
export function usersOf(asked: string | undefined, { usernames }: Viewer): readonly string[] | undefined {
  const wanted = asked === undefined ? undefined : truncateText(asked, textLimits.username);
  if (usernames === 'all') return wanted === undefined ? undefined : [wanted];
  return wanted === undefined ? usernames : usernames.filter((name) => name === wanted);
}
