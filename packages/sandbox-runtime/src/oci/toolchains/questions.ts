// How to ask each known program where it really lives, what it needs and which version it is: what is
// found on PATH may be a shim of a version manager, which works on its own host only.
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';

/** A file or folder of the host that a program consists of, and where it is in the program's home. */
export interface Part {
  readonly source: string;
  /** Relative; '' for the home itself. */
  readonly at: string;
}

/** What a program said about itself. All paths are the host's. */
export interface Answer {
  readonly executable: string;
  /** Text with dotted numbers in it. */
  readonly version: string;
  /** The executable is one of them or in one of them. */
  readonly parts: readonly Part[];
  /** Folders of the host that it looks for at their own path. */
  readonly folders?: readonly string[];
  /** What else it loads that may be linked to libraries outside the base. */
  readonly loads?: readonly string[];
  /** A folder of its own from which links may lead to settings elsewhere. */
  readonly linksFrom?: string;
}

export interface Question {
  /** What to install where it is missing. */
  readonly install: string;
  /** Rejects where `found` is not what is needed; `run` resolves with both outputs of a program. */
  ask(found: string, run: Run): Promise<Answer>;
}

export type Run = (program: string, args: readonly string[]) => Promise<string>;

const lines = (text: string) => text.trim().split('\n');

/** A program that is one file. */
const single = (name: string, executable: string, version: string): Answer => ({
  executable,
  version,
  parts: [{ source: executable, at: `bin/${name}` }],
});

/** A program in the `bin` of a folder that can be anywhere as long as it stays together. */
function inHome(home: string, program: string, version: string): Answer {
  const executable = join(home, 'bin', program);
  accessSync(executable, constants.X_OK);
  return { executable: realpathSync(executable), version, parts: [{ source: home, at: '' }] };
}

const pythonQuestion = `
import platform, sys, sysconfig
print(platform.python_version(), sys.executable, sep="\\n")
print(sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), sep="\\n")`;

const python: Question = {
  install: 'Python 3 (Debian: python3)',
  async ask(found, run) {
    const [version = '', executable = '', ...folders] = lines(
      await run(found, ['-I', '-c', pythonQuestion]),
    );
    const own = single('python3', realpathSync(executable), version);
    const library = [...new Set(folders)].map((source) => ({
      source,
      at: join(basename(dirname(source)), basename(source)),
    }));
    return { ...own, parts: [...own.parts, ...library] };
  },
};

const node: Question = {
  install: 'Node.js (https://nodejs.org, Debian: nodejs)',
  async ask(found, run) {
    const question = 'process.versions.node + "\\n" + process.execPath';
    const [version = '', executable = ''] = lines(await run(found, ['-p', question]));
    return single('node', realpathSync(executable), version);
  },
};

/** All of a JDK, asked for by the name of one of its programs. */
const jdk = (program: string, flags: readonly string[]): Question => ({
  install: 'a Java development kit (Debian: default-jdk-headless)',
  async ask(found, run) {
    const said = await run(found, [...flags, '-version']);
    const home = /^\s*java\.home = (.+)$/m.exec(said)?.[1] ?? '';
    const version = /^\s*java\.version = (.+)$/m.exec(said)?.[1] ?? '';
    const isWhole = ['bin/javac', 'lib/modules'].every((path) => existsSync(join(home, path)));
    if (!isWhole) {
      throw new PlatformError(
        'unavailable',
        `${home || found} can run programs but not compile them`,
      );
    }
    const loads = ['server/libjvm.so', 'libzip.so', 'libnio.so'];
    return {
      ...inHome(realpathSync(home), program, version),
      linksFrom: home,
      loads: loads.map((name) => join(home, 'lib', name)).filter((path) => existsSync(path)),
    };
  },
});

const go: Question = {
  install: 'Go (https://go.dev/dl, Debian: golang-go)',
  async ask(found, run) {
    const [home = '', version = ''] = lines(await run(found, ['env', 'GOROOT', 'GOVERSION']));
    return inHome(realpathSync(home), 'go', version);
  },
};

const rustc: Question = {
  install: 'Rust (https://rustup.rs, Debian: rustc)',
  async ask(found, run) {
    const home = lines(await run(found, ['--print', 'sysroot']))[0] ?? '';
    return inHome(realpathSync(home), 'rustc', await run(found, ['--version']));
  },
};

/** What a compiler driver has to find, by what it is asked with. */
const compilerNeeds = (backend: string, library: string) => [
  ['-print-prog-name=', backend],
  ['-print-prog-name=', 'as'],
  ['-print-prog-name=', 'ld'],
  ['-print-file-name=', 'crt1.o'],
  ['-print-file-name=', library],
];

const compiler = (backend: string, library: string, packages: string): Question => ({
  install: `a compiler with its headers, libraries and binutils (Debian: ${packages})`,
  async ask(found, run) {
    const executable = realpathSync(found);
    if (!/(^|-)(g\+\+|gcc)(-[\d.]+)?$/.test(basename(executable))) {
      throw new PlatformError(
        'unavailable',
        `${found} is no GNU compiler, or a wrapper around one`,
      );
    }
    const version = await run(executable, ['-dumpfullversion']);
    for (const [flag, name] of compilerNeeds(backend, library)) {
      const at = lines(await run(executable, [`${flag}${name}`]))[0] ?? '';
      // A driver that does not find something answers with the bare name and leaves it to PATH.
      if (!isAbsolute(at) && !(flag === '-print-prog-name=' && existsSync(`/usr/bin/${name}`))) {
        throw new PlatformError('unavailable', `${found} does not find ${name}`);
      }
    }
    const home = dirname(dirname(executable));
    return { executable, version, parts: [{ source: home, at: '' }], folders: ['/usr/include'] };
  },
});

const gcc = compiler('cc1', 'libc.so', 'gcc libc6-dev');

/** The programs that are more than one file, or that may be shims, by the name that templates use. */
export const questions: Readonly<Record<string, Question>> = {
  python3: python,
  node,
  java: jdk('java', ['-XshowSettings:properties']),
  javac: jdk('javac', ['-J-XshowSettings:properties']),
  go,
  rustc,
  'g++': compiler('cc1plus', 'libstdc++.so', 'g++'),
  gcc,
  cc: gcc,
};
