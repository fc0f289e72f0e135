import { queryOptions, useQuery } from '@tanstack/react-query';
import { answerOf, api, type components } from './client.ts';
import { polling, queryClient } from './queryClient.ts';

export type Session = components['schemas']['Session'];
export type Caller = NonNullable<Session['caller']>;

/** The user of the page. It is queried again when the service has refused a call as unauthenticated. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => answerOf(api().GET('/session', { signal })),
  staleTime: Number.POSITIVE_INFINITY,
  refetchInterval: polling(60_000),
});

/** The user of the page; undefined until known. */
export function useCaller(): Caller | undefined {
  return useQuery(sessionQuery).data?.caller ?? undefined;
}

/** Whether programs must send a token: if the service authenticates callers. */
export function needsToken(): boolean {
  return (queryClient.getQueryData(sessionQuery.queryKey)?.auth_modes.length ?? 0) > 0;
}

/** Whether the user may act for every user. */
export function actsForAll(caller: Caller | undefined): boolean {
  return caller?.roles.some((role) => role === 'operator' || role === 'portal') ?? false;
}

/** The areas that the user may choose from; undefined if any username may be given. */
export function useAreas(): readonly string[] | undefined {
  const caller = useCaller();
  return actsForAll(caller) || !caller?.areas.length ? undefined : caller.areas;
}

/** Logs in with a token, which the browser does not store. @throws ApiError TOKEN_INVALID, … */
export async function logIn(token: string): Promise<void> {
  const session = await answerOf(api().POST('/session', { body: { token } }));
  await become(session);
}

/** Logs out; goes to the OpenID provider to log out there, if there is one. */
export async function logOut(): Promise<void> {
  const { logout_url } = await answerOf(api().DELETE('/session'));
  if (logout_url !== null) location.assign(logout_url);
  else await become(await answerOf(api().GET('/session')));
}

/** Discards the data of another user. */
async function become(session: Session): Promise<void> {
  // A pending earlier answer must not overwrite it.
  await queryClient.cancelQueries({ queryKey: sessionQuery.queryKey });
  queryClient.setQueryData(sessionQuery.queryKey, session);
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
}
