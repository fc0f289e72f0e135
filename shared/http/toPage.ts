import type { Request, RequestHandler } from 'express';
import { publicPath } from './publicUrls.ts';

/**
 * Sends browsers, which prefer HTML, to the view of the page that shows what the route answers to programs: the address
 * of an operation is often opened by a click.
 */
export function browsersToPage(viewOf: (request: Request) => string): RequestHandler {
  return (request, response, next) => {
    response.vary('Accept');
    if (request.accepts(['application/json', 'text/html']) !== 'text/html') return next();
    response
      .status(303)
      .location(publicPath(response, `/${viewOf(request)}`))
      .end();
  };
}
