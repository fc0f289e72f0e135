import { apiUrl } from '../../../api/apiAddress.ts';
import type { BatchItem, BatchOrder } from '../../../api/operations/batches.ts';
import { needsToken } from '../../../api/site/session.ts';
import { shellText } from '../../../components/staged/stagedCommands.ts';
import { batchStrings } from '../../../strings/batch.ts';
import { withSlash } from '../stageForm.ts';
import { curlToken, pythonHeaders, pythonImports } from './snippets.ts';

/** The command for the same batch: with its items, or with a file that lists them if there are many. */
export function batchCurlOf(order: BatchOrder): string {
  const { firstItems, itemsTotal } = order;
  if (itemsTotal > firstItems.length) return curlOfFile(order);
  return [
    `curl${curlToken()} -X POST ${shellText(urlOf(order, {}))} \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d ${shellText(JSON.stringify({ items: firstItems.map(pathsOf), ...membersOf(order) }))}`,
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
  return ['items = [', ...items.map((item) => `    ${JSON.stringify(pathsOf(item))},`), ']'];
}

function urlOf({ method, username }: BatchOrder, members: ReturnType<typeof membersOf>): string {
  const said = Object.entries(members).map(([name, value]) => [name, String(value)]);
  return `${apiUrl('/batches')}?${new URLSearchParams([['method', method], ['username', username], ...said])}`;
}

function membersOf({ folder, isAllOrNothing }: BatchOrder): {
  readonly relative_path?: string;
  readonly all_or_nothing?: true;
} {
  return {
    ...(folder !== '' && { relative_path: folder }),
    ...(isAllOrNothing && { all_or_nothing: true }),
  };
}

function pathsOf({ local_path_on_storage, relative_path }: BatchItem) {
  return { local_path_on_storage, relative_path };
}
