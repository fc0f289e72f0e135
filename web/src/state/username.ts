/** Where this browser stores the username that was typed last. */
export const usernameKey = 'username';

/** The username that was typed last; empty if there is none. */
export function rememberedUsername(): string {
  try {
    return localStorage.getItem(usernameKey) ?? '';
  } catch {
    // The user has disabled storage.
    return '';
  }
}
