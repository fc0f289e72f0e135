import { createTheme } from '@mantine/core';

/**
 * The colours and sizes themselves are in theme.css: with a policy that forbids inline styles, Mantine cannot write
 * them.
 */
export const theme = createTheme({
  primaryColor: 'indigo',
  cursorType: 'pointer',
  defaultRadius: 'md',
  respectReducedMotion: true,
});
