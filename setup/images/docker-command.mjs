// The docker command against one engine.
import { spawn, spawnSync } from 'node:child_process';

/** Node's names for what engines say of their processor. */
const processors = { amd64: 'x64' };

/** Throws where the command is missing. */
export function dockerAt(host) {
  const env = { ...process.env, DOCKER_HOST: host };
  const run = (args, input) =>
    spawnSync('docker', args, { env, input, encoding: 'utf8', maxBuffer: 64 << 20 });
  if (run(['version']).error) throw new Error('The `docker` command is missing.');

  /** Throws with what the engine said. */
  const must = (what, args, input) => {
    const { status, stdout, stderr } = run(args, input);
    if (status !== 0) throw new Error(`${what} failed:\n${lastLines(`${stdout}${stderr}`)}`);
    return `${stdout}${stderr}`;
  };
  const inspect = (name) => {
    const { status, stdout } = run(['image', 'inspect', '--format', '{{json .}}', name]);
    return status === 0 ? JSON.parse(stdout) : undefined;
  };
  return {
    run,
    must,
    start: (args, stdin) => {
      const child = spawn('docker', args, { env, stdio: ['pipe', 'ignore', 'inherit'] });
      stdin.pipe(child.stdin);
      return child;
    },
    /** The engine's processor as Node names it. */
    arch: () => {
      const said = run(['version', '--format', '{{.Server.Arch}}']).stdout.trim();
      return processors[said] ?? said;
    },
    imageId: (name) => inspect(name)?.Id,
    /** What `npm run images` wrote on an image, and its size; undefined where there is none. */
    present: (name) => {
      const image = inspect(name);
      if (image === undefined) return undefined;
      const labels = image.Config?.Labels ?? {};
      return {
        id: image.Id,
        sizeBytes: image.Size,
        recipe: labels['pilotlight.recipe'],
        fromId: labels['pilotlight.from'],
      };
    },
  };
}

const keptLines = 40;
const lastLines = (text) => text.trimEnd().split('\n').slice(-keptLines).join('\n');
