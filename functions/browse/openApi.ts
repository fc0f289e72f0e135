import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  checkedPathsSchema,
  directoryPageSchema,
  folderSizeSchema,
  searchPageSchema,
} from '../../shared/http/contract/answers/files.ts';
import { previewSchema, tableRowsSchema } from '../../shared/http/contract/answers/previews.ts';
import {
  browseQuerySchema,
  checkPathsBodySchema,
  folderSizeQuerySchema,
  searchQuerySchema,
} from '../../shared/http/contract/files.ts';
import { bytes, json, problems } from '../../shared/http/contract/openApi.ts';
import {
  pictureQuerySchema,
  previewQuerySchema,
  tableRowsQuerySchema,
} from '../../shared/http/contract/previews.ts';

/** The routes of this function in the OpenAPI document. */
export const browsePaths: ZodOpenApiPathsObject = {
  '/browse': {
    get: {
      operationId: 'browse',
      summary: 'List a directory of the source storage, a bucket or a prefix, in pages',
      requestParams: { query: browseQuerySchema },
      responses: {
        '200': json(directoryPageSchema, 'A page of entries, by name'),
        ...problems(403, 404, 422),
      },
    },
  },
  '/browse/size': {
    get: {
      operationId: 'measureFolder',
      summary: 'The size of a directory of the source storage',
      requestParams: { query: folderSizeQuerySchema },
      responses: { '200': json(folderSizeSchema, 'Files and bytes'), ...problems(403, 404, 422) },
    },
  },
  '/browse/check': {
    post: {
      operationId: 'checkPaths',
      summary: 'Whether paths can be staged, and which paths match a pattern',
      requestBody: { required: true, content: { 'application/json': { schema: checkPathsBodySchema } } },
      responses: {
        '200': json(
          checkedPathsSchema,
          'The result for each path: what it refers to, or why it cannot be staged',
        ),
        ...problems(413, 415, 422),
      },
    },
  },
  '/search': {
    get: {
      operationId: 'searchFiles',
      summary: 'Search a directory of the source storage by name or pattern, in pages',
      requestParams: { query: searchQuerySchema },
      responses: { '200': json(searchPageSchema, 'A page of entries'), ...problems(403, 404, 422) },
    },
  },
  '/preview': {
    get: {
      operationId: 'preview',
      summary: 'The beginning of a text file, or the structure of a FITS file',
      requestParams: { query: previewQuerySchema },
      responses: { '200': json(previewSchema, 'The preview'), ...problems(403, 404, 409, 422) },
    },
  },
  '/preview/picture': {
    get: {
      operationId: 'previewPicture',
      summary: 'A plane of a FITS image as a picture',
      requestParams: { query: pictureQuerySchema },
      responses: {
        '200': {
          ...bytes(
            'The picture in greyscale, with its first row at the bottom; undefined pixels are transparent',
            'image/png',
          ),
          headers: z.object({
            'picture-limits': z.string().describe('the values that are shown as black and as white'),
          }),
        },
        ...problems(403, 404, 409, 422),
      },
    },
  },
  '/preview/table': {
    get: {
      operationId: 'previewTable',
      summary: 'The first rows of a table in a FITS file',
      requestParams: { query: tableRowsQuerySchema },
      responses: { '200': json(tableRowsSchema, 'Its first rows'), ...problems(403, 404, 409, 422) },
    },
  },
};
