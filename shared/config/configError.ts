/** An invalid setting; the message is one line with the setting, its value, and the allowed values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
