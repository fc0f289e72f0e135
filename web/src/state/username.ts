import { useLocalStorage } from '@mantine/hooks';

/** The username that was typed last in this browser, or '', and a function that remembers another one. */
export function useRememberedUsername() {
  return useLocalStorage({
    key: 'username',
    defaultValue: '',
    getInitialValueInEffect: false,
    // Unchanged: a name of digits alone would be a number in JSON.
    serialize: (name) => name,
    deserialize: (name = '') => name,
    sync: false,
  });
}
