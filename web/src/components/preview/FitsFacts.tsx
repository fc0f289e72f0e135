import type { FitsHdu, FitsImage, FitsTable } from '../../api/files/preview.ts';
import { formatCount, formatSize } from '../../format/format.ts';
import { formatAngle, formatFrequency, formatPosition } from '../../format/sky.ts';
import { previewStrings } from '../../strings/preview.ts';
import styles from './Preview.module.css';

/** The properties from a header, in astronomers' terms. */
export function FitsFacts({ hdu, sizeBytes }: { hdu: FitsHdu; sizeBytes: number }) {
  const { facts } = previewStrings;
  const rows: readonly [string, string | null][] = [
    [facts.object, hdu.object],
    ...(hdu.kind === 'image' || hdu.kind === 'compressed_image' ? imageFacts(hdu) : []),
    ...(hdu.kind === 'table' ? tableFacts(hdu) : []),
    [facts.telescope, [hdu.telescope, hdu.instrument].filter(Boolean).join(', ')],
    [facts.observed, hdu.observed_at],
    [facts.size, formatSize(sizeBytes)],
  ];
  return (
    <dl className={styles.facts}>
      {rows
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function imageFacts(image: FitsImage): [string, string | null][] {
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

function tableFacts({ rows, columns }: FitsTable): [string, string][] {
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
