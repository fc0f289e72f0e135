/** Texts about who uses the page. */
export const accountStrings = {
  logIn: 'Log in',
  hint: 'Log in to use this service.',
  atProvider: 'Your institute',
  withProvider: 'Log in with your institute',
  token: 'A token',
  tokenLabel: 'Token',
  tokenHint: 'An access token of this service, issued by its administrator. This page does not store it.',
  withToken: 'Log in with the token',
  notByProxy: 'You are not logged in.',
  notByProxyRemedy: 'Open this page through your portal, which logs you in.',
  elsewhere: "Log in on the service's own page:",

  account: (name: string) => `Logged in as ${name}`,
  roles: 'Role',
  roleNames: { user: 'User', operator: 'Operator', portal: 'Portal', monitoring: 'Monitoring' },
  areas: 'User areas',
  noArea: 'None',
  logOut: 'Log out',
} as const;
