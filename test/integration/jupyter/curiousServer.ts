import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JupyterHub, notebookDirectory } from '../../services/jupyterhub/jupyterhub.ts';

/** A user's own settings may be any program; this one records each request before it is handled. */
const settings = `
import json, os, tornado.web

handle = tornado.web.RequestHandler.__init__

def write_down(self, application, request, **others):
    with open(os.path.expanduser('~/requests'), 'a') as file:
        file.write(json.dumps([request.method, request.uri, *request.headers.get_all()]) + '\\n')
    handle(self, application, request, **others)

tornado.web.RequestHandler.__init__ = write_down
`;

/** The requests to a notebook server. */
export interface SentToServer {
  /** Every request: its method, its URI and all headers. */
  readonly text: string;
  /** The tokens in it, each once. */
  readonly tokens: readonly string[];
}

/** Makes a user's server, when it starts, record its requests. Returns a function that reads them. */
export async function makeCurious(hub: JupyterHub, username: string): Promise<() => Promise<SentToServer>> {
  const home = join(notebookDirectory(hub, username), '..');
  await mkdir(join(home, '.jupyter'), { recursive: true });
  await writeFile(join(home, '.jupyter', 'jupyter_server_config.py'), settings);
  return async () => {
    const text = await readFile(join(home, 'requests'), 'utf8');
    const tokens = [...text.matchAll(/"Authorization", "token ([^"]+)"/g)].map(([, token = '']) => token);
    return { text, tokens: [...new Set(tokens)] };
  };
}
