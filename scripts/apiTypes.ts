import * as z from 'zod';

/**
 * A schema of the OpenAPI document, which is JSON Schema 2020-12: the subset that zod generates for our contract.
 * Keywords that are not read here only narrow values (`pattern`, `minimum`).
 */
interface Schema {
  readonly $ref?: string | undefined;
  readonly type?: string | string[] | undefined;
  readonly const?: unknown;
  readonly enum?: unknown[] | undefined;
  readonly anyOf?: Schema[] | undefined;
  readonly oneOf?: Schema[] | undefined;
  readonly properties?: Record<string, Schema> | undefined;
  readonly required?: string[] | undefined;
  readonly additionalProperties?: boolean | Schema | undefined;
  readonly items?: Schema | undefined;
}

const schemaSchema: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    $ref: z.string().optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    const: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    anyOf: z.array(schemaSchema).optional(),
    oneOf: z.array(schemaSchema).optional(),
    properties: z.record(z.string(), schemaSchema).optional(),
    required: z.array(z.string()).optional(),
    additionalProperties: z.union([z.boolean(), schemaSchema]).optional(),
    items: schemaSchema.optional(),
  }),
);

const contentSchema = z.record(z.string(), z.looseObject({ schema: schemaSchema }));

const operationSchema = z.looseObject({
  parameters: z
    .array(
      z.looseObject({
        in: z.enum(['query', 'path', 'header', 'cookie']),
        name: z.string(),
        required: z.boolean().optional(),
        schema: schemaSchema,
      }),
    )
    .default([]),
  requestBody: z.looseObject({ content: contentSchema }).optional(),
  responses: z.record(z.string(), z.looseObject({ content: contentSchema.optional() })),
});

type ApiOperation = z.output<typeof operationSchema>;

const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.looseObject({ schemas: z.record(z.string(), schemaSchema) }),
});

/**
 * The types of an OpenAPI document as TypeScript, in the shape that openapi-fetch expects. Its usual companion,
 * openapi-typescript, needs the compiler's programming interface, which TypeScript 7 does not have.
 */
export function apiTypes(openApiDocument: unknown): string {
  const { paths, components } = documentSchema.parse(openApiDocument);
  return [
    '// Made of the OpenAPI document by scripts/apiTypes.ts.',
    `export interface paths ${members(paths, (operations) => members(operations, typeOfOperation))}`,
    `export interface components { schemas: ${members(components.schemas, typeOf)} }`,
    '',
  ].join('\n');
}

function typeOfOperation({ parameters, requestBody, responses }: ApiOperation): string {
  const ofPlace = (place: string) => {
    const here = parameters.filter((parameter) => parameter.in === place);
    // An optional parameter may also be undefined: openapi-fetch leaves it out.
    const fields = here.map(({ name, required = false, schema }) =>
      field(name, required, required ? typeOf(schema) : `${typeOf(schema)} | undefined`),
    );
    const isRequired = here.some(({ required }) => required) || place === 'path';
    return field(place, isRequired, `{ ${fields.join('; ')} }`);
  };
  const places = ['query', 'path', 'header', 'cookie'].filter((place) =>
    parameters.some((parameter) => parameter.in === place),
  );
  const answer = ({ content }: { content?: z.output<typeof contentSchema> | undefined }) =>
    `{ headers: { [name: string]: unknown }; content${content ? `: ${typeOfContent(content)}` : '?: never'} }`;
  return `{ ${[
    `parameters: { ${places.map(ofPlace).join('; ')} }`,
    requestBody ? `requestBody: { content: ${typeOfContent(requestBody.content)} }` : 'requestBody?: never',
    `responses: ${members(responses, answer)}`,
  ].join('; ')} }`;
}

function typeOfContent(content: z.output<typeof contentSchema>): string {
  return members(content, ({ schema }) => typeOf(schema));
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) {
    return `components['schemas'][${JSON.stringify(schema.$ref.replace('#/components/schemas/', ''))}]`;
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return union(schema.enum.map((value) => JSON.stringify(value)));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return union(choices.map(typeOf));
  return union([schema.type ?? 'unknown'].flat().map((name) => typeOfNamed(name, schema)));
}

function typeOfNamed(name: string, schema: Schema): string {
  switch (name) {
    case 'object':
      return typeOfObject(schema);
    case 'array':
      return `Array<${schema.items ? typeOf(schema.items) : 'unknown'}>`;
    case 'integer':
      return 'number';
    default:
      return name;
  }
}

function typeOfObject({ properties, required = [], additionalProperties }: Schema): string {
  const fields = Object.entries(properties ?? {}).map(([name, schema]) =>
    field(name, required.includes(name), typeOf(schema)),
  );
  if (!properties && typeof additionalProperties === 'object') {
    fields.push(`[name: string]: ${typeOf(additionalProperties)}`);
  }
  return `{ ${fields.join('; ')} }`;
}

function members<Value>(
  values: Readonly<Record<string, Value>>,
  typeOfValue: (value: Value) => string,
): string {
  return `{ ${Object.entries(values)
    .map(([name, value]) => field(name, true, typeOfValue(value)))
    .join(';\n')} }`;
}

/** Numbers stay numbers: openapi-fetch selects the success statuses among them. */
function field(name: string, isRequired: boolean, type: string): string {
  return `${/^\d+$/.test(name) ? name : JSON.stringify(name)}${isRequired ? '' : '?'}: ${type}`;
}

function union(types: readonly string[]): string {
  return types.length === 1 ? (types[0] ?? 'never') : `(${types.join(' | ')})`;
}
