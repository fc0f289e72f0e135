import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { queryClient } from '../api/queryClient.ts';
import { Frame } from './frame/Frame.tsx';
import { theme } from './theme/theme.ts';

/** The whole page. Nothing in it may need inline `<style>` elements, which the policy of a static host refuses. */
export function App() {
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
