import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import type { FitsHdu } from '../../api/files/preview.ts';
import { previewStrings } from '../../strings/preview.ts';
import { FitsFacts } from './FitsFacts.tsx';
import { FitsHeader } from './FitsHeader.tsx';
import { FitsPicture } from './FitsPicture.tsx';
import { FitsRows } from './FitsRows.tsx';
import styles from './Preview.module.css';

interface FitsPreviewProps {
  readonly path: string;
  readonly hdus: readonly FitsHdu[];
  readonly sizeBytes: number;
}

/** A FITS file: its first image or table, with the properties from its header; other HDUs can be selected. */
export function FitsPreview({ path, hdus, sizeBytes }: FitsPreviewProps) {
  const [index, setIndex] = useState(() => mostInformative(hdus));
  const hdu = hdus[index];
  if (!hdu) return null;
  const { hduTitle, hduKinds } = previewStrings;
  return (
    <div className={styles.fits}>
      {hdus.length > 1 && (
        <NativeSelect
          size="xs"
          label={previewStrings.hdu}
          value={String(index)}
          onChange={(event) => setIndex(Number(event.currentTarget.value))}
          data={hdus.map(({ name, kind }, place) => ({
            value: String(place),
            label: hduTitle(place, name, hduKinds[kind]),
          }))}
        />
      )}
      <Data path={path} index={index} hdu={hdu} />
      <FitsFacts hdu={hdu} sizeBytes={sizeBytes} />
      <FitsHeader index={index} cards={hdu.cards} isOpen={!hasData(hdu)} />
    </div>
  );
}

function Data({ path, index, hdu }: { path: string; index: number; hdu: FitsHdu }) {
  if (hdu.problem !== null) return <p className={styles.problem}>{hdu.problem}</p>;
  if (hdu.kind === 'table') return <FitsRows path={path} index={index} />;
  if (hdu.kind === 'compressed_image') return <p className={styles.hint}>{previewStrings.compressedImage}</p>;
  if (hdu.kind !== 'image') return null;
  if (hdu.shape.length < 2) return <p className={styles.hint}>{previewStrings.oneAxis}</p>;
  return <FitsPicture key={index} path={path} index={index} image={hdu} />;
}

function hasData({ kind, problem }: FitsHdu): boolean {
  return problem === null && (kind === 'image' || kind === 'table');
}

/** The first image that has a picture, else the first table, else the primary header. */
function mostInformative(hdus: readonly FitsHdu[]): number {
  const image = hdus.findIndex((hdu) => hdu.kind === 'image' && hasData(hdu) && hdu.shape.length > 1);
  return image >= 0
    ? image
    : Math.max(
        0,
        hdus.findIndex(({ kind }) => kind !== 'empty'),
      );
}
