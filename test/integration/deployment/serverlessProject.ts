import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { tied } from '../../services/tiedProcess.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const functionSchema = z.object({
  PackageType: z.literal('Image'),
  ImageConfig: z.object({ Command: z.tuple([z.string()]) }),
  MemorySize: z.number(),
  Timeout: z.number(),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
  Role: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }),
  VpcConfig: z.object({ SecurityGroupIds: z.array(z.string()), SubnetIds: z.unknown() }).optional(),
  FileSystemConfigs: z.array(z.object({ Arn: z.string(), LocalMountPath: z.string() })).optional(),
});

const statementSchema = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: z.union([z.string(), z.array(z.string())]),
  Resource: z.unknown(),
});

const roleSchema = z.object({
  Policies: z.tuple([z.object({ PolicyDocument: z.object({ Statement: z.array(z.unknown()) }) })]),
});

const routeSchema = z.object({
  RouteKey: z.string(),
  AuthorizationType: z.string().optional(),
  Target: z.object({
    'Fn::Join': z.tuple([z.string(), z.tuple([z.string(), z.object({ Ref: z.string() })])]),
  }),
});

const templateSchema = z.object({
  Conditions: z.record(
    z.string(),
    z.object({ 'Fn::Not': z.tuple([z.object({ 'Fn::Equals': z.tuple([z.string(), z.string()]) })]) }),
  ),
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown() })),
});

/** A statement of a role. */
export type Statement = z.output<typeof statementSchema>;

/** The CloudFormation template. */
export interface Template {
  function(name: string): z.output<typeof functionSchema>;
  /** The permissions of a function's role, if the conditions hold. */
  statements(name: string): Statement[];
  /** Which resource answers to which route. */
  routes(): { readonly key: string; readonly integration: string; readonly authorization: string }[];
  properties(type: string): unknown[];
}

/** Runs the serverless command line without an account or network. */
export async function runServerless(
  ...parameters: readonly string[]
): Promise<{ readonly code: number | null; readonly output: string }> {
  const nowhere = 'http://127.0.0.1:9';
  const program = join(root, 'node_modules', 'serverless', 'bin', 'serverless.js');
  const child = spawn(...tied([process.execPath, program, ...parameters]), {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: tmpdir(), http_proxy: nowhere, https_proxy: nowhere },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

/** Packages the service for a stage, and reads the CloudFormation template. */
export function packageService(stage: string, ...parameters: readonly string[]): Promise<Template> {
  return withTemplate([stage, ...parameters], async (file) => {
    const text = await readFile(file, 'utf8');
    return readTemplate(templateSchema.parse(JSON.parse(text)));
  });
}

/** Packages the service for a stage, with parameters, and returns the CloudFormation template file. */
export async function withTemplate<Result>(
  [stage = '', ...parameters]: readonly string[],
  use: (file: string) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'serverless-package-'));
  try {
    const place = ['--stage', stage, '--package', directory];
    const { code, output } = await runServerless('package', ...place, ...parameters);
    if (code !== 0) throw new Error(output);
    return await use(join(directory, 'cloudformation-template-update-stack.json'));
  } finally {
    await rm(directory, { recursive: true });
  }
}

function readTemplate({
  Conditions: conditions,
  Resources: resources,
}: z.output<typeof templateSchema>): Template {
  const properties = (id: string) => resources[id]?.Properties;
  const ofType = (type: string) =>
    Object.values(resources).flatMap((resource) => (resource.Type === type ? [resource.Properties] : []));
  const holds = (name: string) => {
    const [one, other] = conditions[name]?.['Fn::Not'][0]['Fn::Equals'] ?? [];
    return one !== other;
  };
  return {
    properties: ofType,
    function: (name) => functionSchema.parse(properties(`${capitalized(name)}LambdaFunction`)),
    statements(name) {
      const [policy] = roleSchema.parse(properties(`${capitalized(name)}Role`)).Policies;
      return policy.PolicyDocument.Statement.flatMap((statement) => {
        const conditional = conditionalSchema.safeParse(statement);
        if (!conditional.success) return [statementSchema.parse(statement)];
        const [condition, then] = conditional.data['Fn::If'];
        return holds(condition) ? [then] : [];
      });
    },
    routes: () =>
      ofType('AWS::ApiGatewayV2::Route').map((route) => {
        const {
          RouteKey: key,
          AuthorizationType: authorization = 'NONE',
          Target: target,
        } = routeSchema.parse(route);
        return { key, authorization, integration: target['Fn::Join'][1][1].Ref };
      }),
  };
}

const conditionalSchema = z.object({
  'Fn::If': z.tuple([z.string(), statementSchema, z.object({ Ref: z.literal('AWS::NoValue') })]),
});

function capitalized(name: string): string {
  return name.replace(/^./, (letter) => letter.toUpperCase());
}
