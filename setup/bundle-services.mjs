// `node setup/bundle-services.mjs ROOT SERVICE...`: bundles services, each into its dist/. Needs the project's Node.
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { bundleFolderOf } from '../packages/cli/src/platform/bundle.mjs';

/** Imported on demand, and better where npm put them: they look for native code or other files beside their own. */
const external = [
  /^lmdb$/,
  /^@electric-sql\/pglite/,
  /^dockerode$/,
  /^pg$/,
  /^@fastify\/swagger-ui$/,
];

/** Chunks of earlier builds may still be imported by what is running. */
const keepChunksMs = 24 * 60 * 60 * 1_000;

const [root, ...services] = process.argv.slice(2);
await Promise.all(services.map((service) => bundle(service)));

async function bundle(service) {
  const builtAt = Date.now();
  const folder = bundleFolderOf(root, service);
  const built = await rolldown({
    cwd: root,
    input: { main: join(root, 'services', service, 'src/main.ts') },
    platform: 'node',
    external,
    plugins: [lazyBuiltins(), sourceLocations(folder)],
    logLevel: 'silent',
  });
  try {
    const unfinished = `${folder}.${process.pid}`;
    await built.write({
      dir: unfinished,
      format: 'esm',
      sourcemap: true,
      // Names stay: errors and stack traces show them.
      minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
      entryFileNames: '[name].js',
      chunkFileNames: '[name]-[hash].js',
    });
    // What packages of others are made of changes with the lock file only.
    const own = (await built.watchFiles).filter((path) => !path.includes('node_modules'));
    const sources = [...own, ...ownFiles(service)].map((path) => relative(root, path));
    writeFileSync(join(unfinished, 'sources.json'), JSON.stringify({ builtAt, sources }));
    moveInto(folder, unfinished);
  } finally {
    await built.close();
  }
}

/** What else decides on the result. */
function ownFiles(service) {
  return [
    join(root, 'package-lock.json'),
    join(root, 'services', service, 'package.json'),
    import.meta.filename,
  ];
}

/** File by file, the entry and the record of sources last, so that a start meanwhile finds all it imports. */
function moveInto(folder, unfinished) {
  mkdirSync(folder, { recursive: true });
  const isLast = (name) => Number(name === 'main.js') + 2 * Number(name === 'sources.json');
  const names = readdirSync(unfinished).toSorted((a, b) => isLast(a) - isLast(b));
  for (const name of names) renameSync(join(unfinished, name), join(folder, name));
  rmSync(unfinished, { recursive: true });
  for (const name of readdirSync(folder).filter((name) => !names.includes(name))) {
    const path = join(folder, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (age > keepChunksMs) rmSync(path, { force: true });
  }
}

/**
 * `import 'node:http'` reads every export of it at once, which loads fetch and WebSocket (40 ms) and
 * more from other modules; taken by `getBuiltinModule`, each is read when it is used.
 */
function lazyBuiltins() {
  const prefix = '\0builtin:';
  return {
    name: 'lazy-builtins',
    resolveId: {
      filter: { id: /^[\w:/]+$/ },
      handler(id, _importer, { kind }) {
        // The bundler's own runtime needs `module` before it has anything to wrap it with.
        if (kind === 'require-call' || !isBuiltin(id) || /^(node:)?module$/.test(id)) return null;
        return { id: `${prefix}${id}`, moduleSideEffects: false };
      },
    },
    load: {
      filter: { id: /^\0builtin:/ },
      handler(id) {
        const name = JSON.stringify(id.slice(prefix.length));
        return `module.exports = process.getBuiltinModule(${name});`;
      },
    },
  };
}

/** `import.meta.url` of a module of this checkout stays that of its source, beside which other files are. */
function sourceLocations(folder) {
  return {
    name: 'source-locations',
    transform: {
      filter: { id: { exclude: /node_modules/ }, code: /import\.meta\./ },
      handler(code, id) {
        if (/import\.meta\.(?!url\b)/.test(code)) {
          this.error(`${id}: of import.meta, only url is known in a bundle`);
        }
        const location = `new URL(${JSON.stringify(relative(folder, id))}, import.meta.url).href`;
        return { code: code.replaceAll('import.meta.url', location), map: null };
      },
    },
  };
}
