// The gateway as a program that uses it from outside: REST over kept connections, and WebSockets.
import { Agent, request } from 'node:http';
import WebSocket from 'ws';

export interface GatewayClient {
  /** `POST /api/v1/execute?wait=true`: resolves with the result. */
  run(code: string): Promise<RestResult>;
  /** `POST /api/v1/execute`: resolves with the execution's id. */
  submit(code: string, timeoutSeconds?: number): Promise<string>;
  /** A socket on an execution; its frames are handed over as they come. */
  watch(executionId: string, onFrame: (frame: Frame) => void): WebSocket;
  close(): void;
}

export interface RestResult {
  readonly status: string;
  readonly stdout: string;
  readonly from_warm_pool: boolean;
}

/** The part of a frame that is measured. */
export interface Frame {
  readonly type: string;
  readonly data?: string;
}

export function gatewayClient(address: string, apiKey: string): GatewayClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const headers = { 'content-type': 'application/json', 'x-api-key': apiKey };
  const post = (path: string, body: object) =>
    new Promise<unknown>((resolve, reject) => {
      const sent = request(`${address}${path}`, { agent, headers, method: 'POST' }, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(pieces).toString();
          if ((response.statusCode ?? 500) < 300) resolve(JSON.parse(text));
          else reject(new Error(`${path} answered ${response.statusCode}: ${text}`));
        });
      });
      sent.on('error', reject);
      sent.end(JSON.stringify(body));
    });
  return {
    run: async (code) =>
      (await post('/api/v1/execute?wait=true', { language: 'python', code })) as RestResult,
    async submit(code, timeout = 10) {
      const accepted = await post('/api/v1/execute', { language: 'python', code, timeout });
      return (accepted as { execution_id: string }).execution_id;
    },
    watch(executionId, onFrame) {
      const url = `${address.replace('http', 'ws')}/ws/execution/${executionId}`;
      const socket = new WebSocket(url, { headers: { 'x-api-key': apiKey } });
      socket.on('message', (data: Buffer) => onFrame(JSON.parse(data.toString()) as Frame));
      return socket;
    },
    close: () => agent.destroy(),
  };
}
