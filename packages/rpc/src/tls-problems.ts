// Why two ends did not come together, in a sentence that says what to check.

/** OpenSSL's and Node's codes for a certificate of nobody whom this side trusts. */
const untrusted: ReadonlySet<string> = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
]);

/** Alerts by which a server refuses the certificate that it was shown, or the lack of one. */
const refused: ReadonlySet<string> = new Set([
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
  'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
  'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE',
  'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED',
]);

/** What a failed or broken-off TLS handshake means. */
export function tlsProblem(server: string, error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (untrusted.has(code)) {
    return `The certificate of ${server} was not signed by a CA that is trusted here. Check the CA file, and that this is the right server.`;
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const state = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet';
    return `The certificate of ${server} ${state}. Renew it, or check this machine's clock.`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `The certificate of ${server} is for another name (${error.message}). Have it made for this one, or set the server name that it is for.`;
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return `${server} does not speak TLS. Check the address, and whether the server has TLS set up.`;
  }
  if (refused.has(code)) return closedAfterHandshake(server);
  return `TLS with ${server} failed: ${error.message}`;
}

/** The server ended a connection on which its own certificate was accepted. */
export function closedAfterHandshake(server: string): string {
  return `${server} refused this client after the TLS handshake. It may want a client certificate that its CA signed and that has not expired.`;
}

/** The server ended a connection without TLS before a word was understood. */
export function closedInPlainText(server: string): string {
  return `${server} closed the connection at once. It may want TLS: check whether it has a certificate set up, and connect with its CA.`;
}
