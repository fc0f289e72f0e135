import styles from './BarChart.module.css';

/** One column: stacked parts. */
interface Bar {
  readonly key: string;
  /** The label below it, if there is room. */
  readonly label: string;
  readonly parts: readonly { readonly tone: Tone; readonly value: number }[];
  /** Its tooltip. */
  readonly title: string;
}

type Tone = 'main' | 'good' | 'bad' | 'quiet';

interface BarChartProps {
  readonly bars: readonly Bar[];
  /** The text alternative of the chart. */
  readonly summary: string;
  format(value: number): string;
  readonly legend?: readonly { readonly tone: Tone; readonly name: string }[];
}

/** Columns over time. */
export function BarChart({ bars, summary, format, legend = [] }: BarChartProps) {
  const top = niceTop(Math.max(...bars.map(({ parts }) => sum(parts))));
  // As many labels as fit on a phone.
  const labelEvery = Math.ceil(bars.length / 5);
  return (
    <div className={styles.chart}>
      <div role="img" aria-label={summary} className={styles.picture}>
        <div className={styles.scale}>
          {[top, top / 2, 0].map((value) => (
            <span key={value}>{format(value)}</span>
          ))}
        </div>
        <div className={styles.bars}>
          {bars.map((bar) => (
            <div key={bar.key} className={styles.bar} title={bar.title}>
              {bar.parts.map(({ tone, value }) => (
                <div key={tone} data-tone={tone} style={{ height: `${(100 * value) / top}%` }} />
              ))}
            </div>
          ))}
        </div>
        <div className={styles.labels}>
          {bars.map(({ key, label }, index) => (
            <span key={key}>{index % labelEvery === 0 && label}</span>
          ))}
        </div>
      </div>
      {legend.length > 0 && (
        <ul className={styles.legend}>
          {legend.map(({ tone, name }) => (
            <li key={tone}>
              <span className={styles.swatch} data-tone={tone} />
              {name}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function sum(parts: Bar['parts']): number {
  return parts.reduce((total, { value }) => total + value, 0);
}

/** The next round number whose half is also round. */
function niceTop(value: number): number {
  if (value <= 2) return 2;
  const power = 10 ** Math.floor(Math.log10(value));
  const steps = power === 1 ? [2, 4, 6, 8] : [1, 1.2, 1.6, 2, 3, 4, 6, 8];
  return power * (steps.find((step) => step * power >= value) ?? 10);
}
