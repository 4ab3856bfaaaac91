// What connections that are kept open and say nothing cost the gateway.
import { connect, type Socket } from 'node:net';
import { usageOf } from '../processes.ts';
import { pause, type Stack } from '../stack.ts';
import { hundredths, say } from '../statistics.ts';

const count = 500;
const restMs = 20_000;

/** Each has made one call before it falls silent. */
export async function measureIdleConnections({ platform }: Stack) {
  const gateway = platform.pids().get('gateway') ?? 0;
  const { hostname, port } = new URL(platform.endpoints.http);
  say(`${count} silent connections for ${restMs / 1_000} s …`);
  const alone = await atRest(gateway);
  const sockets = await Promise.all(
    Array.from({ length: count }, () => callOnce(hostname, Number(port))),
  );
  const open = await atRest(gateway);
  for (const socket of sockets) socket.destroy();
  return {
    count,
    core_percent: hundredths(Math.max(0, open.corePercent - alone.corePercent)),
    kb_each: hundredths(((open.pssMb - alone.pssMb) * 1_024) / count),
  };
}

async function atRest(pid: number): Promise<{ corePercent: number; pssMb: number }> {
  const before = usageOf(pid);
  await pause(restMs);
  const after = usageOf(pid);
  if (before === undefined || after === undefined) throw new Error('The gateway is gone.');
  return { corePercent: ((after.cpuMs - before.cpuMs) / restMs) * 100, pssMb: after.pssMb };
}

/** Resolves with the connection when it is answered. */
function callOnce(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    socket.once('error', reject);
    socket.once('data', () => resolve(socket));
    socket.write(`GET /api/v1/health HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  });
}
