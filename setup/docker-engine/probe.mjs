// Small questions to the machine: does an engine answer there, is this program installed.
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';

/** Whether an engine answers at `unix:///path` or `tcp://host:port` within five seconds. */
export function answers(host) {
  const url = new URL(host);
  const where =
    url.protocol === 'unix:'
      ? { socketPath: url.pathname }
      : { host: url.hostname, port: url.port || 2375 };
  return new Promise((resolve) => {
    const ping = request({ ...where, path: '/_ping', timeout: 5_000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.once('timeout', () => ping.destroy());
    ping.once('error', () => resolve(false));
    ping.once('close', () => resolve(false));
    ping.end();
  });
}

/** Whether the engine at `unix:///path` lists this runtime. */
export function knowsRuntime(host, name) {
  const where = { socketPath: new URL(host).pathname, path: '/info', agent: false };
  return new Promise((resolve) => {
    const ask = request(where, async (response) => {
      const info = await json(response).catch(() => undefined);
      resolve(info?.Runtimes?.[name] !== undefined);
    });
    ask.once('error', () => resolve(false));
    ask.end();
  });
}

/** Also looks where root's programs are, which is not on everybody's PATH. */
export function onPath(program) {
  const folders = `${process.env.PATH}:/usr/sbin:/sbin`.split(':');
  return folders.some((folder) => existsSync(join(folder, program)));
}

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
