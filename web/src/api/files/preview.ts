import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { apiUrl } from '../apiAddress.ts';
import { answerOf, api, type components, toApiError } from '../client.ts';
import { fetchFromService } from '../fetchFromService.ts';

export type Preview = components['schemas']['Preview'];
export type Dataset = Extract<Preview, { kind: 'dataset' }>;
export type FitsHdu = Extract<Preview, { kind: 'fits' }>['hdus'][number];
export type FitsImage = Extract<FitsHdu, { kind: 'image' | 'compressed_image' }>;
export type FitsTable = Extract<FitsHdu, { kind: 'table' }>;

/** How a picture is drawn. */
export interface PictureChoice {
  readonly hdu: number;
  readonly plane: number;
  readonly stretch: 'linear' | 'log' | 'asinh';
  readonly percent: string;
}

/** The maximum number of pixels along a side of a picture. */
export const pictureSide = 768;

/** The preview of a file. */
export function previewQuery(path: string) {
  return queryOptions({
    queryKey: ['preview', path],
    queryFn: ({ signal }) => answerOf(api().GET('/preview', { params: { query: { path } }, signal })),
  });
}

/**
 * A picture of a FITS image, and the values that are black and white in it. The previous one stays until it arrives.
 */
export function pictureQuery(path: string, { hdu, plane, stretch, percent }: PictureChoice) {
  const query = { path, hdu: String(hdu), plane: String(plane), stretch, percent, size: String(pictureSide) };
  return queryOptions({
    queryKey: ['picture', query],
    queryFn: async ({ signal }) => {
      const url = `${apiUrl('/preview/picture')}?${new URLSearchParams(query)}`;
      try {
        const answer = await fetchFromService(new Request(url, { signal }));
        const [low = 0, high = 0] = (answer.headers.get('Picture-Limits') ?? '').split(' ').map(Number);
        return { bitmap: await createImageBitmap(await answer.blob()), low, high };
      } catch (thrown) {
        throw toApiError(thrown);
      }
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
    retry: false,
  });
}

/** The first rows of a FITS table. */
export function tableRowsQuery(path: string, hdu: number) {
  return queryOptions({
    queryKey: ['tableRows', path, hdu],
    queryFn: ({ signal }) =>
      answerOf(api().GET('/preview/table', { params: { query: { path, hdu, limit: 10 } }, signal })),
  });
}
