import { useSyncExternalStore } from 'react';

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
