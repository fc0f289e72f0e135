import './zodInCsp.ts';
import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import './theme.css';
import { createTheme, localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { learnApiAddress } from '../api/apiAddress.ts';
import { queryClient } from '../api/queryClient.ts';
import { Frame } from './Frame.tsx';
import { ConfigProblem } from './notices/ConnectionNotice.tsx';

/**
 * The colours and sizes themselves are in theme.css: with a policy that forbids inline styles, Mantine cannot write
 * them.
 */
const theme = createTheme({
  primaryColor: 'indigo',
  cursorType: 'pointer',
  defaultRadius: 'md',
  respectReducedMotion: true,
});

/** The whole page. Nothing in it may need inline `<style>` elements, which the policy of a static host refuses. */
function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <MantineProvider
        theme={theme}
        defaultColorScheme="auto"
        withCssVariables={false}
        withGlobalClasses={false}
      >
        <Frame />
        <Notifications position="bottom-right" />
      </MantineProvider>
    </QueryClientProvider>
  );
}

/** Applies the colours that the reader chose, or those of the system, before the first rendering. */
function applyColorScheme(): void {
  const chosen = localStorageColorSchemeManager().get('auto');
  const isDark =
    chosen === 'dark' || (chosen === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset['mantineColorScheme'] = isDark ? 'dark' : 'light';
}

applyColorScheme();
const element = document.getElementById('root');
if (!element) throw new Error('index.html has no element with the id "root"');
const root = createRoot(element);
await learnApiAddress((problem) => root.render(<ConfigProblem problem={problem} />));
root.render(
  <StrictMode>
    <App />
  </StrictMode>,
);
