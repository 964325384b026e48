// An nginx that asks about each request and then answers itself, so that only the cost of the question is measured.

import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '../free-port.ts'
import { spawnPinned, stop } from '../process.ts'
import { appHost } from './app.ts'

const describe = (folder: string, port: number, auth: string) => `daemon off; pid ${folder}/pid;
  error_log stderr; worker_processes 1; events { worker_connections 1024; }
  http {
    access_log off; keepalive_requests 1000000;
    upstream auth { server ${auth}; keepalive 64; keepalive_requests 1000000; }
    server {
      listen 127.0.0.1:${port};
      location = /check {
        internal;
        proxy_pass http://auth/forward-auth/nginx;
        proxy_http_version 1.1;
        proxy_pass_request_body off;
        proxy_set_header Connection "";
        proxy_set_header Content-Length "";
        proxy_set_header X-Original-URL https://${appHost}$request_uri;
        proxy_set_header X-Original-Method $request_method;
      }
      location / {
        auth_request /check;
        try_files /none @app;
      }
      location @app { return 200; }
    }
  }`

const takesConnections = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => done(Boolean(socket.destroy())))
    socket.once('error', () => done(false))
  })

/** Starts it on the given cores, with the server at `auth` (host and port) for its questions. */
export const startNginx = async (folder: string, cores: string, auth: string) => {
  const port = await findFreePort()
  const file = join(folder, 'nginx.conf')
  await writeFile(file, describe(folder, port, auth))
  const { child, lastWords } = spawnPinned(cores, ['-e', 'stderr', '-c', file], {}, 'nginx')
  for (let attempt = 0; !(await takesConnections(port)); attempt += 1) {
    if (attempt > 100 || child.exitCode !== null) throw new Error(`nginx: ${lastWords()}`)
    await sleep(20)
  }
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${port}`,
    close: () => stop(child, 'SIGTERM'),
  }
}
