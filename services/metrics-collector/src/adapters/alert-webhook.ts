// Alerts over HTTP, to whatever takes JSON. The address may hold a secret: it is in no error.
import { Alert, PlatformError } from '@pilotlight/contracts';

/**
 * Posts the alert as the JSON of the contract. Rejects with what the sender may try again where the
 * receiver is away or busy, and for good where it refuses or sends elsewhere.
 */
export function alertWebhook(
  address: string,
): (alert: Alert, signal: AbortSignal) => Promise<void> {
  const { url, headers } = requestTo(address);
  return async (alert, signal) => {
    const body = JSON.stringify(Alert.toJSON(alert));
    const status = await post(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    if (status >= 200 && status < 300) return;
    const isBusy = status >= 500 || status === 408 || status === 429;
    const code = isBusy ? 'unavailable' : 'failed_precondition';
    throw new PlatformError(code, `The webhook answered ${status}.`);
  };
}

/** Credentials go from the address into a header: fetch refuses them there. */
function requestTo(address: string): { url: URL; headers: Record<string, string> } {
  const url = new URL(address);
  const headers = { 'content-type': 'application/json', 'user-agent': 'pilotlight' };
  if (url.username === '') return { url, headers };
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  url.username = '';
  url.password = '';
  return { url, headers: { ...headers, authorization } };
}

async function post(url: URL, init: RequestInit): Promise<number> {
  try {
    const response = await fetch(url, init);
    // Nobody reads the answer, and a receiver may go on with it for ever.
    await response.body?.cancel();
    return response.status;
  } catch (thrown) {
    throw new PlatformError('unavailable', `The webhook cannot be reached: ${reasonOf(thrown)}.`);
  }
}

/** A code of the system where there is one; never a text, which could quote the address. */
function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return thrown instanceof Error ? thrown.name : 'unknown';
}
