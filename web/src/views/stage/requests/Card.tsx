import { SegmentedControl } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { SiteConfig } from '../../../api/client.ts';
import type { StagingOrder } from '../../../api/operations/operations.ts';
import { CopyButton } from '../../../components/controls/CopyButton.tsx';
import { BreakablePath } from '../../../components/layout/BreakablePath.tsx';
import { PhaseBadge, type PhaseBadgeProps } from '../../../components/operation/PhaseBadge.tsx';
import { namesOf } from '../../../format/paths.ts';
import { stageStrings } from '../../../strings/stage.ts';
import styles from './RequestList.module.css';

interface CardProps {
  readonly title: string;
  readonly method: string;
  /** Once it is recorded: its link and its state. */
  readonly seen?: (PhaseBadgeProps['operation'] & { readonly href: string }) | undefined;
  readonly children: ReactNode;
}

/** A request: its data and its method, and below them how it goes. */
export function Card({ title, method, seen, children }: CardProps) {
  const name = <BreakablePath path={title} />;
  return (
    <article className={styles.card} aria-label={title}>
      <div className={styles.heading}>
        <h3 className={styles.name}>{seen ? <a href={seen.href}>{name}</a> : name}</h3>
        <code className={styles.method}>{method}</code>
        {seen && <PhaseBadge operation={seen} />}
      </div>
      {children}
    </article>
  );
}

/**
 * The location of data for its user: in their notebooks, if the site has configured that, else the service's path; or a
 * path of JupyterLab.
 */
export function placeOf(
  { method, username, target }: Pick<StagingOrder, 'method' | 'username' | 'target'>,
  config: SiteConfig,
): string {
  const inNotebooks = config.notebook_path?.replaceAll('{username}', () => username);
  const inArea = inNotebooks ?? `${config.target_storage_path}/${username}`;
  const area = method === 'jupyter_copy' ? `/user/${username}/lab/tree` : inArea;
  return [area, ...namesOf(target).filter((name) => name !== '.')].join('/');
}

/** The same request as a script, with curl or in Python. */
export function ScriptSnippets(scripts: { readonly curl: string; readonly python: string }) {
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
