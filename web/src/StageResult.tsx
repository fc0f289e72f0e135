import { useEffect, useRef } from 'react';
import { isApiElsewhere } from './apiAddress.ts';
import { Failure } from './Failure.tsx';
import { baseName, formatExactSize } from './format.ts';
import type { StagingEnd } from './StagePanel.tsx';
import type { Operation } from './schemas.ts';
import { hrefs } from './useRoute.ts';

/** What the last staging came to. */
export function StageResult({ end }: { end: StagingEnd }) {
  if ('error' in end) {
    return (
      <Failure
        error={end.error}
        remedy="The service may still be at work: look at the recent operations before you try again."
      />
    );
  }
  if ('downloadUrl' in end)
    return <Download key={end.downloadUrl} url={end.downloadUrl} source={end.source} />;
  const { message, operation } = end.staged;
  return (
    <div className="notice good">
      <p>
        <strong>{message}</strong>
      </p>
      <Facts operation={operation} />
      <p>
        <a href={hrefs.operation(operation.id)}>Show the operation</a>
      </p>
    </div>
  );
}

function Facts({ operation }: { operation: Operation }) {
  const { bytes_done, files_done, link_type, sha256, adler32, md5 } = operation;
  return (
    <dl className="facts">
      {bytes_done > 0 && <Fact name="Size" value={formatExactSize(bytes_done)} />}
      {files_done > 1 && <Fact name="Files" value={String(files_done)} />}
      {link_type && <Fact name="Link" value={link_type} />}
      {sha256 && <Fact name="SHA-256" value={sha256} />}
      {adler32 && <Fact name="Adler-32" value={adler32} />}
      {md5 && <Fact name="MD5" value={md5} />}
    </dl>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <code>{value}</code>
      </dd>
    </>
  );
}

/** Begins the download as if its link had been clicked: the browser saves the data and shows how far it is. */
function Download({ url, source }: { url: string; source: string }) {
  const link = useRef<HTMLAnchorElement>(null);
  const isBegun = useRef(false);
  useEffect(() => {
    if (!isBegun.current) link.current?.click();
    isBegun.current = true;
  }, []);
  return (
    <div className="notice good">
      <p>
        <strong>The download of {baseName(source) || 'the storage'} has begun.</strong> Your browser shows how
        far it is.
      </p>
      <p>
        {/* Elsewhere, the attribute would make this a request that needs more leave (CORP) than following a link. */}
        <a ref={link} href={url} download={isApiElsewhere() ? undefined : true}>
          Download again
        </a>
      </p>
    </div>
  );
}
