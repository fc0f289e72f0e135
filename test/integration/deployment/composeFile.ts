import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import * as z from 'zod';

/** The path of the compose file. */
export const composeFile = fileURLToPath(new URL('../../../compose.yaml', import.meta.url));

const serviceSchema = z.object({
  image: z.string(),
  user: z.string().optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  container_name: z.string().optional(),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
  read_only: z.boolean(),
  healthcheck: z.looseObject({}).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  stop_grace_period: z.string().optional(),
});
const composeSchema = z.object({
  services: z
    .record(z.string(), serviceSchema)
    .and(z.object({ staging: serviceSchema, worker: serviceSchema })),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
});

/** A service of the compose file. */
export type ComposeService = z.output<typeof serviceSchema>;

/** The compose file as compose reads it without variables. */
export async function readComposeFile(): Promise<z.output<typeof composeSchema>> {
  const text = await readFile(composeFile, 'utf8');
  const plain = text.replace(/\$\{\w+:-([^}]*)\}/g, '$1');
  return composeSchema.parse(parse(plain, { merge: true }));
}

/** The settings of a service that are not secret: the file of tokens contains only their hashes. */
export function plainSettings({ environment }: ComposeService): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.endsWith('_FILE') || name === 'AUTH_TOKENS_FILE'),
  );
}
