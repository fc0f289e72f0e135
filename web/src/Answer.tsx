import { type ReactNode, useEffect, useRef } from 'react';

/** The place of a form's answer: read out when it changes, and scrolled to when it would be out of sight. */
export function Answer({ about, children }: { about: unknown; children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (about) place.current?.scrollIntoView({ block: 'nearest' });
  }, [about]);
  return (
    <div ref={place} role="status" className="answer">
      {children}
    </div>
  );
}
