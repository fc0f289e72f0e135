import { localStorageColorSchemeManager } from '@mantine/core';

/** Applies the colours that the reader chose, or those of the system, before the first rendering. */
export function applyColorScheme(): void {
  const chosen = localStorageColorSchemeManager().get('auto');
  const isDark =
    chosen === 'dark' || (chosen === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset['mantineColorScheme'] = isDark ? 'dark' : 'light';
}
