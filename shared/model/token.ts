import * as z from 'zod';

/** A token by its grammar (RFC 6750 §2.1, `b64token`): those of JupyterHub, JSON Web Tokens; never one with a line break. */
export const tokenSchema = z
  .string()
  .regex(/^[\w.~+/-]+=*$/, 'may have letters, digits and the characters - . _ ~ + /, and = only at the end');
