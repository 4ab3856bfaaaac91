// What runs inside of a function's process: loads the handler as AWS's Node runtimes do, then answers
// one invocation after another over the Runtime API. Plain JavaScript, for Node 18 and later.
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatError, postError, respond, streamResponse } from './bootstrap-answers.mjs';

const streaming = Symbol.for('aws.lambda.runtime.handler.streaming');
const { env } = process;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const api = { host: env.AWS_LAMBDA_RUNTIME_API, path: '/2018-06-01/runtime', agent };

globalThis.awslambda = {
  streamifyResponse: (handler) => Object.assign(handler, { [streaming]: 'response' }),
  HttpResponseStream: {
    /** Status and headers go before the body, eight zero bytes apart. */
    from(stream, prelude) {
      stream.setContentType('application/vnd.awslambda.http-integration-response');
      stream.write(JSON.stringify(prelude));
      stream.write(Buffer.alloc(8));
      return stream;
    },
  },
};

let handler;
try {
  handler = await loadHandler(env.LAMBDA_TASK_ROOT, env._HANDLER);
} catch (error) {
  console.error(error);
  await postError(api, '/init/error', formatError(error));
  process.exit(1);
}
for (;;) await answer(await next());

/** `folder/file.export`; the file without its extension. */
async function loadHandler(root, name) {
  const [, file, path] = /^([^.]*)\.(.*)$/.exec(basename(name)) ?? [];
  if (file === undefined) throw new Error(`${name} names no handler.`);
  const loaded = await loadModule(join(root, dirname(name), file));
  const found = pick(loaded, path) ?? pick(loaded?.default, path);
  if (typeof found !== 'function') throw new Error(`${name} is not a function.`);
  return found;
}

function pick(from, path) {
  return path.split('.').reduce((value, key) => value?.[key], from);
}

/** CommonJS is required by the runtimes of Node 20 and older, and imported by the later ones. */
function loadModule(file) {
  const found = ['', '.js', '.mjs', '.cjs'].map((it) => file + it).find((it) => existsSync(it));
  if (found === undefined) throw new Error(`Cannot find module '${basename(file)}'`);
  const [major] = process.versions.node.split('.');
  const isImported = Number(major) >= 22 || found.endsWith('.mjs') || isModule(found);
  return isImported ? import(pathToFileURL(found).href) : createRequire(found)(found);
}

/** What the nearest package.json says of a `.js`. */
function isModule(file) {
  if (!file.endsWith('.js')) return false;
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const description = join(folder, 'package.json');
    if (existsSync(description)) return JSON.parse(readFileSync(description)).type === 'module';
    if (folder === dirname(folder)) return false;
  }
}

function next() {
  return new Promise((resolve, reject) => {
    const request = http.get(...at('/invocation/next'), async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({ headers: response.headers, event: JSON.parse(Buffer.concat(chunks)) });
    });
    request.on('error', reject);
  });
}

function at(path) {
  return [`http://${api.host}${api.path}${path}`, { agent }];
}

async function answer({ headers, event }) {
  const id = headers['lambda-runtime-aws-request-id'];
  env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
  const context = contextOf(id, headers);
  try {
    if (handler[streaming]) await streamResponse(api, id, (out) => handler(event, out, context));
    else await respond(api, id, await call(event, context));
  } catch (error) {
    await postError(api, `/invocation/${id}/error`, formatError(error));
  }
}

/** A handler answers with a promise, by the callback, or by the context's older functions. */
function call(event, context) {
  return new Promise((resolve, reject) => {
    const done = (error, result) => (error == null ? resolve(result) : reject(error));
    Object.assign(context, { done, succeed: resolve, fail: reject });
    const returned = handler(event, context, done);
    if (typeof returned?.then === 'function') returned.then(resolve, reject);
    else if (handler.length < 3 && returned !== undefined) resolve(returned);
  });
}

function contextOf(id, headers) {
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms']);
  return {
    awsRequestId: id,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}
