import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import type { SiteConfig } from '../../../api/client.ts';
import type { StagingOrder } from '../../../api/operations/operations.ts';
import { BreakablePath } from '../../../components/BreakablePath.tsx';
import { CopyButton } from '../../../components/CopyButton.tsx';
import { PhaseBadge, type PhaseBadgeProps } from '../../../components/operation/PhaseBadge.tsx';
import { stageStrings } from '../../../strings/stage.ts';
import styles from './RequestList.module.css';

interface CardHeadingProps {
  readonly title: string;
  readonly method: string;
  /** Once it is recorded: its link and its state. */
  readonly seen?: (PhaseBadgeProps['operation'] & { readonly href: string }) | undefined;
}

/** The data and the method of a request. */
export function CardHeading({ title, method, seen }: CardHeadingProps) {
  return (
    <div className={styles.heading}>
      <h3 className={styles.name}>
        {seen ? (
          <a href={seen.href}>
            <BreakablePath path={title} />
          </a>
        ) : (
          <BreakablePath path={title} />
        )}
      </h3>
      <code className={styles.method}>{method}</code>
      {seen && <PhaseBadge operation={seen} />}
    </div>
  );
}

/**
 * The location of data for its user: in their notebooks, if the site has configured that, else the service's path; or a
 * path of JupyterLab.
 */
export function placeOf(
  order: Pick<StagingOrder, 'method' | 'username' | 'target'>,
  config: SiteConfig,
): string {
  const { method, username } = order;
  const inNotebooks = config.notebook_path?.replaceAll('{username}', () => username);
  const inArea = inNotebooks ?? `${config.target_storage_path}/${username}`;
  const area = method === 'jupyter_copy' ? `/user/${username}/lab/tree` : inArea;
  return [area, ...namesOf(order)].join('/');
}

/** The names of a target, from the top of the user area or the notebook server. */
function namesOf({ target }: Pick<StagingOrder, 'target'>): string[] {
  return target.split('/').filter((name) => name !== '' && name !== '.');
}

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
