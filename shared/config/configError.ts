/** An invalid setting; the message is one line with the setting, its value, and what it may hold. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
