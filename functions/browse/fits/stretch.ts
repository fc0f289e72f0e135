import type { Stretch } from '../../../shared/http/contract/previews.ts';

/** The values that are drawn black and white. */
export interface Limits {
  readonly low: number;
  readonly high: number;
}

/**
 * The limits that exclude the same share of the finite values at each end, interpolated between neighbours; undefined
 * if no value is finite.
 */
export function percentileLimits(values: Float64Array, percent: number): Limits | undefined {
  const sorted = values.filter(Number.isFinite).sort();
  const at = (fraction: number) => {
    const place = fraction * (sorted.length - 1);
    const [below = 0, above = 0] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return below + (above - below) * (place - Math.floor(place));
  };
  const left = (100 - percent) / 200;
  return sorted.length === 0 ? undefined : { low: at(left), high: at(1 - left) };
}

/** From 0…1 to 0…1, with astropy's default parameters: a = 1000 for log, a = 0.1 for asinh. */
const curves: Readonly<Record<Stretch, (part: number) => number>> = {
  linear: (part) => part,
  log: (part) => Math.log(1000 * part + 1) / Math.log(1001),
  asinh: (part) => Math.asinh(part / 0.1) / Math.asinh(10),
};

/** The grey level of a value, 0 to 255. */
export function greyOf({ low, high }: Limits, stretch: Stretch): (value: number) => number {
  const curve = curves[stretch];
  const span = high - low;
  return (value) => {
    // An image with a single value is black.
    const part = span > 0 ? Math.min(1, Math.max(0, (value - low) / span)) : 0;
    return Math.min(255, Math.floor(curve(part) * 256));
  };
}
