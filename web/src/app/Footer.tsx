import { useQuery } from '@tanstack/react-query';
import { siteConfigQuery } from '../api/siteConfig.ts';
import { commonStrings } from '../strings/common.ts';
import styles from './Frame.module.css';

/** Which version of the service answers, for whoever is asked for help. */
export function Footer() {
  const { data } = useQuery(siteConfigQuery);
  return (
    <footer className={styles.footer}>{data && commonStrings.version(data.version, data.commit)}</footer>
  );
}
