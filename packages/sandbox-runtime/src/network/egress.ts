// A way out of a sandbox: slirp4netns, an unprivileged network stack in user space on the host, and
// before its link comes up the rules that keep it to public addresses.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import type { Readable } from 'node:stream';
import { PlatformError } from '@pilotlight/contracts';
import { egressRules, ownAddresses } from './egress-rules.ts';
import { lastWords } from './last-words.ts';
import { programPath, runToEnd } from './programs.ts';

/** The largest that slirp4netns takes with room for its headers; small ones cost throughput. */
const mtu = 65_520;
const link = 'tap0';

/** The link of one sandbox. */
export interface Egress {
  /** Cuts it and resolves when its process is gone. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens the way out of the namespace at `path`. Fails closed: without the rules there is no link, and
 * a link that does not come up is taken down. Rejects with `unavailable` and the reason. The host's
 * own addresses are those of this moment: one that the host gets later is not refused.
 */
export async function openEgress(path: string): Promise<Egress> {
  const enter = [programPath('nsenter'), `--net=${path}`];
  const rules = egressRules(ownAddresses(networkInterfaces()));
  await runToEnd([...enter, programPath('nft'), '-f', '-'], rules);
  return startLink(path);
}

async function startLink(path: string): Promise<Egress> {
  const options = ['--configure', '--disable-host-loopback', `--mtu=${mtu}`];
  // It ends with us: descriptor 4 is a pipe whose other end only this process has.
  const ours = ['--ready-fd=3', '--exit-fd=4', '--enable-seccomp', '--netns-type=path'];
  const stdio = ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] as const;
  const child = spawn(programPath('slirp4netns'), [...options, ...ours, path, link], {
    stdio: [...stdio],
  });
  const ended = Promise.withResolvers<void>();
  child.once('error', () => ended.resolve());
  child.once('exit', () => ended.resolve());
  const close = async () => {
    child.kill('SIGKILL');
    await ended.promise;
  };
  const [, , errors, ready, lifeline] = child.stdio;
  const said = lastWords(errors as Readable);
  lifeline?.on('error', () => undefined);
  const isUp = await Promise.race([
    once(ready as Readable, 'data').then(() => true),
    ended.promise.then(() => false),
  ]);
  if (isUp) return { close };
  await close();
  throw new PlatformError('unavailable', `slirp4netns failed: ${said()}`);
}
