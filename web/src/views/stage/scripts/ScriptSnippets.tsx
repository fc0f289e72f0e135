import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { CopyButton } from '../../../components/CopyButton.tsx';
import { stageStrings } from '../../../strings/stage.ts';
import styles from '../requests/RequestList.module.css';

interface ScriptSnippetsProps {
  readonly curl: string;
  readonly python: string;
}

/** The same request as a script, with curl or in Python. */
export function ScriptSnippets(scripts: ScriptSnippetsProps) {
  const [language, setLanguage] = useState<'curl' | 'python'>('curl');
  const text = scripts[language];
  return (
    <div className={styles.snippet}>
      <div className={styles.snippetTools}>
        <SegmentedControl
          size="xs"
          aria-label={stageStrings.script}
          value={language}
          onChange={setLanguage}
          data={[
            { value: 'curl', label: stageStrings.curl },
            { value: 'python', label: stageStrings.python },
          ]}
        />
        <CopyButton text={text} what={stageStrings.copyScript(stageStrings[language])} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1). */}
      <section className={styles.code} tabIndex={0} aria-label={stageStrings[language]}>
        <pre>{text}</pre>
      </section>
    </div>
  );
}
