import { operationJson } from '../../shared/http/contract/operations.ts';
import type { Operation } from '../../shared/model/operation.ts';
import type { UserView } from '../../shared/model/userView.ts';
import { xmlBuilder, xmlText } from './jobXml.ts';

type Column = [name: keyof ReturnType<typeof operationJson>, attributes: Readonly<Record<string, string>>];

const text = { '@datatype': 'unicodeChar', '@arraysize': '*' };
const count = { '@datatype': 'long' };
const bytes = { ...count, '@unit': 'byte' };
const time = { ...text, '@xtype': 'timestamp' };

const columns: readonly Column[] = [
  ['id', { ...text, '@ucd': 'meta.id;meta.main' }],
  ['phase', text],
  ['outcome', text],
  ['present', text],
  ['method', text],
  ['username', text],
  ['local_path_on_storage', text],
  ['relative_path', text],
  ['bytes_total', bytes],
  ['bytes_done', bytes],
  ['files_total', count],
  ['files_done', count],
  ['sha256', text],
  ['adler32', text],
  ['md5', text],
  ['link_type', text],
  ['attempts', count],
  ['created_at', time],
  ['started_at', time],
  ['finished_at', time],
];

/** An operation as a table of one row (IVOA VOTable 1.4). */
export function resultVotable(operation: Operation, site: UserView): string {
  const shown = operationJson(operation, site);
  return xmlBuilder.build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    VOTABLE: {
      '@version': '1.4',
      '@xmlns': 'http://www.ivoa.net/xml/VOTable/v1.3',
      RESOURCE: {
        '@type': 'results',
        INFO: { '@name': 'QUERY_STATUS', '@value': 'OK' },
        TABLE: {
          FIELD: columns.map(([name, attributes]) => ({ '@name': name, ...attributes })),
          DATA: { TABLEDATA: { TR: { TD: columns.map(([name]) => cell(name, shown[name])) } } },
        },
      },
    },
  });
}

/** An empty cell is null. A timestamp of DALI is UTC without a zone (DALI 1.1 §3.3.3). */
function cell(name: string, value: string | number | boolean | null): string {
  if (value === null) return '';
  return name.endsWith('_at') ? String(value).replace(/Z$/, '') : xmlText(String(value));
}
