// Toolchains of this host at work inside a sandbox. One that is not installed here is skipped by name.
import { mkdtempSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../conformance/harness.ts';
import { hostTemplates } from '../../conformance/templates.ts';
import { findHostBase } from '../host-view.ts';
import { createOciDriver } from '../oci-driver.ts';
import { findToolchain } from './find-toolchain.ts';

const searchPath = process.env['PATH'] ?? '';
const never = new AbortController().signal;
const templates = hostTemplates();
const stateDir = mkdtempSync('/dev/shm/pilotlight-test-');

/** Writes, compiles and runs a small program with the toolchains named. */
const programs = [
  {
    toolchains: ['java'],
    script: `echo 'class Main { public static void main(String[] a) {
      System.out.println("hello " + new java.util.zip.CRC32().getValue()); } }' >Main.java
      javac Main.java && java -cp . Main`,
    says: 'hello 0\n',
  },
  {
    toolchains: ['go'],
    script: `echo 'package main
      import "fmt"
      func main() { fmt.Println("hello") }' >main.go
      export GOCACHE=/workspace/cache GOFLAGS=-mod=mod GO111MODULE=off
      go run main.go`,
    says: 'hello\n',
  },
  {
    toolchains: ['g++'],
    script: `echo '#include <iostream>
      int main() { std::cout << "hello" << std::endl; }' >main.cpp
      g++ main.cpp -o main && ./main`,
    says: 'hello\n',
  },
  {
    toolchains: ['rustc', 'cc'],
    script: `echo 'fn main() { println!("hello"); }' >main.rs
      rustc main.rs && ./main`,
    says: 'hello\n',
  },
  {
    toolchains: ['python3'],
    script: 'python3 -c "import ssl, json; print(json.dumps(1))"',
    says: '1\n',
  },
  { toolchains: ['node'], script: 'node -p 1+1', says: '2\n' },
  {
    toolchains: ['git'],
    script: 'git init -q . && git status --short && echo hello',
    says: 'hello\n',
  },
] as const;

const missing = new Map<string, string>();
for (const name of programs.flatMap(({ toolchains }) => toolchains)) {
  await findToolchain(name, searchPath, findHostBase()).catch((error: Error) => {
    missing.set(name, error.message);
    console.warn(`Skipped, no ${name}: ${error.message}`);
  });
}

describe('a toolchain of the host', () => {
  let harness: Harness;
  beforeAll(async () => {
    const driver = await createOciDriver({ stateDir, incarnation: 'conformance', searchPath });
    harness = new Harness(driver, { templates, real: true });
  });
  afterAll(async () => {
    await harness.destroyAll();
    await harness.driver.close();
    rmdirSync(stateDir);
  });

  it.for(programs)('$toolchains works in a sandbox', async (program, { skip }) => {
    const { toolchains, script, says } = program;
    if (toolchains.some((name) => missing.has(name))) skip('it is not installed here');
    const spec = harness.spec('shell', { memoryBytes: 1 << 30, pids: 256, openFiles: 1024 });
    const template = { ...templates.shell, toolchains: [...toolchains, 'sh'] };
    const { version } = await harness.driver.prepare(template, { signal: never });
    expect(version).toMatch(/^\d+(\.\d+)+$/);
    const limits = { ...spec.limits, workspaceBytes: 256 << 20 };
    const sandbox = await harness.make({ ...spec, template, limits });
    const command = await sandbox.exec({ argv: ['sh', '-c', script] });
    const [stdout, stderr, exit] = await Promise.all([
      text(command.stdout),
      text(command.stderr),
      command.exit,
    ]);
    expect([stdout, stderr, exit]).toEqual([says, '', { kind: 'exited', code: 0 }]);
  });
});

describe('a toolchain that cannot be used', () => {
  const base = findHostBase();
  const folder = mkdtempSync(join(tmpdir(), 'pilotlight-toolchains-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['java', 'default-jdk-headless'],
    ['go', 'go.dev'],
    ['g++', 'Debian: g++'],
    ['rustc', 'rustup.rs'],
    ['no-such-program', 'install no-such-program'],
  ])('%s is told with what to install', async (name, hint) => {
    await expect(findToolchain(name, '/nonexistent', base)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(hint),
    });
  });

  it.each([
    [
      'java',
      `printf '    java.home = ${folder}\\n    java.version = 17.0.1\\n' >&2`,
      'not compile',
    ],
    ['node', 'exit 1', 'does not work here'],
    ['git', 'exec /usr/bin/git "$@"', 'is a script'],
    ['g++', 'exec /usr/bin/g++ "$@"', 'no GNU compiler'],
  ])('%s that is a shim of something else is seen through', async (name, script, problem) => {
    writeFileSync(join(folder, name === 'g++' ? 'wrapper' : name), `#!/bin/sh\n${script}\n`, {
      mode: 0o755,
    });
    if (name === 'g++') symlinkSync('wrapper', join(folder, name));
    await expect(findToolchain(name, folder, base)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(problem),
    });
  });

  it('gives way to the next one on PATH', async () => {
    writeFileSync(join(folder, 'tar'), '#!/bin/sh\n', { mode: 0o755 });
    expect(await findToolchain('tar', `${folder}:/usr/bin:/bin`, base)).toMatchObject({
      version: expect.stringMatching(/^\d/),
    });
  });
});
