import './zodInCsp.ts';
import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import './theme/theme.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { learnApiAddress } from '../api/apiAddress.ts';
import { App } from './App.tsx';
import { ConfigProblem } from './notices/ConfigProblem.tsx';
import { applyColorScheme } from './theme/colorScheme.ts';

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
