import type { RequestHandler } from 'express';
import { publicPath } from './publicUrls.ts';

const views = [
  { pattern: /^\/operations\/([\da-f-]{36})\/?$/i, view: '#/operations/' },
  { pattern: /^\/batches\/([\da-f-]{36})\/?$/i, view: '#/operations?batch=' },
];

/**
 * Redirects browsers, which prefer HTML, from an operation or a batch to its view on the page, where one can also log
 * in: such an address is often opened by a click.
 */
export const browsersToPage: RequestHandler = (request, response, next) => {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  for (const { pattern, view } of isRead ? views : []) {
    const [, id] = pattern.exec(request.path) ?? [];
    if (id === undefined) continue;
    response.vary('Accept');
    if (request.accepts(['application/json', 'text/html']) !== 'text/html') continue;
    response
      .status(303)
      .location(publicPath(response, `/${view}${id}`))
      .end();
    return;
  }
  next();
};
