import { createConfig, lintFromString } from '@redocly/openapi-core';
import { createOpenApiDocument } from '../functions/site/openApiDocument.ts';

/** Checks the description of the API by the strictest rules that Redocly recommends; fails if it breaks any. */
const source = JSON.stringify(createOpenApiDocument());
const config = await createConfig({ extends: ['recommended-strict'] });
const problems = await lintFromString({ source, config, absoluteRef: 'openapi.json' });
for (const { ruleId, message, location } of problems) {
  process.stderr.write(`openapi.json${location[0]?.pointer ?? ''}: ${message} (${ruleId})\n`);
}
process.exitCode = problems.length > 0 ? 1 : 0;
