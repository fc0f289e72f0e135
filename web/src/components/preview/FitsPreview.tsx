import { NativeSelect, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type FitsHdu, tableRowsQuery } from '../../api/files/preview.ts';
import { formatCount } from '../../format/format.ts';
import { previewStrings } from '../../strings/preview.ts';
import { Loaded } from '../layout/Loaded.tsx';
import { ScrollBox } from '../layout/ScrollBox.tsx';
import { FitsFacts } from './FitsFacts.tsx';
import { FitsPicture } from './FitsPicture.tsx';
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
      <FitsHeader index={index} hdu={hdu} />
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

/** A header as a table. Its history is collapsed, because it may be most of it. */
function FitsHeader({ index, hdu }: { index: number; hdu: FitsHdu }) {
  const { cards } = hdu;
  const isOpen = !hasData(hdu);
  const numbered = cards.map((card, number) => ({ ...card, number }));
  const commentary = numbered.filter(({ keyword }) => ['COMMENT', 'HISTORY', ''].includes(keyword));
  const others = numbered.filter((card) => !commentary.includes(card));
  return (
    <details key={String(isOpen)} className={styles.header} open={isOpen}>
      <summary>{previewStrings.header(cards.length)}</summary>
      <ScrollBox label={previewStrings.content}>
        <Table aria-label={index === 0 ? previewStrings.primary : previewStrings.extension(index)}>
          <Table.Thead>
            <Table.Tr>
              {Object.entries(previewStrings.cards).map(([name, title]) => (
                <Table.Th key={name}>{title}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {others.map(({ number, keyword, value, comment }) => (
              <Table.Tr key={number}>
                <Table.Td>
                  <code>{keyword}</code>
                </Table.Td>
                <Table.Td>{value}</Table.Td>
                <Table.Td>{comment}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {commentary.length > 0 && (
          <details className={styles.commentary}>
            <summary>{previewStrings.commentary(commentary.length)}</summary>
            <pre>{commentary.map(({ keyword, comment }) => `${keyword} ${comment ?? ''}`).join('\n')}</pre>
          </details>
        )}
      </ScrollBox>
    </details>
  );
}

/** The first rows of a table. */
function FitsRows({ path, index }: { path: string; index: number }) {
  const query = useQuery(tableRowsQuery(path, index));
  return (
    <Loaded query={query}>
      {({ columns, rows, rows_total }) => (
        <div>
          <ScrollBox label={previewStrings.rows}>
            <Table className={styles.rows}>
              <Table.Thead>
                <Table.Tr>
                  {numbered(columns).map(({ number, value }) => (
                    <Table.Th key={number}>{value}</Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {numbered(rows).map(({ number: row, value: cells }) => (
                  <Table.Tr key={row}>
                    {numbered(cells).map(({ number, value }) => (
                      <Table.Td key={number}>{value ?? '–'}</Table.Td>
                    ))}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </ScrollBox>
          <p className={styles.hint}>
            {rows_total === 0
              ? previewStrings.noRows
              : previewStrings.rowsOf(formatCount(rows.length), formatCount(rows_total))}
          </p>
        </div>
      )}
    </Loaded>
  );
}

/** Columns may have the same name, and rows have none: only the position identifies them. */
function numbered<Value>(values: readonly Value[]): { number: number; value: Value }[] {
  return values.map((value, number) => ({ number, value }));
}
