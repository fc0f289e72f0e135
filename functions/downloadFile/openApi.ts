import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { downloadLinkSchema } from '../../shared/http/contract/answers/session.ts';
import { bytes, json, problems } from '../../shared/http/contract/openApi.ts';
import { downloadLinkBodySchema } from '../../shared/http/contract/session.ts';
import { downloadQuerySchema } from '../../shared/http/contract/staging.ts';

const downloadParameters = { path: z.object({ path: z.string() }), query: downloadQuerySchema };
const download = {
  summary: 'Download a file, or a directory as a tar stream',
  requestParams: downloadParameters,
};

/** The routes of this function in the OpenAPI document. */
export const downloadPaths: ZodOpenApiPathsObject = {
  '/download/{path}': {
    get: {
      operationId: 'download',
      ...download,
      responses: {
        '200': bytes('The complete file, or a tar stream', 'application/octet-stream', 'application/x-tar'),
        '206': bytes('The requested range', 'application/octet-stream'),
        '303': { description: 'The data is at this Location in an object store, valid for an hour' },
        '304': { description: 'The file is not modified: the client has the current version' },
        ...problems(403, 404, 409, 412, 416, 422),
      },
    },
    head: {
      operationId: 'describeDownload',
      ...download,
      summary: 'The headers of a download, without the data',
      responses: { '200': { description: 'Headers only' }, ...problems(403, 404, 409, 412, 416, 422) },
    },
  },
  '/download-links': {
    post: {
      operationId: 'createDownloadLink',
      summary: 'Create a link to one download, which needs no login and is valid for a few minutes',
      requestBody: { required: true, content: { 'application/json': { schema: downloadLinkBodySchema } } },
      responses: { '201': json(downloadLinkSchema, 'The link'), ...problems(401, 403, 404, 413, 415, 422) },
    },
  },
};
