import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import type { Rucio } from '../../services/rucio/rucio.ts';
import {
  type Did,
  describeContent,
  openRucioCatalogue,
  type RegisteredFile,
  type RucioCatalogue,
  writeReplica,
} from '../../services/rucio/rucioCatalogue.ts';
import { makeDataDirectory } from '../../services/staging/stagingService.ts';

/** A separate site in a Rucio that other tests use, too: RSEs, a scope, and a source storage that contains one RSE. */
export interface RucioSite {
  readonly catalogue: RucioCatalogue;
  readonly rse: string;
  /** An RSE at another site. */
  readonly farRse: string;
  readonly scope: string;
  readonly dataDirectory: string;
  /** The folder of the RSE's files, in the source storage. */
  readonly folder: string;
  /** The settings of a service at this site. */
  readonly settings: NodeJS.ProcessEnv;
  /** Writes a file into the RSE and registers it there. */
  addFile(name: string, content: string | Buffer, scope?: string): Promise<Did>;
  /** The same in an RSE at another site. */
  registerFar(name: string, content?: string): Promise<Did>;
  /** Simulates the arrival of a file in the RSE, as a rule requires. */
  arrive(did: Did, content?: string): Promise<void>;
  /** Simulates a failed transfer. */
  failToArrive(did: Did, reason: string): Promise<void>;
  /** The rules for a name. */
  rulesFor(did: Did): Promise<readonly SiteRule[]>;
}

/** A rule as Rucio lists it. */
const siteRuleSchema = z.object({
  id: z.string(),
  state: z.string(),
  rse_expression: z.string(),
  expires_at: z.string().nullable(),
});

type SiteRule = z.output<typeof siteRuleSchema>;

/** The options of a site's RSE. */
interface SiteOptions {
  /** Whether its addresses are paths of this machine; otherwise they are `file://localhost/<its name>/…`. */
  readonly hasRealPaths?: boolean;
  readonly isDeterministic?: boolean;
}

/** Creates a site. */
export async function makeRucioSite(
  rucio: Rucio,
  { hasRealPaths = false, isDeterministic = true }: SiteOptions = {},
): Promise<RucioSite> {
  const id = randomBytes(4).toString('hex');
  const [rse, farRse, scope] = [`HERE_${id}`.toUpperCase(), `FAR_${id}`.toUpperCase(), `ska.${id}`];
  const catalogue = await openRucioCatalogue(rucio);
  const dataDirectory = await makeDataDirectory();
  const folder = join(dataDirectory, 'source_storage', 'rse');
  const prefix = hasRealPaths ? folder : `/${rse}`;
  await catalogue.addRse(rse, { prefix, isDeterministic });
  await catalogue.setQuota(rse, -1);
  await catalogue.addRse(farRse, { prefix: `/${farRse}` });
  await catalogue.addScope(scope);
  const settings = {
    RUCIO_URL: rucio.url,
    RUCIO_ACCOUNT: rucio.account,
    RUCIO_USERNAME: rucio.username,
    RUCIO_PASSWORD: rucio.password,
    RUCIO_RSE: rse,
    RUCIO_PFN_MAP: JSON.stringify({ [`file://localhost${prefix}`]: 'rse' }),
  };
  const register = async (at: string, file: RegisteredFile): Promise<Did> => {
    await catalogue.addReplicas(at, [file]);
    return { scope: file.scope, name: file.name };
  };
  return {
    ...{ catalogue, rse, farRse, scope, dataDirectory, folder, settings },
    addFile: async (name, content, inScope = scope) =>
      register(rse, await writeReplica(folder, { scope: inScope, name }, Buffer.from(content))),
    registerFar: async (name, content = 'abc') =>
      register(farRse, { scope, name, ...(await describeContent(Buffer.from(content))) }),
    async arrive(did, content = 'abc') {
      await writeReplica(folder, did, Buffer.from(content));
      await catalogue.call('PUT', '/replicas', { rse, files: [{ ...did, state: 'A' }] });
    },
    failToArrive: (did, reason) => catalogue.failTransfer(rse, did, reason),
    async rulesFor(did) {
      const lines = await catalogue.call('GET', `/rules/?${new URLSearchParams({ ...did })}`);
      const rules = lines.split('\n').filter((line) => line !== '');
      return rules.map((line) => siteRuleSchema.parse(JSON.parse(line)));
    },
  };
}

/** A name as the source of a request. */
export function sourceOf({ scope, name }: Did): string {
  return `rucio://${scope}:${name}`;
}
