// A Lambda Runtime API client for nodejs* functions, run by `node -e`. Loads _HANDLER from LAMBDA_TASK_ROOT
// (CommonJS or ES module), calls it with (event, context, callback) and reports results and errors.
'use strict';
const http = require('http');
const fs = require('fs');
const path = require('path');
const { pathToFileURL } = require('url');

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let requestId;

function call(method, target, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, agent, method, path: '/2018-06-01/runtime/' + target, headers },
      (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(parts).toString() }));
      });
    request.on('error', reject);
    request.end(body);
  });
}

// console.* in Lambda's format, one event per call.
function writeEvent(text) {
  const body = Buffer.from(text);
  const head = Buffer.alloc(16);
  head.writeUInt32BE(0xa55a0003, 0);
  head.writeUInt32BE(body.length, 4);
  head.writeBigUInt64BE(BigInt(Date.now()) * 1000n, 8);
  let rest = Buffer.concat([head, body]);
  while (rest.length > 0) {
    try { rest = rest.subarray(fs.writeSync(1, rest)); } catch (error) { if (error.code !== 'EAGAIN') return; }
  }
}
const util = require('util');
const asJson = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const lowest = Math.max(levels.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL), 0);
function jsonLine(head, args) {
  const error = args.find((arg) => arg instanceof Error);
  const message = args.length === 1 && typeof args[0] === 'object' && !error ? args[0] : util.format(...args);
  const more = error ? {
    errorType: error.name, errorMessage: error.message, stackTrace: (error.stack || '').split('\n'),
  } : {};
  try {
    return JSON.stringify({ ...head, message, ...more });
  } catch {  // a cycle, a BigInt
    return JSON.stringify({ ...head, message: util.format(...args), ...more });
  }
}
for (const [name, level] of [['log', 'INFO'], ['info', 'INFO'], ['debug', 'DEBUG'], ['trace', 'TRACE'],
  ['warn', 'WARN'], ['error', 'ERROR']]) {
  console[name] = (...args) => {
    const timestamp = new Date().toISOString();
    if (asJson) {
      if (levels.indexOf(level) >= lowest) writeEvent(jsonLine({ timestamp, level, requestId }, args) + '\n');
      return;
    }
    const message = util.format(...args);
    writeEvent(`${timestamp}\t${requestId}\t${level}\t${message}\n`);
  };
}

function errorDocument(error) {
  if (error instanceof Error) {
    return { errorType: error.name, errorMessage: error.message, trace: (error.stack || '').split('\n') };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

async function fail(target, error, label) {
  const document = errorDocument(error);
  console.error(`${label} \t${JSON.stringify({ ...document, trace: undefined, stack: document.trace })}`);
  await call('POST', target, JSON.stringify(document), { 'Lambda-Runtime-Function-Error-Type': document.errorType });
}

// Response streaming: handlers made by awslambda.streamifyResponse write to a stream, which goes out as it is written.
const { Writable } = require('stream');
const kStreaming = Symbol.for('aws.lambda.runtime.handler.streaming');
class ResponseStream extends Writable {
  constructor() {
    super();
    this.contentType = 'application/octet-stream';
    this.prelude = null;
    this.sent = new Promise((resolve, reject) => { this.resolveSent = resolve; this.rejectSent = reject; });
    this.sent.catch(() => {});
  }

  setContentType(type) { this.contentType = type; }

  open() {
    if (this.request) return;
    this.request = http.request({
      host, port, agent, method: 'POST', path: `/2018-06-01/runtime/invocation/${requestId}/response`,
      headers: {
        'Content-Type': this.contentType,
        'Lambda-Runtime-Function-Response-Mode': 'streaming',
        'Transfer-Encoding': 'chunked',
        Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
      },
    }, (response) => { response.resume(); response.on('end', this.resolveSent); });
    this.request.on('error', this.rejectSent);
    if (this.prelude) this.request.write(Buffer.concat([Buffer.from(JSON.stringify(this.prelude)), Buffer.alloc(8)]));
  }

  _write(chunk, encoding, done) {
    this.open();
    this.request.write(chunk, encoding, done);
  }

  _final(done) {
    this.open();
    this.request.end(done);
  }

  failWith(document) {
    this.request.addTrailers({
      'Lambda-Runtime-Function-Error-Type': document.errorType,
      'Lambda-Runtime-Function-Error-Body': Buffer.from(JSON.stringify(document)).toString('base64'),
    });
    this.request.end();
  }
}
globalThis.awslambda = {
  streamifyResponse: (handler) => { handler[kStreaming] = 'response'; return handler; },
  HttpResponseStream: {
    from: (stream, prelude) => {
      stream.setContentType('application/vnd.awslambda.http-integration-response');
      stream.prelude = prelude;
      return stream;
    },
  },
};

async function runStreaming(handler, event, context) {
  const stream = new ResponseStream();
  try {
    const failed = new Promise((resolve, reject) => stream.on('error', reject));
    await Promise.race([handler(event, stream, context), failed]);
    if (!stream.writableEnded) stream.end();
  } catch (error) {
    if (!stream.request) throw error;
    const document = errorDocument(error);
    console.error(`Invoke Error \t${JSON.stringify({ ...document, trace: undefined, stack: document.trace })}`);
    stream.failWith(document);
  }
  await stream.sent;
}

class RuntimeError extends Error {
  constructor(name, message) { super(message); this.name = name; }
}

// `import` knows nothing of NODE_PATH, where layers and the runtime's own SDK are: what isn't found beside the code is
// looked for there, as AWS's runtime does. Hooks live in a thread of their own, so only where there is such a folder.
function importFromNodePath(root) {
  const { register } = require('module');
  const folders = (process.env.NODE_PATH || '').split(':').filter((folder) => folder && !folder.startsWith('/var/'));
  if (!register || !folders.some((folder) => fs.existsSync(folder))) return;
  const hook = `
    import { createRequire } from 'node:module';
    import { pathToFileURL } from 'node:url';
    const require = createRequire(${JSON.stringify(path.join(root, 'x.js'))});
    export async function resolve(specifier, context, next) {
      try {
        return await next(specifier, context);
      } catch (error) {
        if (!/^(@|[a-zA-Z])/.test(specifier) || !/MODULE_NOT_FOUND/.test(error.code)) throw error;
        let found;
        try { found = require.resolve(specifier); } catch { throw error; }
        return next(pathToFileURL(found).href, context);
      }
    }`;
  register('data:text/javascript,' + encodeURIComponent(hook));
}

function isModule(file, root) {
  if (file.endsWith('.mjs')) return true;
  try {
    return file.endsWith('.js') && JSON.parse(fs.readFileSync(path.join(root, 'package.json'))).type === 'module';
  } catch {
    return false;
  }
}

// AWS's runtimes carry an SDK, ours may have none: the log says so beside AWS's own words.
function explainMissingSdk(message) {
  if (!/Cannot find (module|package) '(@aws-sdk\/|@smithy\/|aws-sdk)/.test(message)) return;
  console.error("millrace: no AWS SDK for Node functions holds this module; name a node_modules folder that does with " +
    'millrace serve --node-modules DIR (or MILLRACE_NODE_MODULES)');
}

async function loadHandler() {
  const root = process.env.LAMBDA_TASK_ROOT;
  const name = process.env._HANDLER || '';
  const folder = path.dirname(name) === '.' && !name.startsWith('./') ? '' : path.dirname(name);
  const base = path.basename(name);
  const dot = base.indexOf('.');
  if (dot < 1) throw new RuntimeError('Runtime.MalformedHandlerName', 'Bad handler');
  const file = path.resolve(root, folder, base.slice(0, dot));
  const found = ['', '.js', '.mjs', '.cjs'].map((end) => file + end)
    .find((candidate) => fs.existsSync(candidate) && fs.statSync(candidate).isFile());
  if (!found) {
    throw new RuntimeError('Runtime.ImportModuleError',
      `Error: Cannot find module '${base.slice(0, dot)}'\nRequire stack:\n- /var/runtime/index.mjs`);
  }
  let module;
  try {
    if (isModule(found, root)) importFromNodePath(root);
    module = await import(pathToFileURL(found).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw new RuntimeError('Runtime.UserCodeSyntaxError', `SyntaxError: ${error.message}`);
    if (error && error.code && /MODULE_NOT_FOUND/.test(error.code)) explainMissingSdk(error.message);
    if (error && error.code && /MODULE_NOT_FOUND/.test(error.code))
      throw new RuntimeError('Runtime.ImportModuleError', `Error: ${error.message}`);
    throw error;
  }
  let handler = module;
  for (const part of base.slice(dot + 1).split('.')) {
    handler = handler && (handler[part] !== undefined ? handler[part] : handler.default && handler.default[part]);
  }
  if (handler === undefined)
    throw new RuntimeError('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw new RuntimeError('Runtime.HandlerNotFound', `${name} is not a function`);
  return handler;
}

function runHandler(handler, event, context) {
  return new Promise((resolve, reject) => {
    const callback = (error, result) => (error ? reject(error) : resolve(result));
    context.done = callback;
    context.succeed = resolve;
    context.fail = reject;
    const result = handler(event, context, callback);
    if (result && typeof result.then === 'function') result.then(resolve, reject);
    else if (handler.length < 3) setImmediate(() => resolve(result));
  });
}

async function main() {
  let handler;
  try {
    handler = await loadHandler();
  } catch (error) {
    await fail('init/error', error, 'Uncaught Exception');
    process.exit(1);
  }
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, async (error) => {
      await fail(`invocation/${requestId}/error`, error, 'Uncaught Exception').catch(() => {});
      process.exit(129);
    });
  }
  for (;;) {
    const next = await call('GET', 'invocation/next');
    requestId = next.headers['lambda-runtime-aws-request-id'];
    process.env._X_AMZN_TRACE_ID = next.headers['lambda-runtime-trace-id'] || '';
    const deadline = Number(next.headers['lambda-runtime-deadline-ms']);
    const clientContext = next.headers['lambda-runtime-client-context'];
    const context = {
      callbackWaitsForEmptyEventLoop: true,
      functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
      functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
      memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
      invokedFunctionArn: next.headers['lambda-runtime-invoked-function-arn'],
      awsRequestId: requestId,
      clientContext: clientContext ? JSON.parse(clientContext) : undefined,
      identity: undefined,
      tenantId: next.headers['lambda-runtime-aws-tenant-id'],
      getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0),
    };
    try {
      if (handler[kStreaming]) {
        await runStreaming(handler, JSON.parse(next.body), context);
        continue;
      }
      const result = await runHandler(handler, JSON.parse(next.body), context);
      await call('POST', `invocation/${requestId}/response`, JSON.stringify(result === undefined ? null : result));
    } catch (error) {
      await fail(`invocation/${requestId}/error`, error, 'Invoke Error');
    }
  }
}

main().catch(() => process.exit(1));
