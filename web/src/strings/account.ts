/** Texts about who uses the page. */
export const accountStrings = {
  logIn: 'Log in',
  hint: 'This service needs to know who you are.',
  atProvider: 'Your institute',
  withProvider: 'Log in with your institute',
  token: 'A token',
  tokenLabel: 'Token',
  tokenHint: 'A token of this service, which its administrator gives you. The page does not keep it.',
  withToken: 'Log in with the token',
  notByProxy: 'You are not logged in.',
  notByProxyRemedy: 'Open this page by the address of your portal, which logs you in.',
  elsewhere: "Log in at the service's own page:",

  account: (name: string) => `Logged in as ${name}`,
  roles: 'Role',
  roleNames: { user: 'User', operator: 'Operator', portal: 'Portal', monitoring: 'Monitoring' },
  areas: 'User areas',
  noArea: 'None',
  logOut: 'Log out',
} as const;
