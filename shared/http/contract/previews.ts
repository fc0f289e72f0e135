import * as z from 'zod';

/** Which file to preview. */
export const previewQuerySchema = z.object({
  path: z.string().describe('file beneath the source storage, or s3://bucket/key'),
});

const hdu = z.coerce.number().int().min(0).max(99);

/** The functions that map values to grey, as in astropy's stretches of these names. */
const stretches = ['linear', 'log', 'asinh'] as const;

export type Stretch = (typeof stretches)[number];

/** Which picture to draw. */
export const pictureQuerySchema = z.object({
  path: z.string().describe('FITS file beneath the source storage, or s3://bucket/key'),
  hdu: hdu.default(0).describe('which of its HDUs, from 0'),
  plane: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(0)
    .describe('which plane, from 0'),
  stretch: z.enum(stretches).default('linear'),
  percent: z.coerce
    .number()
    .min(1)
    .max(100)
    .default(99.5)
    .describe('percentage of the values, around their median, that lies between black and white'),
  size: z.coerce
    .number()
    .int()
    .min(16)
    .max(2048)
    .default(1024)
    .describe('maximum number of pixels along a side'),
});

/** Which rows of a table to show: its first ones. */
export const tableRowsQuerySchema = z.object({
  path: z.string().describe('FITS file beneath the source storage, or s3://bucket/key'),
  hdu: hdu.default(1).describe('which of its HDUs, from 0'),
  limit: z.coerce.number().int().min(1).max(100).default(10),
});
