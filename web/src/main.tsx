import './zodInCsp.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { learnApiAddress } from './apiAddress.ts';
import { ConfigProblem } from './ConfigProblem.tsx';
import './style.css';

const element = document.getElementById('root');
if (!element) throw new Error('index.html has no element with the id "root"');
const root = createRoot(element);
await learnApiAddress((problem) => root.render(<ConfigProblem problem={problem} />));
root.render(
  <StrictMode>
    <App />
  </StrictMode>,
);
