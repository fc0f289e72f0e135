import { expect, test } from '@jest/globals';
import { createOpenApiDocument } from '../../../functions/site/openApiDocument.ts';
import { apiTypes } from '../../../scripts/apiTypes.ts';

/** Types without insignificant spaces and quotation marks. */
const plain = (types: string) => types.replaceAll(/["\s]+/g, '');

test('an operation is typed with its parameters, body and answers', () => {
  const types = plain(
    apiTypes({
      paths: {
        '/things/{id}': {
          post: {
            parameters: [
              { in: 'path', name: 'id', required: true, schema: { type: 'string' } },
              { in: 'query', name: 'limit', schema: { type: 'integer' } },
            ],
            requestBody: {
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } },
            },
            responses: { '204': { description: 'done' } },
          },
        },
      },
      components: { schemas: {} },
    }),
  );
  expect(types).toContain('parameters:{query?:{limit?:number|undefined};path:{id:string}}');
  expect(types).toContain("requestBody:{content:{application/json:components['schemas'][Thing]}}");
  expect(types).toContain('responses:{204:{headers:{[name:string]:unknown};content?:never}}');
});

test.each([
  [{ type: ['string', 'null'] }, '(string|null)'],
  [{ enum: ['a', 'b'] }, '(a|b)'],
  [{ type: 'string', const: 'ok' }, 'ok'],
  [{ anyOf: [{ type: 'number' }, { type: 'null' }] }, '(number|null)'],
  [{ type: 'array', items: { type: 'boolean' } }, 'Array<boolean>'],
  [
    { type: 'object', properties: { a: { type: 'string' }, b: {} }, required: ['a'] },
    '{a:string;b?:unknown}',
  ],
  [{ type: 'object', additionalProperties: { type: 'integer' } }, '{[name:string]:number}'],
])('%j becomes %s', (schema, type) => {
  expect(plain(apiTypes({ paths: {}, components: { schemas: { X: schema } } }))).toContain(`{X:${type}}`);
});

test('every part of our own OpenAPI document has a type', () => {
  expect(apiTypes(createOpenApiDocument())).not.toMatch(/: undefined|: object\b/);
});
