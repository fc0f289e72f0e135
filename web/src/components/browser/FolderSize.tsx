import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { folderSizeQuery } from '../../api/files/browse.ts';
import { browserStrings } from '../../strings/browser.ts';
import styles from './Browser.module.css';

/** The size of a folder, measured on request; leaving the folder cancels the measurement. */
export function FolderSize({ path }: { path: string }) {
  const [isAsked, setAsked] = useState(false);
  const query = useQuery({ ...folderSizeQuery(path), enabled: isAsked });
  if (query.data) return <p className={styles.fact}>{browserStrings.folderSize(query.data)}</p>;
  if (query.error) return <p className={styles.fact}>{query.error.message}</p>;
  return (
    <button type="button" className={styles.link} disabled={isAsked} onClick={() => setAsked(true)}>
      {isAsked ? browserStrings.counting : browserStrings.count}
    </button>
  );
}
