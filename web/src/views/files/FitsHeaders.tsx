import { Table } from '@mantine/core';
import type { Preview } from '../../api/files.ts';
import { filesStrings } from '../../strings/files.ts';
import styles from './Files.module.css';

type Hdu = Extract<Preview, { kind: 'fits' }>['hdus'][number];

/** The headers of a FITS file, one table for each. */
export function FitsHeaders({ hdus }: { hdus: readonly Hdu[] }) {
  return numbered(hdus).map(({ number, value: { cards } }) => (
    <Table key={number} className={styles.fits} aria-label={filesStrings.header(number)}>
      <Table.Caption>{filesStrings.header(number)}</Table.Caption>
      <Table.Thead>
        <Table.Tr>
          {Object.entries(filesStrings.cards).map(([name, title]) => (
            <Table.Th key={name}>{title}</Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {numbered(cards).map(({ number: place, value: { keyword, value, comment } }) => (
          <Table.Tr key={place}>
            <Table.Td>
              <code>{keyword}</code>
            </Table.Td>
            <Table.Td>{value}</Table.Td>
            <Table.Td>{comment}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  ));
}

/** Keywords such as COMMENT may occur many times in a header: only the position identifies a card. */
function numbered<Value>(values: readonly Value[]): { number: number; value: Value }[] {
  return values.map((value, number) => ({ number, value }));
}
