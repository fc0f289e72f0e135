import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The paths of everything that operations have in the workspace beneath some user areas, or in one user's own. */
export async function inTheMaking(userAreas: string): Promise<string[]> {
  const workspace = join(userAreas, '.staging');
  const entries = await Promise.all(
    (await readdir(workspace).catch(() => [])).map(async (operation) => {
      const names = await readdir(join(workspace, operation)).catch(() => []);
      return names.map((name) => join(workspace, operation, name));
    }),
  );
  return entries.flat();
}

/** The paths of the parts among them. */
export async function partsIn(userAreas: string): Promise<string[]> {
  return (await inTheMaking(userAreas)).filter((path) => path.endsWith('.part'));
}
