import type { Pages } from './usePages.ts';

interface PageButtonsProps {
  readonly pages: Pages;
  readonly nextCursor: string | null;
  /** What the buttons are called. */
  readonly back: string;
  readonly on: string;
}

/** The buttons from page to page; none where there is one page only. */
export function PageButtons({ pages, nextCursor, back, on }: PageButtonsProps) {
  if (pages.isFirst && nextCursor === null) return null;
  return (
    <>
      <button type="button" className="quiet" disabled={pages.isFirst} onClick={pages.goBack}>
        {back}
      </button>
      <button
        type="button"
        className="quiet"
        disabled={nextCursor === null}
        onClick={() => nextCursor !== null && pages.goOn(nextCursor)}
      >
        {on}
      </button>
    </>
  );
}
