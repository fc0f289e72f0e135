import type { ReactNode } from 'react';
import styles from './Icon.module.css';

const withCircle = (cx: number, cy: number, r: number, lines: string) => (
  <>
    <circle cx={cx} cy={cy} r={r} />
    <path d={lines} />
  </>
);

/** Line drawings on a grid of 24. */
const drawings = {
  stage: <path d="M12 3v11m0 0l-4-4m4 4l4-4M4 16v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3" />,
  list: <path d="M4 6h.01M4 12h.01M4 18h.01M9 6h11M9 12h11M9 18h11" />,
  lines: <path d="M4 5h16M4 10h11M4 15h16M4 20h8" />,
  folder: <path d="M3 6a2 2 0 0 1 2-2h4l2 3h8a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z" />,
  file: <path d="M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zM14 3v5h5" />,
  other: <path d="M6 3h12v18H6zM9 9l6 6m0-6l-6 6" />,
  bucket: <path d="M4 7l2 12c0 1 3 2 6 2s6-1 6-2l2-12M4 7c0-2 4-3 8-3s8 1 8 3-4 3-8 3-8-1-8-3z" />,
  chart: <path d="M4 20h16M7 16v-5m5 5V5m5 11V9" />,
  screen: <path d="M4 5h16v11H4zM9 20h6m-3-4v4" />,
  sun: withCircle(
    12,
    12,
    4,
    'M12 3v1m0 16v1M3 12h1m16 0h1M5.6 5.6l.7.7m11.4 11.4l.7.7m0-12.8l-.7.7M6.3 17.7l-.7.7',
  ),
  moon: <path d="M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5z" />,
  check: <path d="M5 12.5l4.5 4.5L19 7.5" />,
  alert: <path d="M12 4l9 16H3zM12 10v4m0 3h.01" />,
  info: withCircle(12, 12, 9, 'M12 11v5m0-8.5h.01'),
  clock: withCircle(12, 12, 9, 'M12 7v5l3 2'),
  minus: <path d="M6 12h12" />,
  close: <path d="M6 6l12 12M18 6L6 18" />,
  copy: <path d="M9 9h11v11H9zM5 15H4V4h11v1" />,
  link: <path d="M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1m2 4a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1" />,
  download: <path d="M12 4v11m0 0l-4-4m4 4l4-4M5 20h14" />,
  notebook: <path d="M7 3h12v18H7zM4 7h5M4 12h5M4 17h5M12 8h4" />,
  search: withCircle(11, 11, 6, 'M15.5 15.5L20 20'),
  retry: <path d="M19 12a7 7 0 1 1-2-5m2-4v4h-4" />,
  up: <path d="M12 19V5m0 0l-6 6m6-6l6 6" />,
  rising: <path d="M6 15l6-7 6 7" />,
  falling: <path d="M6 9l6 7 6-7" />,
  dataset: <path d="M4 6h16v4H4zm0 4h16v4H4zm0 4h16v4H4z" />,
  star: <path d="M12 4l2.4 5 5.6.7-4 3.9 1 5.6-5-2.7-5 2.7 1-5.6-4-3.9 5.6-.7z" />,
  starred: <path d="M12 4l2.4 5 5.6.7-4 3.9 1 5.6-5-2.7-5 2.7 1-5.6-4-3.9 5.6-.7z" fill="currentColor" />,
  next: <path d="M9 5l7 7-7 7" />,
  user: withCircle(12, 8, 4, 'M4 21c0-4 3.5-6 8-6s8 2 8 6'),
} satisfies Readonly<Record<string, ReactNode>>;

export type IconName = keyof typeof drawings;

/** An icon beside text with the same meaning; as large as the text. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className={styles.icon} viewBox="0 0 24 24" aria-hidden="true">
      {drawings[name]}
    </svg>
  );
}
