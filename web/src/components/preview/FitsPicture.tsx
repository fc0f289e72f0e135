import { NativeSelect, SegmentedControl, Slider } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { type FitsImage, type PictureChoice, pictureQuery, pictureSide } from '../../api/files/preview.ts';
import { formatCount } from '../../format/format.ts';
import { baseName } from '../../format/paths.ts';
import { previewStrings } from '../../strings/preview.ts';
import { Loaded } from '../layout/Loaded.tsx';
import { formatValue } from './FitsFacts.tsx';
import styles from './Preview.module.css';

interface FitsPictureProps {
  readonly path: string;
  readonly index: number;
  readonly image: FitsImage;
}

const percents = ['100', '99.9', '99.5', '99', '95', '90'];

/** A picture of an image: its plane, stretch and range can be chosen. */
export function FitsPicture({ path, index, image }: FitsPictureProps) {
  const [choice, setChoice] = useState<PictureChoice>({
    hdu: index,
    plane: 0,
    stretch: 'asinh',
    percent: '99.5',
  });
  // A plane is drawn when the slider stops moving.
  const [asked] = useDebouncedValue(choice, 80);
  const query = useQuery(pictureQuery(path, asked));
  const name = baseName(path);
  const { planes } = image;
  return (
    <figure className={styles.figure}>
      <Loaded query={query} placeholder={<div className={styles.frame}>{previewStrings.drawing}</div>}>
        {({ bitmap, low, high }) => (
          <>
            <Drawing bitmap={bitmap} label={previewStrings.picture(name)} />
            <figcaption className={styles.hint}>
              {[
                planes > 1 && previewStrings.planeOf(formatCount(asked.plane + 1), formatCount(planes)),
                previewStrings.limits(formatValue(low), formatValue(high), image.unit ?? ''),
                strideOf(image) > 1 && previewStrings.strides(strideOf(image)),
              ]
                .filter(Boolean)
                .join(' · ')}
            </figcaption>
          </>
        )}
      </Loaded>
      <div className={styles.controls}>
        <SegmentedControl
          size="xs"
          aria-label={previewStrings.stretch}
          value={choice.stretch}
          onChange={(stretch) => setChoice({ ...choice, stretch })}
          data={stretches.map((value) => ({ value, label: previewStrings.stretches[value] }))}
        />
        <NativeSelect
          size="xs"
          aria-label={previewStrings.range}
          value={choice.percent}
          onChange={(event) => setChoice({ ...choice, percent: event.currentTarget.value })}
          data={percents.map((value) => ({ value, label: previewStrings.percent(value) }))}
        />
      </div>
      {planes > 1 && (
        <Slider
          thumbLabel={previewStrings.plane}
          min={1}
          max={planes}
          value={choice.plane + 1}
          onChange={(value) => setChoice({ ...choice, plane: value - 1 })}
          label={formatCount}
        />
      )}
    </figure>
  );
}

const stretches = ['linear', 'log', 'asinh'] as const;

/** A canvas shows it without a URL of its own, which the page's Content-Security-Policy would have to allow. */
function Drawing({ bitmap, label }: { bitmap: ImageBitmap; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    context?.clearRect(0, 0, bitmap.width, bitmap.height);
    context?.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  return (
    <canvas
      ref={canvas}
      className={styles.picture}
      role="img"
      aria-label={label}
      width={bitmap.width}
      height={bitmap.height}
      data-small={Math.max(bitmap.width, bitmap.height) < 256 || undefined}
    />
  );
}

/** The subsampling factor along both axes. */
function strideOf({ shape: [width = 0, height = 0] }: FitsImage): number {
  return Math.ceil(Math.max(width, height) / pictureSide);
}
