import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startDaemon } from './daemon.ts';
import { freePort } from './freePort.ts';
import { ensureDebianPackages } from './install/debianPackages.ts';
import type { RunningService } from './runningService.ts';
import type { ServicesDirectory } from './servicesDirectory.ts';

/**
 * A static host: its folder is served with the headers that docs/static-page.md requires. And a proxy: a service of the
 * tests is beneath `/proxied/<port>/`, too, and for alice and olga with the password `secret` beneath
 * `/authenticated/<port>/`. Beneath `/sending/<port>/` it sends files itself that a service names (SENDFILE_HEADER),
 * and beneath `/files/` any file.
 */
export interface Nginx {
  /** Another site than the services of the tests, which are at 127.0.0.1. */
  readonly origin: string;
  readonly folder: string;
}

/** The address from which the authenticating proxy connects to services: they trust no other. */
export const authenticatingProxy = '127.0.0.8';

/** Starts an nginx with its own configuration, folder and port; one of the system is not touched. */
export async function startNginx(directory: ServicesDirectory): Promise<RunningService<Nginx>> {
  await ensureDebianPackages('a static host', 'nginx');
  const home = join(directory.path, 'nginx');
  const folder = join(home, 'served');
  const configFile = join(home, 'nginx.conf');
  const port = await freePort();
  await mkdir(folder, { recursive: true });
  await writeFile(configFile, configuration(home, folder, port));
  await writeFile(join(home, 'users'), 'alice:{PLAIN}secret\nolga:{PLAIN}secret\n');
  const stop = await startDaemon({
    directory,
    command: ['/usr/sbin/nginx', '-e', 'stderr', '-c', configFile],
    logFile: join(home, 'nginx.log'),
    readyLine: 'start worker process',
    stopSignal: 'SIGTERM',
  });
  return { address: { origin: `http://localhost:${port}`, folder }, stop };
}

/** Nothing is written outside `home`, and workers stay the user that owns it. */
function configuration(home: string, folder: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${join(home, name)};`,
  );
  return `
daemon off;
worker_processes 1;
error_log stderr notice;
pid ${join(home, 'pid')};
${process.getuid?.() === 0 ? 'user root;' : ''}
events {}
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  map $request_uri $path_as_given {
    "~^/sending/[0-9]+(?<rest>/.*)$" $rest;
  }
  map $remote_user $groups_of_user {
    olga staging-operators;
    default '';
  }
${temporary.join('\n')}
  types {
    text/html html;
    text/css css;
    text/javascript js;
    image/svg+xml svg;
    application/json json;
  }
  server {
    listen 127.0.0.1:${port};
    root ${folder};
    # Any service of the tests beneath a path: /proxied/<port>/
    location ~ ^/proxied/(\\d+)/(.*)$ {
      proxy_set_header Host $http_host;
      proxy_pass http://127.0.0.1:$1/$2$is_args$args;
    }
    # The same for who has a password, /authenticated/<port>/: what docs/security.md shows, with users of its own.
    location ~ ^/authenticated/(\\d+)/(.*)$ {
      auth_basic staging;
      auth_basic_user_file ${join(home, 'users')};
      proxy_set_header X-Forwarded-User $remote_user;
      proxy_set_header X-Forwarded-Groups $groups_of_user;
      proxy_set_header Authorization '';
      proxy_set_header Host $http_host;
      proxy_bind ${authenticatingProxy};
      proxy_pass http://127.0.0.1:$1/$2$is_args$args;
    }
    # The same, and nginx sends the files that the service names: /sending/<port>/. The folders of the tests are anywhere.
    location ~ ^/sending/(?<service>\\d+)/ {
      proxy_http_version 1.1;
      proxy_set_header Connection '';
      proxy_set_header Host $http_host;
      proxy_bind ${authenticatingProxy};
      proxy_pass http://127.0.0.1:$service$path_as_given;
    }
    location /_storage/ {
      internal;
      alias /;
      disable_symlinks on;
      etag off;
      add_header ETag $upstream_http_etag;
      add_header Repr-Digest $upstream_http_repr_digest;
      add_header Digest $upstream_http_digest;
      add_header X-Request-Id $upstream_http_x_request_id;
    }
    # The same, with downloads answered by a redirect to another origin: /redirecting/<port>/
    location ~ ^/redirecting/(\\d+)/(download/.*)$ {
      return 303 http://127.0.0.1:$1/$2$is_args$args;
    }
    location ~ ^/redirecting/(\\d+)/(.*)$ {
      proxy_pass http://127.0.0.1:$1/$2$is_args$args;
    }
    # Files without any service, to compare with: /files/<path>
    location /files/ {
      alias /;
    }
    location / {
      add_header Content-Security-Policy "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' http://127.0.0.1:*; base-uri 'none'; form-action 'self'; frame-ancestors 'none'" always;
      add_header X-Content-Type-Options nosniff always;
      add_header Cache-Control no-cache always;
    }
  }
}
`;
}
