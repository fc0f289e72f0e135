import { apiUrl } from '../../../api/apiAddress.ts';
import { downloadUrl } from '../../../api/files/download.ts';
import type { BatchItem, BatchOrder } from '../../../api/operations/batches.ts';
import { membersOf } from '../../../api/operations/batches.ts';
import type { StagingOrder } from '../../../api/operations/operations.ts';
import { needsToken } from '../../../api/session.ts';
import { shellText } from '../../../components/staged/stagedCommands.ts';
import { withSlash } from '../../../format/paths.ts';
import { batchStrings } from '../../../strings/batch.ts';

/** The command for the same request. */
export function curlOf(order: StagingOrder): string {
  if (order.method === 'direct_download') return `curl${curlToken()} -OJL ${shellText(downloadUrl(order))}`;
  const query = new URLSearchParams({ method: order.method, username: order.username });
  return [
    `curl${curlToken()} -X POST ${shellText(`${apiUrl('/stage_data')}?${query}`)} \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d ${shellText(JSON.stringify(bodyOf(order)))}`,
  ].join('\n');
}

/** Python code for the same request. */
export function pythonOf(order: StagingOrder): string {
  if (order.method === 'direct_download') return pythonDownload(order);
  const { local_path_on_storage, relative_path } = bodyOf(order);
  return [
    ...pythonImports(),
    'import requests',
    '',
    'answer = requests.post(',
    `    ${JSON.stringify(apiUrl('/stage_data'))},`,
    `    params={"method": ${JSON.stringify(order.method)}, "username": ${JSON.stringify(order.username)}},`,
    '    json={',
    `        "local_path_on_storage": ${JSON.stringify(local_path_on_storage)},`,
    `        "relative_path": ${JSON.stringify(relative_path)},`,
    '    },',
    ...pythonHeaders(),
    ')',
    'answer.raise_for_status()',
    'print(answer.json()["message"])',
  ].join('\n');
}

function pythonDownload(order: StagingOrder): string {
  return [
    ...pythonImports(),
    'import shutil',
    'import urllib.request',
    '',
    'request = urllib.request.Request(',
    `    ${JSON.stringify(downloadUrl(order))},`,
    ...pythonHeaders(),
    ')',
    'with urllib.request.urlopen(request) as answer:',
    '    name = answer.headers.get_filename()',
    '    with open(name, "wb") as file:',
    '        shutil.copyfileobj(answer, file)',
  ].join('\n');
}

/** Where programs store the token of their user. */
const tokenVariable = 'SKA_STAGING_TOKEN';

/** The option of curl with the token. */
function curlToken(): string {
  return needsToken() ? ` -H "Authorization: Bearer $${tokenVariable}"` : '';
}

/** The lines that the token needs, in Python. */
function pythonImports(): string[] {
  return needsToken() ? ['import os'] : [];
}

/** The argument with the token, in Python. */
function pythonHeaders(): string[] {
  return needsToken() ? [`    headers={"Authorization": "Bearer " + os.environ["${tokenVariable}"]},`] : [];
}

function bodyOf({ source, target }: StagingOrder) {
  return { local_path_on_storage: source, relative_path: target };
}

/** The command for the same batch: with its items, or with a file that lists them if there are many. */
export function batchCurlOf(order: BatchOrder): string {
  const { firstItems, itemsTotal } = order;
  if (itemsTotal > firstItems.length) return curlOfFile(order);
  return [
    `curl${curlToken()} -X POST ${shellText(urlOf(order, {}))} \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d ${shellText(JSON.stringify({ items: firstItems, ...membersOf(order) }))}`,
  ].join('\n');
}

/** Python code that requests the same batch, and waits for its end. */
export function batchPythonOf(order: BatchOrder): string {
  const { firstItems, itemsTotal, method, username } = order;
  const members = Object.entries(membersOf(order)).map(
    ([name, value]) => `        "${name}": ${value === true ? 'True' : JSON.stringify(value)},`,
  );
  return [
    ...pythonImports(),
    'import time',
    'import requests',
    '',
    ...(itemsTotal > firstItems.length ? itemsOfFile(order) : itemsOfText(firstItems)),
    '',
    `batches = ${JSON.stringify(apiUrl('/batches'))}`,
    'answer = requests.post(',
    '    batches,',
    `    params={"method": ${JSON.stringify(method)}, "username": ${JSON.stringify(username)}},`,
    '    json={',
    '        "items": items,',
    ...members,
    '    },',
    ...pythonHeaders(),
    ')',
    'answer.raise_for_status()',
    'batch = answer.json()',
    'while batch["finished_at"] is None:',
    '    time.sleep(2)',
    `    batch = requests.get(f"{batches}/{batch['id']}"${needsToken() ? ', headers=answer.request.headers' : ''}).json()`,
    'print(batch["phase"], batch["counts"])',
  ].join('\n');
}

/** jq turns each path into a line of JSON. */
function curlOfFile(order: BatchOrder): string {
  const folder = JSON.stringify(withSlash(order.folder));
  const target = order.keepsFolders ? '.' : '(rtrimstr("/") | split("/") | last)';
  return [
    `# ${batchStrings.pathsFile}`,
    `jq -cR ${shellText(`{local_path_on_storage: ., relative_path: (${folder} + ${target})}`)} paths.txt |`,
    `curl${curlToken()} -X POST ${shellText(urlOf(order, membersOf(order)))} \\`,
    "  -H 'Content-Type: application/x-ndjson' --data-binary @-",
  ].join('\n');
}

function itemsOfFile({ folder, keepsFolders }: BatchOrder): string[] {
  const name = keepsFolders ? 'path' : 'path.rstrip("/").rsplit("/", 1)[-1]';
  return [
    `# ${batchStrings.pathsFile}`,
    'paths = open("paths.txt").read().splitlines()',
    'items = [',
    `    {"local_path_on_storage": path, "relative_path": ${JSON.stringify(withSlash(folder))} + ${name}}`,
    '    for path in paths',
    ']',
  ];
}

function itemsOfText(items: readonly BatchItem[]): string[] {
  return ['items = [', ...items.map((item) => `    ${JSON.stringify(item)},`), ']'];
}

function urlOf({ method, username }: BatchOrder, members: ReturnType<typeof membersOf>): string {
  const said = Object.entries(members).map(([name, value]) => [name, String(value)]);
  return `${apiUrl('/batches')}?${new URLSearchParams([['method', method], ['username', username], ...said])}`;
}
