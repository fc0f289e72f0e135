import { z } from 'zod';
import { StagingError } from '../../../../shared/errors/stagingError.ts';
import { stagingQuerySchema } from '../../../../shared/http/contract/staging.ts';
import { parseTargetPath } from '../../../../shared/storage/paths.ts';
import { parseSource } from '../../../../shared/storage/s3/s3Location.ts';
import type { SiteConfig } from '../../api/client.ts';
import type { StagingOrder } from '../../api/operations.ts';
import { baseName } from '../../format/format.ts';
import { stageStrings } from '../../strings/stage.ts';

/** More at a time are one folder's worth, and a folder is staged as a whole. */
const maxSources = 100;

/** What the form holds. */
export interface StageForm {
  /** Paths that were picked in the storage. */
  readonly picked: readonly string[];
  /** Paths that were pasted, one in a line. */
  readonly pasted: string;
  readonly method: string;
  readonly username: string;
  /** Where to, beneath the user area. */
  readonly folder: string;
  /** What one source is to be called there; undefined for its own name. */
  readonly name: string | undefined;
  readonly jupyterToken: string;
}

/** What is wrong with the form, by field, in sentences for people. */
export type FormErrors = Partial<Record<'sources' | 'username' | 'destination' | 'jupyterToken', string>>;

export const emptyForm: StageForm = {
  picked: [],
  pasted: '',
  method: '',
  username: '',
  folder: '',
  name: undefined,
  jupyterToken: '',
};

/** All that was chosen, each once, in the order in which it was. */
export function sourcesOf({ picked, pasted }: Pick<StageForm, 'picked' | 'pasted'>): string[] {
  const lines = pasted.split('\n').map((line) => line.trim());
  return [...new Set([...picked, ...lines.filter((line) => line !== '')])];
}

/** Where one of the sources is to be, beneath the user area. */
function targetOf(form: StageForm, source: string, isOnlyOne: boolean): string {
  const name = (isOnlyOne ? form.name : undefined) || baseName(source);
  return `${withSlash(form.folder)}${name}`;
}

/** What the field for the destination shows: a path for one source, a folder for several. */
export function destinationText(form: StageForm, sources: readonly string[]): string {
  const [only, ...others] = sources;
  if (only === undefined || others.length > 0) return form.folder;
  return `${withSlash(form.folder)}${form.name ?? baseName(only)}`;
}

/** The form after somebody typed a destination. A name that is the source's own follows the source. */
export function withDestination(form: StageForm, sources: readonly string[], text: string): StageForm {
  const [only, ...others] = sources;
  if (only === undefined || others.length > 0) return { ...form, folder: text, name: undefined };
  const nameStart = text.lastIndexOf('/') + 1;
  const name = text.slice(nameStart);
  return { ...form, folder: text.slice(0, nameStart), name: name === baseName(only) ? undefined : name };
}

/** What the form asks for. */
export function ordersOf(form: StageForm): StagingOrder[] {
  const sources = sourcesOf(form);
  return sources.map((source) => ({
    method: form.method,
    username: form.username.trim(),
    source,
    target: targetOf(form, source, sources.length === 1),
  }));
}

/** Checks the form by the very rules of the service. */
export function checkForm(form: StageForm, config: SiteConfig): FormErrors {
  const errors: FormErrors = {};
  const orders = ordersOf(form);
  const places = {
    sourceStoragePath: config.source_storage_path,
    s3: { sourceBuckets: config.source_buckets },
  };
  if (orders.length === 0) errors.sources = stageStrings.noSource;
  else if (orders.length > maxSources) errors.sources = stageStrings.tooManySources(maxSources);
  else
    note(errors, 'sources', () => {
      for (const { source } of orders) parseSource(source, places);
    });
  note(errors, 'username', () => stagingQuerySchema.shape.username.parse(form.username.trim()));
  if (form.method !== 'direct_download') {
    note(errors, 'destination', () => {
      for (const { target } of orders) parseTargetPath(target);
    });
    const targets = orders.map(({ target }) => target);
    const twice = targets.find((target, index) => targets.indexOf(target) !== index);
    if (twice !== undefined) errors.destination ??= stageStrings.sameTarget(twice);
  }
  return errors;
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

function withSlash(folder: string): string {
  return folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
}
