import { useSyncExternalStore } from 'react';
import type { z } from 'zod';
import { parseJson } from '../api/parseJson.ts';

/** A value of the whole page. */
export interface Store<Value> {
  get(): Value;
  set(value: Value): void;
  /** The value, for a component, which is rendered again when it changes. */
  use(): Value;
}

/** Holds a value; `onChange` is called with each new one. */
export function createStore<Value>(initial: Value, onChange?: (value: Value) => void): Store<Value> {
  let present = initial;
  const listeners = new Set<() => void>();
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    get: () => present,
    set: (value) => {
      present = value;
      for (const listener of listeners) listener();
      onChange?.(value);
    },
    use: () => useSyncExternalStore(subscribe, () => present),
  };
}

interface StoredOptions<Value> {
  readonly storage: 'localStorage' | 'sessionStorage';
  readonly key: string;
  readonly schema: z.ZodType<Value>;
  /** The value if none is stored. */
  readonly initial: Value;
  /** What is stored of a value. */
  readonly kept?: (value: Value) => unknown;
}

/** Holds a value that the browser stores, or, if the user has disabled storage, until the page is closed. */
export function createStoredStore<Value>(options: StoredOptions<Value>): Store<Value> {
  const { storage, key, schema, initial, kept = (value: Value) => value } = options;
  const inStorage = <Result>(use: (place: Storage) => Result): Result | undefined => {
    try {
      return use(window[storage]);
    } catch {
      return undefined;
    }
  };
  const text = inStorage((place) => place.getItem(key));
  return createStore(schema.safeParse(parseJson(text ?? '')).data ?? initial, (value) =>
    inStorage((place) => place.setItem(key, JSON.stringify(kept(value)))),
  );
}
