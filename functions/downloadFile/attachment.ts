import { create } from 'content-disposition';

/**
 * The Content-Disposition that saves an answer under a name, as RFC 6266 has it. A simple name could do without its
 * quotes, but clients of the first service look for them.
 */
export function attachment(name: string): string {
  return create(name).replace(/filename=([^";]+)/, 'filename="$1"');
}
