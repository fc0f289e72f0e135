import { config } from 'zod';

// zod compiles its schemas with `new Function`, which the content security policy forbids and reports as an error.
// Imported before every module that makes a schema.
config({ jitless: true });
