import { apiUrl } from '../../../api/apiAddress.ts';
import { downloadUrl } from '../../../api/files/download.ts';
import type { StagingOrder } from '../../../api/operations/operations.ts';
import { needsToken } from '../../../api/site/session.ts';
import { shellText } from '../../../components/staged/stagedCommands.ts';

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
export function curlToken(): string {
  return needsToken() ? ` -H "Authorization: Bearer $${tokenVariable}"` : '';
}

/** The lines that the token needs, in Python. */
export function pythonImports(): string[] {
  return needsToken() ? ['import os'] : [];
}

/** The argument with the token, in Python. */
export function pythonHeaders(): string[] {
  return needsToken() ? [`    headers={"Authorization": "Bearer " + os.environ["${tokenVariable}"]},`] : [];
}

function bodyOf({ source, target }: StagingOrder) {
  return { local_path_on_storage: source, relative_path: target };
}
