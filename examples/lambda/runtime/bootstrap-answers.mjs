// How a function's process answers an invocation: in one piece, as a stream, or with an error.
import http from 'node:http';

/** As AWS's runtimes send it. */
export function formatError(error) {
  if (!(error instanceof Error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  const trace = (error.stack ?? '').split('\n');
  return { errorType: error.name, errorMessage: error.message, trace };
}

/** `undefined` is null to a caller. */
export function respond(api, id, value) {
  return post(api, `/invocation/${id}/response`, JSON.stringify(value ?? null));
}

export function postError(api, path, error) {
  const headers = { 'Lambda-Runtime-Function-Error-Type': error.errorType };
  return post(api, path, JSON.stringify(error), headers);
}

function post(api, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = open(api, path, { ...headers, 'Content-Type': 'application/json' }, resolve);
    request.on('error', reject).end(body);
  });
}

/**
 * Hands the handler the request's body to write into, and resolves when all of it was taken. A
 * handler that fails after its first byte tells so in the trailers.
 */
export function streamResponse(api, id, run) {
  return new Promise((resolve, reject) => {
    const headers = {
      'Lambda-Runtime-Function-Response-Mode': 'streaming',
      'Content-Type': 'application/octet-stream',
      'Transfer-Encoding': 'chunked',
      Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
    };
    const request = open(api, `/invocation/${id}/response`, headers, resolve);
    request.on('error', reject);
    request.setContentType = (type) => request.setHeader('Content-Type', type);
    Promise.resolve()
      .then(() => run(request))
      .then(
        () => request.end(),
        (error) => {
          const { errorType, ...rest } = formatError(error);
          const body = Buffer.from(JSON.stringify({ errorType, ...rest })).toString('base64');
          request.addTrailers({
            'Lambda-Runtime-Function-Error-Type': errorType,
            'Lambda-Runtime-Function-Error-Body': body,
          });
          request.end();
        },
      );
  });
}

function open(api, path, headers, answered) {
  const options = { method: 'POST', agent: api.agent, headers };
  return http.request(`http://${api.host}${api.path}${path}`, options, (response) => {
    response.resume().on('end', answered);
  });
}
