// Where an engine is, in dockerode's terms.

/** `unix:///path` or `tcp://host:port`, as DOCKER_HOST has it. */
export function engineConnection(host: string): Readonly<Record<string, unknown>> {
  const url = new URL(host);
  if (url.protocol === 'unix:') return { socketPath: url.pathname };
  return { protocol: 'http', host: url.hostname, port: Number(url.port || 2375) };
}
