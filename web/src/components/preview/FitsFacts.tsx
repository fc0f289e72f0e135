import type { FitsHdu, FitsImage, FitsTable } from '../../api/files/preview.ts';
import { formatCount, formatSize } from '../../format/format.ts';
import { previewStrings } from '../../strings/preview.ts';
import { type Fact, FactList } from '../layout/FactList.tsx';

/** The properties from a header, in astronomers' terms. */
export function FitsFacts({ hdu, sizeBytes }: { hdu: FitsHdu; sizeBytes: number }) {
  const { facts } = previewStrings;
  return (
    <FactList
      facts={[
        [facts.object, hdu.object],
        ...(hdu.kind === 'image' || hdu.kind === 'compressed_image' ? imageFacts(hdu) : []),
        ...(hdu.kind === 'table' ? tableFacts(hdu) : []),
        [facts.telescope, [hdu.telescope, hdu.instrument].filter(Boolean).join(', ')],
        [facts.observed, hdu.observed_at],
        [facts.size, formatSize(sizeBytes)],
      ]}
    />
  );
}

function imageFacts(image: FitsImage): Fact[] {
  const { facts } = previewStrings;
  const { shape, pixel_type, unit, centre, pixel_scale_deg, frequency_hz, beam, compression } = image;
  const [scaleX, scaleY] = pixel_scale_deg ?? [];
  const [width = 0, height = 0] = shape;
  const hasScale = scaleX !== undefined && scaleY !== undefined;
  return [
    [facts.shape, `${shape.map(formatCount).join(' × ')}, ${pixel_type}${unit === null ? '' : `, ${unit}`}`],
    [facts.centre, centre && formatPosition(centre.frame, centre.longitude_deg, centre.latitude_deg)],
    [facts.field, hasScale ? `${formatAngle(scaleX * width)} × ${formatAngle(scaleY * height)}` : null],
    [facts.scale, hasScale ? scaleText(scaleX, scaleY) : null],
    [facts.beam, beam && beamText(beam)],
    [facts.frequency, frequency_hz && rangeText(frequency_hz)],
    [facts.compression, compression],
  ];
}

function tableFacts({ rows, columns }: FitsTable): Fact[] {
  const { facts } = previewStrings;
  const names = columns.map(({ name, unit }) => (unit === null ? name : `${name} [${unit}]`));
  return [
    [facts.rows, formatCount(rows)],
    [facts.columns, names.join(', ')],
  ];
}

function scaleText(x: number, y: number): string {
  return Math.abs(x - y) < x * 1e-6 ? formatAngle(x) : `${formatAngle(x)} × ${formatAngle(y)}`;
}

function beamText({ major_deg, minor_deg, position_angle_deg }: NonNullable<FitsImage['beam']>): string {
  const axes = `${formatAngle(major_deg)} × ${formatAngle(minor_deg)}`;
  return position_angle_deg === null ? axes : `${axes}, ${Number(position_angle_deg.toPrecision(3))}°`;
}

function rangeText({ min, max }: NonNullable<FitsImage['frequency_hz']>): string {
  return min === max ? formatFrequency(min) : `${formatFrequency(min)} to ${formatFrequency(max)}`;
}

/** An angle as degrees, minutes and seconds of arc: `+41° 16′ 09″`. */
function formatDeclination(degrees: number): string {
  const [whole, minutes, seconds] = sexagesimal(Math.abs(degrees), 1);
  return `${degrees < 0 ? '−' : '+'}${whole}° ${minutes}′ ${seconds}″`;
}

/** A right ascension in hours: `00h 42m 44.3s`. */
function formatRightAscension(degrees: number): string {
  const [hours, minutes, seconds] = sexagesimal(degrees / 15, 2);
  return `${hours === '24' ? '00' : hours}h ${minutes}m ${seconds}s`;
}

/** A position: hours and degrees in equatorial frames, degrees in others. */
function formatPosition(frame: string, longitude: number, latitude: number): string {
  const isEquatorial = /^(ICRS|FK[45]|GAPPT)/.test(frame);
  const [first, second] = isEquatorial
    ? [formatRightAscension(longitude), formatDeclination(latitude)]
    : [`${longitude.toFixed(5)}°`, `${latitude.toFixed(5)}°`];
  return `${first}, ${second} (${frame})`;
}

/** An angle in the largest unit of which it has one: `1.5″`, `0.21°`. */
function formatAngle(degrees: number): string {
  const size = Math.abs(degrees);
  if (size >= 1) return `${short(size)}°`;
  if (size >= 1 / 60) return `${short(size * 60)}′`;
  if (size >= 1 / 3600 / 10) return `${short(size * 3600)}″`;
  return `${short(size * 3_600_000)} mas`;
}

/** A frequency: `1.42 GHz`. */
function formatFrequency(hertz: number): string {
  const units = ['Hz', 'kHz', 'MHz', 'GHz', 'THz'];
  const power = Math.max(
    0,
    Math.min(Math.floor(Math.log10(Math.max(Math.abs(hertz), 1)) / 3), units.length - 1),
  );
  return `${Number((hertz / 1000 ** power).toPrecision(7))} ${units[power]}`;
}

/** A value of a pixel: few digits. */
export function formatValue(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** Whole units, minutes and seconds, rounded to digits of a second and carried. */
function sexagesimal(value: number, digits: number): [string, string, string] {
  const factor = 10 ** digits;
  const seconds = Math.round(value * 3600 * factor) / factor;
  const two = (part: number) => String(part).padStart(2, '0');
  const rest = (seconds % 60).toFixed(digits).padStart(3 + digits, '0');
  return [two(Math.floor(seconds / 3600)), two(Math.floor(seconds / 60) % 60), rest];
}
