// Programs that are talked to while they run: input, its end, signals; in every language, on every
// driver.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type Pilotlight, PlatformError } from '@pilotlight/client';
import { parseJsonObject } from '@pilotlight/contracts';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { describe, expect, it } from 'vitest';
import { converse, sendWhenRunning } from './conversation.ts';
import { useDrivers } from './drivers.ts';
import { usePlatform } from './fixture.ts';
import { until } from './until.ts';

/** Each asks for a name, greets, and says back every line until the end of its input; then ends with 3. */
const programs = {
  python: `print("hello", input("name? "))
import sys
for line in sys.stdin:
    print(line, end="", flush=True)
sys.exit(3)
`,
  javascript: `process.stdout.write('name? ');
const lines = require('readline').createInterface({ input: process.stdin });
let isNamed = false;
lines.on('line', (line) => {
  console.log(isNamed ? line : 'hello ' + line);
  isNamed = true;
});
lines.on('close', () => process.exit(3));
`,
  java: `import java.util.Scanner;
public class Main {
    public static void main(String[] args) {
        System.out.print("name? ");
        System.out.flush();
        Scanner in = new Scanner(System.in);
        System.out.println("hello " + in.nextLine());
        while (in.hasNextLine()) System.out.println(in.nextLine());
        System.exit(3);
    }
}
`,
  go: `package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	fmt.Print("name? ")
	lines := bufio.NewScanner(os.Stdin)
	lines.Scan()
	fmt.Println("hello " + lines.Text())
	for lines.Scan() {
		fmt.Println(lines.Text())
	}
	os.Exit(3)
}
`,
  cpp: `#include <iostream>
#include <string>
int main() {
    std::string line;
    std::cout << "name? " << std::flush;
    std::getline(std::cin, line);
    std::cout << "hello " << line << std::endl;
    while (std::getline(std::cin, line)) std::cout << line << std::endl;
    return 3;
}
`,
  rust: `use std::io::{stdin, stdout, Write};
fn main() {
    print!("name? ");
    stdout().flush().unwrap();
    let mut lines = stdin().lines();
    println!("hello {}", lines.next().unwrap().unwrap());
    for line in lines {
        println!("{}", line.unwrap());
    }
    std::process::exit(3)
}
`,
} as const;

const command = join(import.meta.dirname, '../../packages/cli/bin/pilotlight.mjs');
const rounds = 100;

const drivers = await useDrivers(Object.keys(programs));

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'sent',
    (error: unknown) => PlatformError.from(error).code,
  );
}

/** Milliseconds from each line that is sent until it has come back. */
async function echoes(client: Pilotlight): Promise<readonly number[]> {
  const code = 'import sys\nfor line in sys.stdin:\n    print(line, end="", flush=True)\n';
  const talk = converse(client, { language: 'python', code });
  await talk.send({ data: 'warm\n' });
  await talk.hears('warm\n');
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const begun = performance.now();
    await client.sendInput(talk.id, { data: `round ${round}.\n` });
    await talk.hears(`round ${round}.\n`);
    times.push(performance.now() - begun);
  }
  await talk.send({ closed: true });
  expect(await talk.outcome).toMatchObject({ status: 'completed', exitCode: 0 });
  return times.toSorted((a, b) => a - b);
}

/**
 * Python looks for signals between two steps: one that came just before a long sleep began would be seen at its
 * end, and one in an import would be ignored.
 */
const sleepsAlways = 'import time\nprint("up", flush=True)\nwhile True:\n    time.sleep(0.05)\n';

describe.each(drivers)('interactive runs on $name', ({ platform, name }) => {
  const under = usePlatform({ ...platform, templates: Object.keys(programs) });

  it.each(Object.entries(programs))('talks to a program in %s', async (language, code) => {
    const talk = converse(under.client, { language, code });
    await talk.hears('name? ');
    await talk.send({ data: 'Zoë\n' });
    await talk.hears('hello Zoë\n');
    await talk.send({ data: 'one\ntw' });
    await talk.send({ data: 'o\n' });
    await talk.hears('one\ntwo\n');
    await talk.send({ data: 'rest' });
    await talk.send({ closed: true });
    const { status, exitCode, stdout, stderr } = await talk.outcome;
    expect({ status, exitCode, stderr }).toEqual({ status: 'completed', exitCode: 3, stderr: '' });
    expect(stdout.replace('rest\n', 'rest')).toBe('name? hello Zoë\none\ntwo\nrest');
  });

  it('gives what the request brought before anything that is sent', async () => {
    const code = 'import sys\nprint(sys.stdin.read())\n';
    const talk = converse(under.client, { language: 'python', code, stdin: 'first ' });
    // Pieces need not be whole characters.
    await talk.send({ data: Buffer.from([0xc3]) });
    await talk.send({ data: Buffer.from([0xa9]) });
    await talk.send({ closed: true });
    expect(await talk.outcome).toMatchObject({ status: 'completed', stdout: 'first é\n' });
  });

  it('interrupts programs that handle it', async () => {
    const python = `import time
try:
    print("up", flush=True)
    time.sleep(1000)
except KeyboardInterrupt:
    print("interrupted")
`;
    const javascript = `process.on('SIGINT', () => { console.log('interrupted'); process.exit(4); });
setInterval(() => undefined, 1000);
console.log('up');
`;
    const [first, second] = [
      converse(under.client, { language: 'python', code: python }),
      converse(under.client, { language: 'javascript', code: javascript }),
    ];
    for (const talk of [first, second]) {
      await talk.hears('up\n');
      await talk.send({ signal: 'SIGINT' });
    }
    expect(await first.outcome).toMatchObject({ exitCode: 0, stdout: 'up\ninterrupted\n' });
    expect(await second.outcome).toMatchObject({ exitCode: 4, stdout: 'up\ninterrupted\n' });
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)('ends a program by %s', async (signal) => {
    const talk = converse(under.client, { language: 'python', code: sleepsAlways });
    await talk.hears('up\n');
    await talk.send({ signal });
    const { result } = await talk.outcome;
    expect(result).toMatchObject({ status: 'failed', signal, exitCode: -1 });
  });

  it('refuses input to what is not interactive, unknown, or over', async () => {
    const { client } = under;
    const slow = { language: 'python', code: 'import time\ntime.sleep(2)\n', userId: 'ann' };
    const { executionId } = await client.submit(slow);
    const refused = sendWhenRunning(client, executionId, { data: 'x' });
    expect(await codeOf(refused)).toBe('failed_precondition');
    await client.cancel(executionId);
    expect(await codeOf(client.sendInput('nobody', { data: 'x' }))).toBe('not_found');
    const talk = converse(client, { language: 'python', code: 'print(1)\n' });
    await talk.outcome;
    for (const input of [{ data: 'x' }, { closed: true }, { signal: 'SIGINT' }] as const) {
      expect(await codeOf(client.sendInput(talk.id, input))).toBe('failed_precondition');
    }
  });

  it('bounds what waits for a program that never reads, and still interrupts it', async () => {
    const { client } = under;
    const talk = converse(client, { language: 'python', code: sleepsAlways });
    await talk.hears('up\n');
    const piece = Buffer.alloc(200_000, 'x');
    const sent = Array.from({ length: 12 }, () =>
      codeOf(client.sendInput(talk.id, { data: piece })),
    );
    await until('some of it is refused', async () => {
      return (await codeOf(client.sendInput(talk.id, { data: piece }))) === 'resource_exhausted';
    });
    await client.sendInput(talk.id, { signal: 'SIGTERM' });
    expect(await talk.outcome).toMatchObject({ status: 'failed' });
    const codes = await Promise.all(sent);
    expect(codes).toContain('resource_exhausted');
    expect(codes).toContain('failed_precondition');
  });

  it('keeps to the wall time of any run', async () => {
    const talk = converse(under.client, {
      language: 'python',
      code: 'input()\n',
      timeoutSeconds: 1,
    });
    expect(await talk.outcome).toMatchObject({ status: 'timeout', exitCode: -1 });
  });

  it('passes on what is typed at the command line, and its Ctrl-C', async () => {
    const file = join(under.dataDir, 'talk.py');
    const code = `import time
print("hello", input("name? "), flush=True)
try:
    time.sleep(1000)
except KeyboardInterrupt:
    print("interrupted")
`;
    await writeFile(file, code);
    const child = spawn(process.execPath, [
      command,
      '--data-dir',
      under.dataDir,
      'run',
      '-i',
      file,
    ]);
    const said: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (piece: string) => said.push(piece));
    await until('it asks', () => said.join('') === 'name? ');
    child.stdin.write('Zoë\n');
    await until('it greets', () => said.join('').endsWith('hello Zoë\n'));
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(said.join('')).toBe('name? hello Zoë\ninterrupted\n');
  });

  it(`answers ${rounds} times`, async () => {
    const times = await echoes(under.client);
    const [p50 = 0, p99 = 0] = [times[rounds / 2], times[rounds - 2]];
    console.log(`${name}: echo p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
    expect(p50).toBeLessThan(100 * slowness());
  });
});

describe('interactive runs with two schedulers', () => {
  const under = usePlatform({ schedulers: 2, templates: ['python'] });

  it('go on when the leader is killed: the next one finds their node', async () => {
    const { client, platform } = under;
    const code = 'print("up", flush=True)\nprint(input())\nprint(input())\n';
    const talk = converse(client, { language: 'python', code, timeoutSeconds: 30 });
    // The stream of this client may end with its scheduler: what counts is the result.
    talk.outcome.catch(() => undefined);
    await talk.hears('up\n');
    const { schedulers } = platform;
    const leaders = await under.bus.bucket('leaders');
    const entry = await leaders.get('scheduler');
    const { address } = parseJsonObject(entry?.value ?? new Uint8Array());
    await talk.send({ data: 'before\n' });
    const killed = schedulers.indexOf(String(address));
    platform.signal(killed === 0 ? 'scheduler' : 'scheduler-2', 'SIGKILL');
    const { apiKey } = platform.endpoints;
    await using survivor = await connect({ address: schedulers[1 - killed] ?? '', apiKey });
    await sendWhenRunning(survivor, talk.id, { data: 'after\n' });
    const result = await until('it ends', async () => {
      const execution = await survivor.get(talk.id).catch(() => undefined);
      return execution?.result;
    });
    expect(Buffer.from(result.stdout?.data ?? []).toString()).toBe('up\nbefore\nafter\n');
  });
});
