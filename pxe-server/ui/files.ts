import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';

/** The page's files by address, read once at start. */
export type UiFiles = ReadonlyMap<string, { type: string; body: Buffer }>;

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export function loadUi(): UiFiles {
  const folder = join(import.meta.dirname, 'page');
  const files = readdirSync(folder).filter((name) => extname(name) in TYPES);
  return new Map(
    files.map((name) => [
      name === 'index.html' ? '/' : `/${name}`,
      { type: TYPES[extname(name)]!, body: readFileSync(join(folder, name)) },
    ]),
  );
}

/** Scripts, styles and connections from here alone; text never becomes markup (trusted types). */
const POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Serves the page; it holds no secret. */
export function registerUi(app: FastifyInstance, files: UiFiles): void {
  for (const [path, file] of files) {
    app.get(path, { schema: { hide: true } }, (_request, reply) =>
      reply
        .type(file.type)
        .header('content-security-policy', POLICY)
        .header('cache-control', 'no-cache') // after an upgrade all files are of one version
        .header('x-content-type-options', 'nosniff')
        .header('referrer-policy', 'no-referrer')
        .send(file.body),
    );
  }
}
