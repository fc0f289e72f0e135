import { useState } from 'react';

/** The way through pages that are found by cursors: each page only knows the next one. */
export interface Pages {
  /** The cursor of the page shown; undefined is the first. */
  readonly cursor: string | undefined;
  readonly isFirst: boolean;
  goOn(nextCursor: string): void;
  goBack(): void;
  goToFirst(): void;
}

export function usePages(): Pages {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  return {
    cursor: cursors.at(-1),
    isFirst: cursors.length === 0,
    goOn: (nextCursor) => setCursors([...cursors, nextCursor]),
    goBack: () => setCursors(cursors.slice(0, -1)),
    goToFirst: () => setCursors([]),
  };
}
