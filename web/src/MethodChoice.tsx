import { useEffect } from 'react';
import { LoadState } from './Failure.tsx';
import { describeMethod } from './methods.ts';
import { listMethods } from './service.ts';
import { usePolled } from './usePolled.ts';

interface MethodChoiceProps {
  readonly method: string;
  onMethod(method: string): void;
}

/** The staging methods that this site offers, with a sentence on each. */
export function MethodChoice({ method, onMethod }: MethodChoiceProps) {
  const { value: methods, error } = usePolled(listMethods, 60_000);

  useEffect(() => {
    if (methods?.[0] !== undefined && !methods.includes(method)) onMethod(methods[0]);
  }, [methods, method, onMethod]);

  return (
    <fieldset className="choices">
      <legend>Method</legend>
      <LoadState isLoaded={methods !== undefined} error={error} />
      {methods?.map((name) => {
        const { title, sentence } = describeMethod(name);
        return (
          <label key={name} className="choice">
            <input
              type="radio"
              name="method"
              value={name}
              checked={name === method}
              onChange={() => onMethod(name)}
            />
            <span>
              <strong>{title}</strong>
              <span className="hint">
                {sentence} <code>{name}</code>
              </span>
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}
