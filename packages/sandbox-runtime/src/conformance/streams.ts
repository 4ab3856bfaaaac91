// What goes in and comes out: byte for byte, without deadlock.
import { expect, it } from 'vitest';
import type { Harness } from './harness.ts';

const exitedWell = { kind: 'exited', code: 0 };
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

/** Cases that the fake passes too. */
export function streamCases(harness: () => Harness): void {
  it('carries stdin to stdout byte for byte', async () => {
    const stdin = Buffer.concat([everyByte, Buffer.from('\0\xff\xfe\n', 'latin1'), everyByte]);
    const source = '# fake: echo\nimport sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())\n';
    const { stdoutBytes, exit } = await harness().run(source, { stdin });
    expect(stdoutBytes.equals(stdin)).toBe(true);
    expect(exit).toEqual(exitedWell);
  });

  it('takes a job larger than any pipe holds', async () => {
    const stdin = Buffer.alloc(3_000_000, everyByte);
    const source = '# fake: echo\nimport sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())\n';
    const { stdoutBytes } = await harness().run(source, { stdin });
    expect(stdoutBytes.equals(stdin)).toBe(true);
  });

  it('does not mind 10 MB of stdin that nobody reads', async () => {
    const { stdout } = await harness().run('# fake: print fine\nprint("fine")\n', {
      stdin: Buffer.alloc(10 << 20, 'x'),
    });
    expect(stdout).toBe('fine\n');
  });
}

/** Cases that need real processes. */
export function realStreamCases(harness: () => Harness): void {
  it('lets a program flood stderr after closing stdout', async () => {
    const { stderr, stdout } = await harness().run(
      'import os\nos.close(1)\nfor _ in range(80):\n    os.write(2, b"e" * 65536)\n',
    );
    expect([stdout.length, stderr.length]).toEqual([0, 80 * 65_536]);
  });

  it.each([
    ['python', 'print(open("/dev/stdin").read() + open("/proc/self/fd/0").read())\n'],
    ['python', 'import sys\nprint(input() + sys.stdin.read() + open(0).read()[:0] + "in")\n'],
    [
      'javascript',
      `const fs = require('fs'); console.log(fs.readFileSync('/dev/stdin', 'utf8') + fs.readFileSync(0, 'utf8'))\n`,
    ],
    ['javascript', `process.stdin.on('data', (d) => console.log(d + 'in'))\n`],
    ['shell', 'read -r line; echo "$line$(cat /dev/stdin)"\n'],
  ] as const)('gives %s its stdin in every usual way', async (language, source) => {
    const { stdout } = await harness().run(source, { language, stdin: Buffer.from('in') });
    expect(stdout).toBe(language === 'shell' ? 'inin\n' : 'inin\n');
  });

  it('opens /dev/stdout and /dev/stderr again', async () => {
    const { stdout, stderr } = await harness().run(
      'echo out >/dev/stdout; echo err >/dev/stderr\n',
      { language: 'shell' },
    );
    expect([stdout, stderr]).toEqual(['out\n', 'err\n']);
  });

  it.each([
    [
      'python',
      'import sys, os, lib.other\nprint(sys.argv[1:], os.environ["GREETING"], lib.other.__name__, os.getcwd(), __name__, sys.path[0])\n',
      `['a b', "it's", ''] hello\nworld lib.other /workspace __main__ /workspace\n`,
    ],
    [
      'javascript',
      `console.log(JSON.stringify(process.argv.slice(2)), process.env.GREETING, require('./lib/other.js'), process.cwd(), __filename, require.main === module)\n`,
      `["a b","it's",""] hello\nworld other /workspace /workspace/main.js true\n`,
    ],
    [
      'shell',
      'printf "<%s>" "$@"; echo " $GREETING $(cat lib/other.txt) $PWD $0"\n',
      `<a b><it's><> hello\nworld other /workspace ./main.sh\n`,
    ],
  ] as const)(
    'gives %s arguments, environment and further files',
    async (language, source, expected) => {
      const content = (text: string) => Buffer.from(text);
      const { stdout, stderr } = await harness().run(source, {
        language,
        argv: ['a b', "it's", ''],
        env: { GREETING: 'hello\nworld' },
        files: [
          { path: 'lib/other.py', content: content('') },
          { path: 'lib/other.js', content: content('module.exports = "other"') },
          { path: 'lib/other.txt', content: content('other') },
        ],
      });
      expect([stdout, stderr]).toEqual([expected, '']);
    },
  );

  it('runs modules with top-level await', async () => {
    const { stdout, stderr } = await harness().run(
      `import fs from 'node:fs'; console.log(await Promise.resolve(typeof fs.readFileSync), import.meta.filename)\n`,
      { language: 'javascript' },
    );
    expect([stdout, stderr]).toEqual(['function /workspace/main.js\n', '']);
  });

  it('shows the stack of an uncaught error without the runner', async () => {
    const { stderr, exit } = await harness().run('throw new Error("no")\n', {
      language: 'javascript',
    });
    expect(exit).toEqual({ kind: 'exited', code: 1 });
    expect(stderr).toContain('/workspace/main.js:1');
    expect(stderr).not.toContain('/pilotlight');
  });
}
