// Asks a service whether it is ready, the way an orchestrator does.
import { get } from 'node:http';

/** `undefined` when it is ready; otherwise why not, in its own words where it has any. */
export function readinessProblem(opsAddress: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { timeout: 2_000, agent: false };
    const request = get(`http://${opsAddress}/readyz`, options, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => {
        const body = Buffer.concat(pieces).toString('utf8').trim();
        resolve(response.statusCode === 200 ? undefined : body || `HTTP ${response.statusCode}`);
      });
    });
    request.on('timeout', () => request.destroy(new Error('does not answer')));
    request.on('error', (error) => resolve(error.message));
  });
}
