import XMLBuilder from 'fast-xml-builder';
import { findErrorDefinition } from '../../shared/errors/errorTable.ts';
import { operationJson } from '../../shared/http/contract/operations.ts';
import type { Operation } from '../../shared/model/operation.ts';
import type { UserView } from '../../shared/model/operations/userView.ts';

/** The documents of UWS 1.1 (IVOA Recommendation of 2016-10-24, §2.2 and the schema in its appendix). */
const namespaces = {
  '@xmlns:uws': 'http://www.ivoa.net/xml/UWS/v1.0',
  '@xmlns:xlink': 'http://www.w3.org/1999/xlink',
  '@xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
};

const xmlBuilder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  suppressBooleanAttributes: false,
  suppressEmptyNode: true,
  format: true,
});

/** A document in XML from nested objects, whose attributes have names with an @. */
export function xmlDocument(root: string, content: object): string {
  return xmlBuilder.build({ '?xml': { '@version': '1.0', '@encoding': 'UTF-8' }, [root]: content });
}

const nil = { '@xsi:nil': 'true' };

/** Jobs, as in their list. `jobsUrl` is the address of the list. */
export function jobListXml(jobs: readonly Operation[], jobsUrl: string): string {
  const references = jobs.map((job) => ({
    '@id': job.id,
    ...linkTo(`${jobsUrl}/${job.id}`),
    'uws:phase': job.phase,
    ...runIdOf(job),
    'uws:ownerId': textOrNil(job.username),
    'uws:creationTime': timeOrNil(job.createdAt),
  }));
  return documentOf('uws:jobs', { '@version': '1.1', 'uws:jobref': references });
}

/** One job, complete. */
export function jobXml(job: Operation, jobsUrl: string): string {
  return documentOf('uws:job', {
    '@version': '1.1',
    'uws:jobId': job.id,
    ...runIdOf(job),
    'uws:ownerId': textOrNil(job.username),
    'uws:phase': job.phase,
    // The duration of a storage operation cannot be predicted.
    'uws:quote': nil,
    'uws:creationTime': timeOrNil(job.createdAt),
    'uws:startTime': timeOrNil(job.startedAt),
    'uws:endTime': timeOrNil(job.finishedAt),
    'uws:executionDuration': 0,
    'uws:destruction': timeOrNil(job.destructionAt),
    'uws:parameters': parametersOf(job),
    'uws:results': resultsOf(job, jobsUrl),
    ...errorOf(job),
    'uws:jobInfo': infoOf(job),
  });
}

/** The parameters of a job. */
export function parametersXml(job: Operation): string {
  return documentOf('uws:parameters', parametersOf(job));
}

/** Where the result of a job can be read. */
export function resultsXml(job: Operation, jobsUrl: string): string {
  return documentOf('uws:results', resultsOf(job, jobsUrl));
}

function parametersOf(job: Operation): object {
  const { sha256, adler32, md5 } = job.expectedDigests;
  const parameters = {
    method: job.method,
    username: job.username,
    local_path_on_storage: job.localPathOnStorage,
    relative_path: job.relativePath,
    sha256,
    adler32,
    md5,
  };
  return {
    'uws:parameter': given(parameters).map(([id, value]) => ({ '@id': id, '#text': xmlText(value) })),
  };
}

function resultsOf({ id, phase }: Operation, jobsUrl: string): object {
  if (phase !== 'COMPLETED') return {};
  const link = linkTo(`${jobsUrl}/${id}/results/result`);
  return { 'uws:result': { '@id': 'result', ...link, '@mime-type': 'application/x-votable+xml' } };
}

function errorOf({ errorCode, errorReason }: Operation): object {
  if (errorCode === null) return {};
  const isTransient = findErrorDefinition(errorCode)?.class === 'transient';
  const summary = { '@type': isTransient ? 'transient' : 'fatal', '@hasDetail': 'true' };
  return { 'uws:errorSummary': { ...summary, 'uws:message': xmlText(errorReason ?? errorCode) } };
}

/** Its progress and result, as extra information. */
function infoOf(job: Operation): object {
  const facts = {
    outcome: job.outcome,
    present: job.present,
    bytes_total: job.bytesTotal,
    bytes_done: job.bytesDone,
    files_total: job.filesTotal,
    files_done: job.filesDone,
    sha256: job.sha256,
    adler32: job.adler32,
    md5: job.md5,
    link_type: job.linkType,
    error_code: job.errorCode,
  };
  const elements = given(facts).map(([name, value]) => [`staging:${name}`, xmlText(String(value))]);
  return { '@xmlns:staging': 'urn:ska-staging-service:job', ...Object.fromEntries(elements) };
}

const documentOf = (root: string, content: object) => xmlDocument(root, { ...namespaces, ...content });

const linkTo = (url: string) => ({ '@xlink:type': 'simple', '@xlink:href': xmlText(url) });
const runIdOf = ({ runId }: Operation) => (runId === null ? {} : { 'uws:runId': xmlText(runId) });
const textOrNil = (value: string | null) => (value === null ? nil : xmlText(value));
const timeOrNil = (time: Date | null) => time?.toISOString() ?? nil;

function given<Value>(values: Readonly<Record<string, Value | null | undefined>>): [string, Value][] {
  return Object.entries(values).flatMap(([name, value]) => (value == null ? [] : [[name, value]]));
}

/** A text that XML 1.0 can represent: it cannot contain other control characters, not even escaped (§2.2). */
function xmlText(value: string): string {
  return value
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\u{fffd}');
}

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
  return xmlDocument('VOTABLE', {
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
  });
}

/** An empty cell is null. A timestamp of DALI is UTC without a zone (DALI 1.1 §3.3.3). */
function cell(name: string, value: string | number | boolean | null): string {
  if (value === null) return '';
  return name.endsWith('_at') ? String(value).replace(/Z$/, '') : xmlText(String(value));
}
