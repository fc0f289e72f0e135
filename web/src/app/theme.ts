import { createTheme } from '@mantine/core';

/**
 * The colours and sizes themselves stand in theme.css: a page whose policy allows no inline styles cannot have Mantine
 * write them.
 */
export const theme = createTheme({
  primaryColor: 'indigo',
  cursorType: 'pointer',
  defaultRadius: 'md',
  respectReducedMotion: true,
});
