import { localStorageColorSchemeManager } from '@mantine/core';

/** Sets the colours that the reader chose, or those of the system, before anything is drawn. */
export function applyColorScheme(): void {
  const chosen = localStorageColorSchemeManager().get('auto');
  const isDark =
    chosen === 'dark' || (chosen === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset['mantineColorScheme'] = isDark ? 'dark' : 'light';
}
