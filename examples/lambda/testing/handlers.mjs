// Handlers of every kind that the runtime understands.

export const returns = async (event, context) => ({
  event,
  name: context.functionName,
  arn: context.invokedFunctionArn,
  hasTime: context.getRemainingTimeInMillis() > 0,
  traced: process.env._X_AMZN_TRACE_ID.startsWith('Root=1-'),
  runtime: process.env.AWS_EXECUTION_ENV,
});

export const callsBack = (event, _context, done) => {
  setImmediate(() => done(null, { event }));
};

export const fails = async () => {
  throw new TypeError('not like this');
};

let calls = 0;
export const counts = async () => {
  calls += 1;
  return calls;
};

export const streams = awslambda.streamifyResponse(async (event, out) => {
  const body = awslambda.HttpResponseStream.from(out, { statusCode: 200 });
  for (const word of event) body.write(word);
  body.end();
});

export const breaksOff = awslambda.streamifyResponse(async (_event, out) => {
  out.write('so far');
  throw new Error('no further');
});

export const hears = async () => {
  process.once('SIGTERM', () => {
    console.log('told to end');
    process.exit();
  });
};
