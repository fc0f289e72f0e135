import { useQuery } from '@tanstack/react-query';
import { siteConfigQuery } from '../../api/site/siteConfig.ts';
import { commonStrings } from '../../strings/common.ts';
import styles from './Frame.module.css';

/** The version of the service, for support requests. */
export function Footer() {
  const { data } = useQuery(siteConfigQuery);
  return (
    <footer className={styles.footer}>{data && commonStrings.version(data.version, data.commit)}</footer>
  );
}
