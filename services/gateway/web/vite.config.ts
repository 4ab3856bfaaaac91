// Builds the pages into dist: hashed files, each beside its gzip and brotli form.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const page = (name: string) => join(import.meta.dirname, name);

export default defineConfig({
  root: import.meta.dirname,
  // The gateway replaces it in every page that it sends; CodeMirror's style elements carry it.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    target: 'es2022',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    // A data: URL would need an exception in the content security policy.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: [page('index.html'), page('dashboard.html'), page('functions.html')],
    },
  },
  plugins: [compressAssets()],
});

function compressAssets(): Plugin {
  return {
    name: 'compress-assets',
    apply: 'build',
    async writeBundle({ dir }) {
      const folder = join(dir ?? '', 'assets');
      const names = (await readdir(folder)).filter((name) => /\.(js|css|svg)$/.test(name));
      await Promise.all(names.map((name) => compress(join(folder, name))));
    },
  };
}

async function compress(path: string): Promise<void> {
  const plain = await readFile(path);
  await writeFile(`${path}.gz`, await promisify(gzip)(plain, { level: 9 }));
  await writeFile(`${path}.br`, await promisify(brotliCompress)(plain));
}
