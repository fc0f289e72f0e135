import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type RequestHandler, Router } from 'express';
import getAbsoluteFSPath from 'swagger-ui-dist/absolute-path.js';
import { onlyMethods } from '../../shared/http/app.ts';

/** The path of the built page: `dist/web`, beside or above this module, depending on whether it is bundled. */
function findPage(): string | undefined {
  let directory = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    for (const place of [join(directory, 'web'), join(directory, 'dist', 'web')]) {
      if (existsSync(join(place, 'index.html')) && !existsSync(join(place, 'vite.config.ts'))) return place;
    }
    if (dirname(directory) === directory) return undefined;
    directory = dirname(directory);
  }
}

/**
 * The web page at `/`. The names of its assets contain a hash of their content, so clients may cache them permanently.
 */
export function createPageRouter(): Router {
  const router = Router();
  const page = findPage();
  if (!page) {
    router.get('/', (_request, response) => {
      response
        .type('text/plain')
        .send('The web page is not built: run `npm run build`. The API is described at /docs.\n');
    });
    return router;
  }
  // Browsers request it with documents other than the page.
  router.get('/favicon.ico', (_request, response) => {
    response.sendFile('favicon.svg', { root: page, maxAge: '1d' });
  });
  router.use('/assets', serveFiles(join(page, 'assets'), 'public, max-age=31536000, immutable'));
  router.use(serveFiles(page, 'no-cache'));
  router.route('/').all(onlyMethods('GET', 'HEAD'));
  return router;
}

/** Files of a folder, with their caching policy. */
function serveFiles(
  folder: string,
  cacheControl: string,
  options?: { readonly index: false },
): RequestHandler {
  return express.static(folder, {
    ...options,
    cacheControl: false,
    // Its address would lack the path prefix of a proxy.
    redirect: false,
    setHeaders: (response) => response.setHeader('Cache-Control', cacheControl),
  });
}

/** The path of Swagger UI: in the function's own folder if that is deployed alone, else where npm installed it. */
function findSwaggerUi(): string {
  const own = fileURLToPath(new URL('swagger-ui', import.meta.url));
  return existsSync(own) ? own : getAbsoluteFSPath();
}

/** Interactive documentation at `/docs`, by Swagger UI, without external resources. */
export function createDocsRouter(): Router {
  const router = Router();
  router.route('/docs').get(sendDocsPage).all(onlyMethods('GET', 'HEAD'));
  router.get('/docs/start.js', (_request, response) => {
    response.type('text/javascript').send(docsScript);
  });
  router.use('/docs/assets', serveFiles(findSwaggerUi(), 'public, max-age=86400', { index: false }));
  return router;
}

/**
 * Its addresses are relative, because a proxy may serve the API beneath a path; `/docs/` and `/docs` resolve them
 * differently.
 */
const sendDocsPage: RequestHandler = (request, response) => {
  response.type('html').send(docsPage(request.path.endsWith('/') ? '.' : './docs'));
};

const docsPage = (folder: string) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>SKA Staging Service: API</title>
    <link rel="stylesheet" href="${folder}/assets/swagger-ui.css">
    <link rel="icon" href="${folder}/assets/favicon-32x32.png">
  </head>
  <body>
    <div id="docs"></div>
    <script src="${folder}/assets/swagger-ui-bundle.js"></script>
    <script src="${folder}/start.js"></script>
  </body>
</html>
`;

const docsScript = `
const url = new URL('../openapi.json', document.currentScript.src).href;
SwaggerUIBundle({ url, dom_id: '#docs', deepLinking: true, validatorUrl: null });
`;
