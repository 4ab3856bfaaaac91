import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import fastify from 'fastify';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FastifyInstance } from './fastify.ts';
import type { Gateway } from './gateway.ts';
import { pages } from './pages.ts';

const web = resolve(import.meta.dirname, '../../web');

async function serve(pagesDir?: string): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify();
  await pages(app, { pagesDir } as Gateway);
  return app;
}

describe('the pages', () => {
  let folder = '';
  let app: FastifyInstance;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pilotlight-pages-'));
    await build({
      root: web,
      configFile: join(web, 'vite.config.ts'),
      logLevel: 'error',
      build: { outDir: folder },
    });
    app = await serve(folder);
  }, 60_000);

  afterAll(async () => {
    await app.close();
    await rm(folder, { recursive: true });
  });

  const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });

  it('load in at most 250 kB, compressed, with one language', async () => {
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    const named = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = '']) => path);
    const { body } = await get(named.find((path) => /index-.*\.js$/.test(path)) ?? '');
    // Those that the page asks for by itself, and the largest of those that it asks for later.
    const lazy = [...new Set(body.match(/dist-[\w-]+\.js/g))].map((name) => `/assets/${name}`);
    expect(lazy.length).toBeGreaterThanOrEqual(6);
    const sizeOf = async (path: string) => gzipSync(await readFile(join(folder, path))).length;
    const sizes = await Promise.all([...named, '/index.html'].map(sizeOf));
    const later = await Promise.all(lazy.map(sizeOf));
    const total = sizes.reduce((sum, size) => sum + size, Math.max(...later));
    expect(total).toBeLessThanOrEqual(250_000);
    expect(total).toBeGreaterThan(50_000);
  });

  it('allow styles with the nonce of this visit alone', async () => {
    const visits = await Promise.all([get('/'), get('/dashboard'), get('/functions')]);
    const nonces = visits.map(({ headers, body }) => {
      const policy = String(headers['content-security-policy']);
      const nonce = /style-src 'self' 'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
      expect(policy).not.toContain('unsafe');
      expect(body).toContain(`<meta property="csp-nonce" nonce="${nonce}">`);
      expect(body).not.toMatch(/<script(?![^>]* src=)/);
      return nonce;
    });
    expect(new Set(nonces).size).toBe(3);
  });

  it('send files compressed as the build left them, for good', async () => {
    const { body } = await get('/');
    const script = /src="(\/assets\/[^"]+)"/.exec(body)?.[1] ?? '';
    for (const [accepted, expected] of [
      ['br, gzip', 'br'],
      ['gzip', 'gzip'],
      ['identity', undefined],
    ] as const) {
      const { headers } = await get(script, { 'accept-encoding': accepted });
      expect(headers['content-encoding']).toBe(expected);
      expect(headers['cache-control']).toContain('immutable');
    }
  });

  it.each([
    '/assets/../index.html',
    '/assets/%2e%2e/index.html',
    '/assets/..%2f..%2fpackage.json',
    '/assets/none.js',
    '/assets/',
  ])('send nothing else: %s', async (url) => {
    expect((await get(url)).statusCode).toBeGreaterThanOrEqual(400);
  });
});

it.each([undefined, '/nonexistent'])('pages that are not built say how: %s', async (pagesDir) => {
  const app = await serve(pagesDir);
  const { statusCode, body, headers } = await app.inject('/');
  expect(statusCode).toBe(503);
  expect(headers['content-type']).toContain('text/plain');
  expect(body).toContain('npm run build -w services/gateway');
  await app.close();
});
