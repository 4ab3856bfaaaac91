// A Docker engine of our own: no bridge, no iptables, its own directories and socket, so that it
// touches nothing of another engine on the machine and needs no kernel modules.
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findGvisor } from '../gvisor.mjs';
import { answers, knowsRuntime, pause } from './probe.mjs';

const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
/** Outlives the engine, so that images stay. */
const dataRoot = join(cache, 'pilotlight/docker-engine');
const runDir = '/run/pilotlight/docker-engine';
const socket = join(runDir, 'docker.sock');
const pidFile = join(runDir, 'dockerd.pid');
const log = join(runDir, 'dockerd.log');
const config = join(runDir, 'daemon.json');

/**
 * As the oci driver has them, but for control groups, which the engine asks for: sockets are those of
 * the container's own network namespace, so that ports and a way out are as with other runtimes.
 */
const gvisorFlags = [
  ...['--platform=systrap', '--network=host', '--overlay2=none'],
  ...['--host-fifo=open', '--oci-seccomp'],
];

/** Where it listens while it runs. */
export const privateHost = `unix://${socket}`;

/**
 * Starts it in the background. Resolves with `{host, started: true}` once it answers, or with
 * `{host: null, reason}`. The storage driver is left to dockerd, which tries overlay2 first.
 */
export async function startPrivateEngine(say) {
  if (privatePid() === undefined) cleanUp();
  mkdirSync(dataRoot, { recursive: true, mode: 0o711 });
  mkdirSync(runDir, { recursive: true, mode: 0o700 });
  say(`Starting a private Docker engine (log: ${log}; images: ${dataRoot}).`);
  writeConfig();
  const output = openSync(log, 'a');
  const daemon = spawn(
    'dockerd',
    [
      ...['--host', privateHost, '--data-root', dataRoot, '--pidfile', pidFile],
      ...['--exec-root', join(runDir, 'exec'), '--config-file', config],
      ...['--bridge=none', '--iptables=false', '--ip6tables=false'],
      ...['--ip-forward=false', '--ip-masq=false'],
    ],
    { detached: true, stdio: ['ignore', output, output] },
  );
  closeSync(output);
  const failure = await untilAnswers(daemon);
  daemon.unref();
  return failure ? { host: null, reason: failure } : { host: privateHost, started: true };
}

/** One of the machine's own may be meant for another engine. Answers whether it is another than before. */
function writeConfig() {
  const gvisor = findGvisor();
  const runtimes = gvisor && { runsc: { path: gvisor, runtimeArgs: gvisorFlags } };
  const wanted = JSON.stringify({ runtimes });
  if (read(config) === wanted) return false;
  writeFileSync(config, wanted);
  return true;
}

/** Lets the private engine, if it is running, know of gVisor where that was installed after it. */
export async function registerGvisor() {
  const pid = privatePid();
  if (pid === undefined || !writeConfig()) return;
  process.kill(pid, 'SIGHUP');
  for (let waited = 0; waited < 5_000 && !(await knowsRuntime(privateHost, 'runsc')); waited += 50)
    await pause(50);
}

/** Undefined once it answers; else why it does not. */
async function untilAnswers(daemon) {
  let ended;
  daemon.once('error', (error) => {
    ended = error.message;
  });
  daemon.once('exit', (code, signal) => {
    ended = `exit ${code ?? signal}`;
  });
  for (let waited = 0; waited < 60_000 && ended === undefined; waited += 50) {
    if (await answers(privateHost)) return undefined;
    await pause(50);
  }
  if (ended === undefined) daemon.kill('SIGKILL');
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  const complaint = lines.findLast((line) => /level=(error|fatal)/.test(line)) ?? lines.at(-1);
  return `dockerd did not come up (${ended ?? 'no answer in 60 s'}): ${complaint}`;
}

/**
 * Stops it and with it its containers, waits until it is gone, and removes what it leaves. Resolves
 * with whether there was one. Its images stay.
 */
export async function stopPrivateEngine(say) {
  const pid = privatePid();
  if (pid !== undefined) {
    say(`Stopping the private Docker engine (process ${pid}).`);
    process.kill(pid, 'SIGTERM');
    for (let waited = 0; state(pid) !== undefined; waited += 50) {
      if (waited === 30_000) throw new Error(`dockerd (process ${pid}) ignores SIGTERM.`);
      await pause(50);
    }
  }
  cleanUp();
  return pid !== undefined;
}

/** The private engine's process, if the one in its pid file is really it. */
function privatePid() {
  if (!existsSync(pidFile)) return undefined;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  return pid > 1 && read(`/proc/${pid}/cmdline`)?.includes(socket) ? pid : undefined;
}

/** The letter of a process's state; undefined when it is gone or only its parent's to collect. */
function state(pid) {
  const letter = /^\d+ \(.*\) (\w)/s.exec(read(`/proc/${pid}/stat`) ?? '')?.[1];
  return letter === 'Z' || letter === 'X' ? undefined : letter;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}

/** dockerd leaves mounted network namespaces, as gVisor does, and its empty parent cgroups. */
function cleanUp() {
  const mounted = (read('/proc/self/mountinfo') ?? '')
    .split('\n')
    .map((line) => line.split(' ')[4]);
  for (const path of mounted.filter((point) => point?.startsWith(`${runDir}/`)).reverse()) {
    spawnSync('umount', [path], { stdio: 'ignore' });
  }
  rmSync(runDir, { recursive: true, force: true });
  const root = '/sys/fs/cgroup';
  const parents = existsSync(root) ? ['.', ...readdirSync(root)] : [];
  for (const parent of parents) {
    try {
      rmdirSync(join(root, parent, 'docker'));
    } catch (error) {
      // In use by another engine, or never made.
      if (!['ENOENT', 'ENOTDIR', 'EBUSY', 'ENOTEMPTY', 'EROFS'].includes(error.code)) throw error;
    }
  }
}
