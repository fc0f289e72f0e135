import { StagingError } from '../errors/stagingError.ts';
import type { SourcePrefix, SourceScopes } from '../model/caller.ts';
import { namesOfSource, parseSource, type SourcePlaces } from '../model/sourcePath.ts';

/**
 * The sources that a token's scopes allow (WLCG Common JWT Profiles 1.0): `storage.read:/prefix` and
 * `storage.stage:/prefix`, with a path beneath the source storage, percent-encoded, or an `s3://` address. Undefined if
 * there are no such scopes. An invalid scope grants nothing, but still limits the token.
 */
export function sourceScopes(scope: string, places: SourcePlaces): SourceScopes | undefined {
  const scopes = scope.split(' ').filter((text) => text.startsWith('storage.'));
  if (scopes.length === 0) return undefined;
  const prefixes = (action: string) =>
    scopes.flatMap((text) => {
      const given = text.startsWith(`${action}:`)
        ? parsePrefix(text.slice(action.length + 1), places)
        : undefined;
      return given ? [given] : [];
    });
  return { read: prefixes('storage.read'), stage: prefixes('storage.stage') };
}

function parsePrefix(encoded: string, places: SourcePlaces): SourcePrefix | undefined {
  if (!encoded.startsWith('/') && !encoded.startsWith('s3://')) return undefined;
  try {
    const path = decodeURIComponent(encoded).replace(/^\/+/, '');
    return path === '' ? [] : namesOfSource(parseSource(path, places));
  } catch (error) {
    if (error instanceof URIError || error instanceof StagingError) return undefined;
    throw error;
  }
}
