import type { FitsHdu } from '../../../shared/http/contract/answers/previews.ts';
import type { Keywords } from './cards.ts';

/** The world coordinates of an image (Greisen & Calabretta 2002, Calabretta & Greisen 2002, FITS 4.0 §8). */
export type SkyCoordinates = Pick<
  Extract<FitsHdu, { kind: 'image' | 'compressed_image' }>,
  'centre' | 'pixel_scale_deg' | 'frequency_hz'
>;

/**
 * The coordinates of an image. Values that its header does not contain, or that use an unsupported projection, are
 * null.
 */
export function skyCoordinates(keywords: Keywords, shape: readonly number[]): SkyCoordinates {
  const types = shape.map((_, index) => (keywords.text(`CTYPE${index + 1}`) ?? '').toUpperCase());
  const longitude = types.findIndex((type) => /^(RA--|GLON|ELON|[A-Z]LON)-/.test(type));
  const latitude = types.findIndex((type) => /^(DEC-|GLAT|ELAT|[A-Z]LAT)-/.test(type));
  const spectral = types.findIndex((type) => /^FREQ(-|$)/.test(type));
  const [x, y] = [axisOf(keywords, longitude, shape), axisOf(keywords, latitude, shape)];
  const frequency = axisOf(keywords, spectral, shape);
  const plane = x && y && planeOf(keywords, x, y, longitude, latitude);
  return {
    centre: plane ? centreOf(keywords, plane, types[longitude] ?? '') : null,
    pixel_scale_deg: plane ? plane.scale : null,
    frequency_hz: frequency ? rangeOf(keywords, frequency) : null,
  };
}

interface Axis {
  readonly number: number;
  readonly length: number;
  readonly referencePixel: number;
  readonly referenceValue: number;
  readonly unit: string;
}

function axisOf(keywords: Keywords, index: number, shape: readonly number[]): Axis | undefined {
  const length = shape[index];
  const number = index + 1;
  const referenceValue = keywords.number(`CRVAL${number}`);
  if (length === undefined || referenceValue === undefined) return undefined;
  const unit = (keywords.text(`CUNIT${number}`) ?? '').trim();
  return { number, length, referencePixel: keywords.number(`CRPIX${number}`) ?? 0, referenceValue, unit };
}

const frequencyUnits: Readonly<Record<string, number>> = {
  '': 1,
  hz: 1,
  khz: 1e3,
  mhz: 1e6,
  ghz: 1e9,
  thz: 1e12,
};

/** The frequencies of the first and the last channel's centre, where the axis is linear. */
function rangeOf(keywords: Keywords, axis: Axis): SkyCoordinates['frequency_hz'] {
  const unit = frequencyUnits[axis.unit.toLowerCase()];
  const step = keywords.number(`CD${axis.number}_${axis.number}`) ?? keywords.number(`CDELT${axis.number}`);
  if (unit === undefined || axis.length === 0 || (step === undefined && axis.length > 1)) return null;
  const at = (pixel: number) => (axis.referenceValue + (pixel - axis.referencePixel) * (step ?? 0)) * unit;
  const ends = [at(1), at(axis.length)];
  return { min: Math.min(...ends), max: Math.max(...ends) };
}

const angleUnits: Readonly<Record<string, number>> = {
  '': 1,
  deg: 1,
  arcmin: 1 / 60,
  arcsec: 1 / 3600,
  mas: 1 / 3_600_000,
  rad: 180 / Math.PI,
};

/** The plane of the sky that two axes show: the conversion of pixels to angles in it. */
interface SkyPlane {
  readonly axes: readonly [Axis, Axis];
  readonly unit: number;
  /** From offsets in pixels to intermediate world coordinates in degrees. */
  readonly matrix: readonly [number, number, number, number];
  readonly scale: [number, number];
}

function planeOf(
  keywords: Keywords,
  x: Axis,
  y: Axis,
  longitude: number,
  latitude: number,
): SkyPlane | undefined {
  const unit = angleUnits[x.unit.toLowerCase()];
  if (unit === undefined || x.unit !== y.unit) return undefined;
  const matrix = matrixOf(keywords, x.number, y.number, latitude > longitude ? 1 : -1);
  if (!matrix) return undefined;
  const [a, b, c, d] = matrix;
  const inDegrees = [a * unit, b * unit, c * unit, d * unit] as const;
  const scale: [number, number] = [Math.hypot(a, c) * unit, Math.hypot(b, d) * unit];
  return { axes: [x, y], unit, matrix: inDegrees, scale };
}

/** CD, or PC with CDELT, or the older CROTA with CDELT. */
function matrixOf(
  keywords: Keywords,
  x: number,
  y: number,
  handedness: number,
): readonly [number, number, number, number] | undefined {
  const entry = (name: string, row: number, column: number) => keywords.number(`${name}${row}_${column}`);
  const pairs = [
    [x, x],
    [x, y],
    [y, x],
    [y, y],
  ] as const;
  if (pairs.some(([row, column]) => entry('CD', row, column) !== undefined)) {
    const [a = 0, b = 0, c = 0, d = 0] = pairs.map(([row, column]) => entry('CD', row, column) ?? 0);
    return [a, b, c, d];
  }
  const [stepX, stepY] = [keywords.number(`CDELT${x}`), keywords.number(`CDELT${y}`)];
  if (stepX === undefined || stepY === undefined) return undefined;
  const angle = ((keywords.number(`CROTA${y}`) ?? 0) * Math.PI) / 180;
  if (angle !== 0 && pairs.every(([row, column]) => entry('PC', row, column) === undefined)) {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle) * handedness];
    return [stepX * cos, -stepY * sin, stepX * sin, stepY * cos];
  }
  const [a = 1, b = 0, c = 0, d = 1] = pairs.map(
    ([row, column]) => entry('PC', row, column) ?? (row === column ? 1 : 0),
  );
  return [stepX * a, stepX * b, stepY * c, stepY * d];
}

/** The native latitude at a distance from the pole, both in radians: the zenithal projections without parameters. */
const projections: Readonly<Record<string, (distance: number) => number>> = {
  TAN: (distance) => Math.atan2(1, distance),
  SIN: (distance) => Math.acos(distance),
  ARC: (distance) => Math.PI / 2 - distance,
  STG: (distance) => Math.PI / 2 - 2 * Math.atan(distance / 2),
  ZEA: (distance) => Math.PI / 2 - 2 * Math.asin(distance / 2),
};

/** Where the middle of the image is on the sky. */
function centreOf(keywords: Keywords, plane: SkyPlane, type: string): SkyCoordinates['centre'] {
  const [x, y] = plane.axes;
  const [a, b, c, d] = plane.matrix;
  const offset = (axis: Axis) => (axis.length + 1) / 2 - axis.referencePixel;
  const [east, north] = [a * offset(x) + b * offset(y), c * offset(x) + d * offset(y)];
  const isReference = east === 0 && north === 0;
  const project = isPlain(keywords, y) ? projections[type.slice(5, 8)] : undefined;
  if (!isReference && !project) return null;
  const radians = Math.PI / 180;
  const distance = Math.hypot(east, north) * radians;
  const latitude = isReference || !project ? Math.PI / 2 : project(distance);
  if (!Number.isFinite(latitude)) return null;
  const pole = [x.referenceValue * plane.unit * radians, y.referenceValue * plane.unit * radians] as const;
  const [longitude, declination] = fromNative(Math.atan2(east, -north), latitude, pole);
  return {
    frame: frameOf(keywords, type),
    longitude_deg: (((longitude / radians) % 360) + 360) % 360,
    latitude_deg: declination / radians,
  };
}

/** Whether a projection has no parameters, and north is up in it. */
function isPlain(keywords: Keywords, { number, referenceValue }: Axis): boolean {
  const hasParameters = [1, 2, 3].some((index) => keywords.number(`PV${number}_${index}`));
  const pole = keywords.number('LONPOLE') ?? (referenceValue < 90 ? 180 : 0);
  return !hasParameters && pole === 180;
}

/** From native to celestial spherical coordinates, in radians, with LONPOLE = 180° (paper II, equation 2). */
function fromNative(
  longitude: number,
  latitude: number,
  [poleLongitude, poleLatitude]: readonly [number, number],
): [number, number] {
  const turned = longitude - Math.PI;
  const [sin, cos] = [Math.sin(latitude), Math.cos(latitude)];
  const [sinPole, cosPole] = [Math.sin(poleLatitude), Math.cos(poleLatitude)];
  const east = -cos * Math.sin(turned);
  const north = sin * cosPole - cos * sinPole * Math.cos(turned);
  const up = sin * sinPole + cos * cosPole * Math.cos(turned);
  return [poleLongitude + Math.atan2(east, north), Math.asin(Math.max(-1, Math.min(1, up)))];
}

/** The name of the celestial reference frame (§8.3). */
function frameOf(keywords: Keywords, type: string): string {
  if (type.startsWith('GLON')) return 'Galactic';
  if (type.startsWith('ELON')) return 'ecliptic';
  if (!type.startsWith('RA')) return type.slice(0, 4);
  const equinox = keywords.number('EQUINOX') ?? keywords.number('EPOCH');
  const named = keywords.text('RADESYS') ?? keywords.text('RADECSYS');
  if (named) return named.trim();
  if (equinox === undefined) return 'ICRS';
  return equinox < 1984 ? 'FK4' : 'FK5';
}
