// The runner of JavaScript templates: waits for one job (see job.ts) and becomes the program. The VM
// is up and the module loaders are warm before it says that it is ready.
'use strict';
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

/** The next `size` bytes of descriptor 0; ends quietly when no job ever comes. */
function readExactly(size) {
  const data = Buffer.alloc(size);
  for (let offset = 0; offset < size; ) {
    const count = fs.readSync(0, data, offset, size - offset, null);
    if (count === 0) process.exit(0);
    offset += count;
  }
  return data;
}

const text = (field) => field.toString('utf8').split('\0', 1)[0];
const values = (field) => field.toString('utf8').split('\0').slice(0, -1);

/** [path, content] for each regular file of a ustar archive. */
function* entries(archive) {
  for (let offset = 0; archive[offset] !== 0; ) {
    const name = text(archive.subarray(offset, offset + 100));
    const prefix = text(archive.subarray(offset + 345, offset + 500));
    const size = Number.parseInt(archive.toString('latin1', offset + 124, offset + 135), 8);
    const start = offset + 512;
    yield [prefix === '' ? name : `${prefix}/${name}`, archive.subarray(start, start + size)];
    offset = start + Math.ceil(size / 512) * 512;
  }
}

/** Descriptor 0 becomes a file of its own, which `/dev/stdin` opens again: the lowest free one. */
function putStdin(content) {
  fs.writeFileSync('/job/stdin', content, { flag: 'wx' });
  fs.closeSync(0);
  fs.openSync('/job/stdin', 'r');
  fs.unlinkSync('/job/stdin');
}

const analyzeLine = /^ANALYZE=1\s*$/m;

/** Puts everything in its place and returns the program's arguments. */
function unpack(archive) {
  let argv = [];
  const made = new Set(['workspace']);
  for (const [name, content] of entries(archive)) {
    if (name === 'job/argv') argv = values(content);
    else if (name === 'job/env') {
      for (const pair of values(content)) {
        const at = pair.indexOf('=');
        process.env[pair.slice(0, at)] = pair.slice(at + 1);
      }
    } else if (name === 'job/stdin') putStdin(content);
    else if (name.startsWith('workspace/')) {
      const folder = path.posix.dirname(name);
      if (!made.has(folder)) fs.mkdirSync(`/${folder}`, { recursive: true });
      made.add(folder);
      fs.writeFileSync(`/${name}`, content, { flag: 'wx' });
      // An execution has no environment of its own to say it with.
      if (name === 'workspace/.env' && analyzeLine.test(content.toString())) {
        process.env.ANALYZE = '1';
      }
    }
  }
  return argv;
}

/** From then on, loading is timed; the tree of it is printed to stderr at the end. */
function startAnalyzer() {
  process.env.COLDSTART_PRINT ??= '1';
  return import(path.join(__dirname, 'analyzer.mjs'));
}

function becomeProgram() {
  fs.writeSync(1, 'R');
  const size = Number.parseInt(readExactly(16).toString('latin1'), 10);
  const [file, ...args] = unpack(readExactly(size));
  process.chdir('/workspace');
  process.argv = [process.execPath, path.join('/workspace', file), ...args];
  delete require.cache[__filename];
  // On a stack of its own, so that no frame of this file is in the user's stack traces.
  const start = () => setImmediate(Module.runMain);
  if (process.env.ANALYZE === '1') void startAnalyzer().then(start);
  else start();
}

void import('data:text/javascript,').then(becomeProgram);
