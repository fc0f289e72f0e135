import { z } from 'zod';
import { StagingError } from '../../../../shared/errors/stagingError.ts';
import { stagingQuerySchema } from '../../../../shared/http/contract/staging.ts';
import { parseTargetPath } from '../../../../shared/model/paths.ts';
import { parseSource } from '../../../../shared/model/sourcePath.ts';
import type { SiteConfig } from '../../api/client.ts';
import type { BatchOrder } from '../../api/operations/batches.ts';
import type { StagingOrder } from '../../api/operations/operations.ts';
import { formatCount } from '../../format/format.ts';
import { baseName, isInObjectStore, nameInRucio, objectStoreRoot, withSlash } from '../../format/paths.ts';
import { stageStrings } from '../../strings/stage.ts';
import { linesOf } from './source/pastedLines.ts';

/** How many single requests are sent at a time. */
const maxSingle = 100;

/** The values of the form. */
export interface StageForm {
  /** Paths that were selected in the storage. */
  readonly picked: readonly string[];
  /** Paths that were pasted, one per line. */
  readonly pasted: string;
  readonly method: string;
  readonly username: string;
  /** The target, beneath the user area. */
  readonly folder: string;
  /** The name of a single source there; undefined for its own name. */
  readonly name: string | undefined;
  /** Whether several sources keep their folders. */
  readonly keepsFolders: boolean;
  /** Whether several sources are published all or nothing, if that is possible. */
  readonly isAllOrNothing: boolean;
  readonly jupyterToken: string;
}

/** The errors of the form, by field, as sentences. */
export type FormErrors = Partial<Record<'sources' | 'username' | 'destination' | 'jupyterToken', string>>;

export const emptyForm: StageForm = {
  picked: [],
  pasted: '',
  method: '',
  username: '',
  folder: '',
  name: undefined,
  keepsFolders: false,
  isAllOrNothing: false,
  jupyterToken: '',
};

/** All selected sources, each once, in their order. */
export function sourcesOf({ picked, pasted }: Pick<StageForm, 'picked' | 'pasted'>): readonly string[] {
  return [...new Set([...picked, ...linesOf(pasted).map(({ path }) => path)])];
}

/** The value of the destination field: a path for one source, a folder for several. */
export function destinationText(form: StageForm, sources: readonly string[]): string {
  const [only, ...others] = sources;
  if (only === undefined || others.length > 0) return form.folder;
  return `${withSlash(form.folder)}${form.name ?? baseName(only)}`;
}

/** The form after the destination was typed. A name that is the source's own follows the source. */
export function withDestination(form: StageForm, sources: readonly string[], text: string): StageForm {
  const [only, ...others] = sources;
  if (only === undefined || others.length > 0) return { ...form, folder: text, name: undefined };
  const nameStart = text.lastIndexOf('/') + 1;
  const name = text.slice(nameStart);
  return { ...form, folder: text.slice(0, nameStart), name: name === baseName(only) ? undefined : name };
}

/** The requests of the form, for the first sources up to a limit. */
export function ordersOf(
  form: StageForm,
  sources: readonly string[],
  config: SiteConfig,
  most = sources.length,
): StagingOrder[] {
  const isOnlyOne = sources.length === 1;
  return sources.slice(0, most).map((source) => ({
    method: form.method,
    username: form.username.trim(),
    source,
    target: targetOf(form, source, isOnlyOne, config),
  }));
}

/** Whether the form is for a batch. A batch cannot have a token, because that is not stored. */
export function isForBatch({ method, jupyterToken }: StageForm, sources: readonly string[]): boolean {
  const hasToken = method === 'jupyter_copy' && jupyterToken !== '';
  return sources.length > 1 && method !== 'direct_download' && !hasToken;
}

/** Whether the selection can be published all or nothing. */
export function canBeAllOrNothing(form: StageForm, sources: readonly string[]): boolean {
  return isForBatch(form, sources) && form.method !== 'jupyter_copy';
}

/** Validates the form by the same rules as the service. */
export function checkForm(form: StageForm, sources: readonly string[], config: SiteConfig): FormErrors {
  const errors: FormErrors = {};
  const most = isForBatch(form, sources) ? config.max_batch_items : maxSingle;
  if (sources.length === 0) errors.sources = stageStrings.noSource;
  else if (sources.length > most) errors.sources = stageStrings.tooManySources(formatCount(most));
  else noteSources(errors, sources, form.pasted, config);
  note(errors, 'username', () => stagingQuerySchema.shape.username.parse(form.username.trim()));
  if (form.method !== 'direct_download') noteTargets(errors, form, sources, config);
  return errors;
}

/** Reports the first invalid source, and how many more there are. */
function noteSources(
  errors: FormErrors,
  sources: readonly string[],
  pasted: string,
  config: SiteConfig,
): void {
  const places = {
    sourceStoragePath: config.source_storage_path,
    s3: { sourceBuckets: config.source_buckets },
    rucio: config.has_rucio ? {} : undefined,
  };
  let wrong = 0;
  for (const source of sources) {
    const problems: FormErrors = {};
    note(problems, 'sources', () => parseSource(source, places));
    if (problems.sources === undefined) continue;
    wrong += 1;
    const line = linesOf(pasted).find(({ path }) => path === source);
    errors.sources ??= line ? stageStrings.wrongLine(line.number, problems.sources) : problems.sources;
  }
  if (errors.sources !== undefined && wrong > 1) {
    errors.sources = stageStrings.andMoreWrong(errors.sources, wrong - 1);
  }
}

function noteTargets(
  errors: FormErrors,
  form: StageForm,
  sources: readonly string[],
  config: SiteConfig,
): void {
  const targets = ordersOf(form, sources, config).map(({ target }) => target);
  note(errors, 'destination', () => {
    for (const target of targets) parseTargetPath(target);
  });
  const known = new Set<string>();
  const twice = targets.find((target) => known.size === known.add(target).size);
  if (twice !== undefined) errors.destination ??= stageStrings.sameTarget(twice);
  if (!form.isAllOrNothing || !canBeAllOrNothing(form, sources)) return;
  if (!/[^/.]/.test(form.folder)) errors.destination ??= stageStrings.needsFolder;
}

function note(errors: FormErrors, field: keyof FormErrors, check: () => void): void {
  try {
    check();
  } catch (thrown) {
    errors[field] = sentenceOf(field, thrown);
  }
}

function sentenceOf(field: keyof FormErrors, thrown: unknown): string {
  if (thrown instanceof StagingError) return thrown.message;
  if (!(thrown instanceof z.ZodError)) throw thrown;
  return stageStrings.fieldProblem(field, thrown.issues[0]?.message ?? '');
}

/** Few enough to be listed in a script, and stored with the request. */
const itemsNamed = 10;

/** The target of one of the sources, beneath the user area. */
function targetOf(
  form: Pick<StageForm, 'folder' | 'name' | 'keepsFolders'>,
  source: string,
  isOnlyOne: boolean,
  config: SiteConfig,
): string {
  if (isOnlyOne) return `${withSlash(form.folder)}${form.name || baseName(source)}`;
  return `${withSlash(form.folder)}${form.keepsFolders ? pathBeneath(source, config) : baseName(source)}`;
}

/** The orders, which differ only in their paths, as one batch. */
export function batchOf(form: StageForm, orders: readonly StagingOrder[]) {
  const items = orders.map(({ source, target }) => ({
    local_path_on_storage: source,
    relative_path: target,
  }));
  const order: BatchOrder = {
    method: form.method,
    username: form.username.trim(),
    folder: form.folder.replace(/^\/+|\/+$/g, ''),
    keepsFolders: form.keepsFolders,
    isAllOrNothing: form.isAllOrNothing,
    itemsTotal: items.length,
    firstItems: items.slice(0, itemsNamed),
  };
  return { order, items };
}

/** A path relative to the storage, or an object's with its bucket. */
export function pathBeneath(source: string, { source_storage_path }: SiteConfig): string {
  if (source.startsWith('rucio:')) return nameInRucio(source).replace(/^\/+|\/+$/g, '');
  if (isInObjectStore(source)) return source.slice(objectStoreRoot.length).replace(/\/+$/, '');
  const storage = withSlash(source_storage_path);
  return (source.startsWith(storage) ? source.slice(storage.length) : source).replace(/^\/+|\/+$/g, '');
}
