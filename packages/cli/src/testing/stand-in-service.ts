// A service in a few lines: answers /readyz, ends with its supervisor, fails when it is told to.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { port: { type: 'string' }, fail: { type: 'boolean' } } });

function log(level: string, msg: string): void {
  process.stdout.write(`${JSON.stringify({ level, msg })}\n`);
}

if (values.fail === true) {
  log('fatal', 'did not start: it was told not to');
  process.exit(1);
}

const server = createServer((_, response) => response.end('{}'));
server.listen(Number(values.port), '127.0.0.1', () => log('warn', 'this is a stand-in'));
process.stdin.on('end', () => process.exit(0)).resume();
process.on('SIGTERM', () => process.exit(0));
