import { beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { settingsSchema } from '../../../shared/config/settings.ts';
import { lintTemplate } from '../../services/deploymentChecks.ts';
import { describeWith } from '../../services/describeWith.ts';
import {
  packageService,
  runServerless,
  type Statement,
  type Template,
  withTemplate,
} from './serverlessProject.ts';

const functionNames = settingsSchema.shape.FUNCTIONS.parse(undefined);
const buckets = ['--param', 'sourceBuckets=sky, archive', '--param', 'downloadBucket=downloads'];

const log = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const network = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];
const read = ['elasticfilesystem:ClientMount'];
const write = [...read, 'elasticfilesystem:ClientWrite'];
const readObjects = ['s3:ListBucket', 's3:GetObject'];
const invoke = ['lambda:InvokeFunction'];
const keepDownloads = ['s3:ListBucket', 's3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload'];

/** All permissions of each function when the site has buckets. */
const allowed: Record<(typeof functionNames)[number], readonly string[]> = {
  stageData: [...log, ...network, ...write, ...readObjects, ...keepDownloads, ...invoke],
  stageLocal: [...log, ...network, ...write, ...readObjects, ...invoke],
  stageSymlink: [...log, ...network, ...write, ...invoke],
  stageJupyter: [...log, ...network, ...read, ...readObjects, ...invoke],
  downloadFile: [...log, ...network, ...read, ...readObjects, ...keepDownloads],
  operations: [...log, ...network],
  batches: [...log, ...network, ...write, ...readObjects, ...invoke],
  uws: [...log, ...network, ...write, ...readObjects, ...invoke],
  logs: log,
  createFile: [...log, ...network, ...write],
  browse: [...log, ...network, ...read, ...readObjects],
  site: [...log, ...network, ...write, 's3:ListBucket'],
};

const routes = {
  stageData: [
    '/stage_data',
    '/stage-data',
    '/operations/{id}/retry',
    '/operations/{id}/data',
    '/operations/{id}/digests',
  ],
  stageLocal: ['/stage/local'],
  stageSymlink: ['/stage/symlink'],
  stageJupyter: ['/stage/jupyter'],
  operations: ['/operations', '/operations/{id}', '/operations/{id}/events'],
  batches: ['/batches', '/batches/{id}', '/batches/{id}/retry'],
  logs: ['/logs', '/logs/stream'],
  createFile: ['/create-file'],
  downloadFile: ['/download-links'],
  browse: [
    '/browse',
    '/browse/size',
    '/browse/check',
    '/search',
    '/preview',
    '/preview/picture',
    '/preview/table',
  ],
};

const scheduleSchema = z.object({
  ScheduleExpression: z.string(),
  State: z.string(),
  Targets: z.array(z.looseObject({ Arn: z.unknown() })),
});
const permissionSchema = z.looseObject({
  Action: z.string(),
  Principal: z.string(),
  FunctionName: z.unknown(),
  SourceArn: z.unknown(),
});

describe('packaged without an account, network or Docker', () => {
  let template: Template;
  beforeAll(async () => {
    template = await packageService('prod', ...buckets);
  });

  test.each(functionNames)('%s is an image with its own handler, role and log', (name) => {
    const { ImageConfig: image, Role: role } = template.function(name);
    expect(image.Command).toEqual([`functions/${name}/handler.handler`]);
    const ownName = name.replace(/^./, (letter) => letter.toUpperCase());
    expect(role['Fn::GetAtt'][0]).toBe(`${ownName}Role`);
    const [first] = template.statements(name);
    expect(first?.Resource).toEqual({ 'Fn::GetAtt': [`${ownName}LogGroup`, 'Arn'] });
  });

  test.each(functionNames)('%s has exactly the permissions that it needs', (name) => {
    const statements = template.statements(name);
    const actions = statements.filter(({ Effect: effect }) => effect === 'Allow').flatMap(actionsOf);
    expect(actions).toEqual(allowed[name]);
    const isInVpc = actions.includes('ec2:CreateNetworkInterface');
    const denied = statements.filter(({ Effect: effect }) => effect === 'Deny').flatMap(actionsOf);
    expect(denied).toEqual(isInVpc ? ['ec2:*'] : []);
  });

  test.each(functionNames)('%s has the storages and the network only if it may use them', (name) => {
    const { FileSystemConfigs: storages = [], VpcConfig: vpc } = template.function(name);
    const mounts = allowed[name].includes('elasticfilesystem:ClientMount') ? ['/mnt/storages'] : [];
    expect(storages.map(({ LocalMountPath: path }) => path)).toEqual(mounts);
    expect(vpc !== undefined).toBe(allowed[name].includes('ec2:CreateNetworkInterface'));
  });

  test.each(functionNames)('%s gets only the secrets and buckets that it uses', (name) => {
    const { Variables: variables } = template.function(name).Environment;
    const reads = allowed[name].includes('s3:ListBucket');
    expect(variables['S3_SOURCE_BUCKETS']).toBe(reads ? 'sky, archive' : undefined);
    expect(variables['DOWNLOAD_BUCKET']).toBe(
      allowed[name].includes('s3:PutObject') ? 'downloads' : undefined,
    );
    expect('JUPYTERHUB_API_TOKEN' in variables).toBe(
      ['stageData', 'stageJupyter', 'batches', 'uws'].includes(name),
    );
    const hasRecord = !['logs', 'createFile', 'browse'].includes(name);
    const secret = '{{resolve:secretsmanager:ska-staging-service/prod/database-url:SecretString}}';
    expect(variables['DATABASE_URL']).toBe(hasRecord ? secret : undefined);
  });

  test.each(functionNames.filter((name) => allowed[name].includes('lambda:InvokeFunction')))(
    '%s may invoke itself, and no other function',
    (name) => {
      const resources = template
        .statements(name)
        .filter((statement) => actionsOf(statement).includes('lambda:InvokeFunction'))
        .map(({ Resource: resource }) => JSON.stringify(resource));
      expect(resources).toEqual([
        expect.stringMatching(new RegExp(`:function:ska-staging-service-prod-${name}"`)),
      ]);
    },
  );

  test('permissions for buckets cover only those that the site names', () => {
    const resources = template
      .statements('downloadFile')
      .filter((statement) => actionsOf(statement).some((action) => action.startsWith('s3:')))
      .map(({ Resource: resource }) => resource);
    expect(resources).toEqual([
      ['arn:aws:s3:::sky', 'arn:aws:s3:::archive'],
      ['arn:aws:s3:::sky/*', 'arn:aws:s3:::archive/*'],
      ['arn:aws:s3:::downloads'],
      ['arn:aws:s3:::downloads/*'],
    ]);
  });

  test('each path leads to its function, with a trailing slash and without, and all others to site', () => {
    const expected = Object.entries(routes).flatMap(([name, paths]) =>
      paths.flatMap((path) => [path, `${path}/`].map((key) => `ANY ${key} → ${name}`)),
    );
    expected.push('ANY /download/{path+} → downloadFile', 'ANY /uws/{path+} → uws', '$default → site');
    const answered = template.routes().map(({ key, integration }) => {
      const name = integration
        .replace('HttpApiIntegration', '')
        .replace(/^./, (letter) => letter.toLowerCase());
      return `${key} → ${name}`;
    });
    expect(answered.sort()).toEqual(expected.sort());
  });

  test('only callers that AWS authenticates reach a function, unless the site configures otherwise', async () => {
    expect(new Set(template.routes().map(({ authorization }) => authorization))).toEqual(
      new Set(['AWS_IAM']),
    );
    const open = await packageService('prod', '--param', 'authorizer=none');
    expect(new Set(open.routes().map(({ authorization }) => authorization))).toEqual(new Set(['NONE']));
  });

  test('one function is run by a schedule, and EventBridge may invoke no other', () => {
    const rules = template.properties('AWS::Events::Rule').map((rule) => scheduleSchema.parse(rule));
    const arn = { 'Fn::GetAtt': ['BatchesLambdaFunction', 'Arn'] };
    expect(rules).toMatchObject([
      { ScheduleExpression: 'rate(5 minutes)', State: 'ENABLED', Targets: [{ Arn: arn }] },
    ]);
    const permissions = template
      .properties('AWS::Lambda::Permission')
      .map((permission) => permissionSchema.parse(permission))
      .filter(({ Principal: principal }) => principal === 'events.amazonaws.com');
    expect(permissions).toMatchObject([
      {
        Action: 'lambda:InvokeFunction',
        FunctionName: arn,
        SourceArn: { 'Fn::GetAtt': ['BatchesEventsRuleSchedule1', 'Arn'] },
      },
    ]);
  });

  test('no function shares a role with another', () => {
    expect(template.properties('AWS::IAM::Role')).toHaveLength(functionNames.length);
  });
});

describeWith('deployment-checks', 'the schemas of AWS', (checks) => {
  test.each([[['dev']], [['prod', ...buckets, '--param', 'authorizer=none']]])(
    'allow the CloudFormation template for %j',
    async (parameters) => {
      expect(await withTemplate(parameters, (file) => lintTemplate(checks, file))).toBe('');
    },
  );
});

test('without buckets no function has permissions for S3', async () => {
  const template = await packageService('dev');
  const actions = functionNames.flatMap((name) => template.statements(name).flatMap(actionsOf));
  expect(actions.filter((action) => action.startsWith('s3:'))).toEqual([]);
});

test('stages differ in memory, log level and log retention', async () => {
  // One after the other: both are created in the folder `.serverless`.
  const stages = [await packageService('dev'), await packageService('prod')];
  const facts = stages.map((template) => {
    const { MemorySize: memory, Environment: environment } = template.function('stageLocal');
    const [log] = template.properties('AWS::Logs::LogGroup');
    return { memory, level: environment.Variables['LOGGING_LEVEL'], log };
  });
  expect(facts).toEqual([
    { memory: 1024, level: 'DEBUG', log: expect.objectContaining({ RetentionInDays: 14 }) },
    { memory: 3008, level: 'INFO', log: expect.objectContaining({ RetentionInDays: 365 }) },
  ]);
});

test('print shows every function', async () => {
  const { code, output } = await runServerless(
    'print',
    '--stage',
    'prod',
    '--path',
    'functions',
    '--transform',
    'keys',
    '--format',
    'text',
  );
  expect([code, output.trim().split('\n')]).toEqual([0, functionNames]);
});

test('deploy lists all missing parameters before it contacts AWS', async () => {
  const { code, output } = await runServerless(
    'deploy',
    '--stage',
    'prod',
    '--param',
    'subnetIds=subnet-1,subnet-2',
  );
  expect(code).not.toBe(0);
  expect(output).not.toMatch(/credentials/i);
  for (const name of ['imageUri', 'accessPointArn', 'securityGroupId'])
    expect(output).toContain(`--param ${name}=`);
  expect(output).not.toContain('--param subnetIds=');
});

function actionsOf({ Action: action }: Statement): string[] {
  return [action].flat();
}
