import * as z from 'zod';
import { rememberToken } from '../staging/leakedTokens.ts';
import type { JupyterHub } from './jupyterhub.ts';

/** Adds a user to the hub; an existing one is kept. */
export async function addUser(hub: JupyterHub, username: string): Promise<void> {
  const response = await callHub(hub, `users/${encodeURIComponent(username)}`);
  if (response.status !== 201 && response.status !== 409) throw await unexpected(response);
}

/** A user's own token, as made on the hub's token page. */
export async function createUserToken(hub: JupyterHub, username: string): Promise<string> {
  const response = await callHub(hub, `users/${encodeURIComponent(username)}/tokens`);
  if (response.status !== 200 && response.status !== 201) throw await unexpected(response);
  return rememberToken(z.object({ token: z.string() }).parse(await response.json()).token);
}

function callHub(hub: JupyterHub, path: string): Promise<Response> {
  const headers = { Authorization: `token ${hub.adminToken}` };
  return fetch(`${hub.url}/hub/api/${path}`, { method: 'POST', headers });
}

async function unexpected(response: Response): Promise<Error> {
  return new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
}
