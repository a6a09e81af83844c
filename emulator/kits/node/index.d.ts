export class MillraceError extends Error {}

/** What a drain waited for in vain. */
export interface Pending {
  what: string;
  account?: string;
  source?: string;
  function?: string;
  records?: number;
  since?: string;
  lastError?: string;
  nextTry?: string;
}
export class NotDrained extends MillraceError {
  readonly waitingFor: string[];
  readonly pending: Pending[];
}

/** The server's program: $MILLRACE_BINARY, the optional package's, or `millrace` on the PATH. */
export function program(): string;
/** Milliseconds of a number of seconds or a text such as "90s", "2h", "1d12h". */
export function milliseconds(span: number | string): number;

export interface Clock {
  now(): Promise<Date>;
  /** A number counts seconds; a text such as "2h". */
  advance(by: number | string): Promise<unknown>;
  set(to: Date | number | string): Promise<unknown>;
  freeze(): Promise<unknown>;
  resume(): Promise<unknown>;
}

export interface ClientConfig {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  forcePathStyle: boolean;
  maxAttempts: number;
}

export interface Account {
  readonly id: string;
  readonly region: string;
  /** Options for any client of the AWS SDK for JavaScript v3. */
  readonly config: ClientConfig;
  /** Variables for a program that is to use this account. */
  readonly environment: Record<string, string>;
  /** Rules for this account's calls and functions. */
  readonly faults: Faults;
  /** Saved states of this account alone. */
  readonly snapshots: Snapshots;
  drain(options?: DrainOptions): Promise<void>;
  reset(options?: { service?: string }): Promise<unknown>;
  traceOf(name?: string): Promise<any[]>;
  stack(folder: string, options?: StackOptions): Promise<Stack>;
  /** The lines of a function's log, oldest first; with `waitFor` as soon as a line holds it. */
  logsOf(functionName: string, options?: { waitFor?: string; timeoutMs?: number }): Promise<string[]>;
}

/** Which calls a fault is about; without any: every call. */
export interface Which {
  service?: string;
  operation?: string;
  /** A name that the call's body or path holds: a table, a bucket. */
  resource?: string;
  /** This call; the first is 1. */
  nth?: number;
  /** So many, from the nth on. */
  times?: number;
  /** Each with this probability, drawn from `seed`. */
  share?: number;
  seed?: number;
  /** For so long by the emulator's clock. */
  forMs?: number;
  message?: string;
  status?: number;
  error?: string;
  delayMs?: number;
  items?: number;
}
export interface Hit {
  at: string;
  what: string;
  account: string;
  requestId: string;
}
export interface Fault {
  readonly id: string;
  applied(): Promise<number>;
  hits(): Promise<Hit[]>;
  remove(): Promise<unknown>;
}
export interface Faults {
  add(kind: string, rule?: Which & { function?: string }): Promise<Fault>;
  list(): Promise<any[]>;
  clear(id?: string): Promise<unknown>;
  error(operation: string, code: string, which?: Which): Promise<Fault>;
  throttle(operation?: string, which?: Which): Promise<Fault>;
  slowDown(operation?: string, which?: Which): Promise<Fault>;
  delay(operation: string | undefined, seconds: number, which?: Which): Promise<Fault>;
  unprocessed(items?: number, which?: Which): Promise<Fault>;
  conflict(operation?: string, which?: Which): Promise<Fault>;
  iteratorExpired(which?: Which): Promise<Fault>;
  functionError(name?: string, which?: Which): Promise<Fault>;
  functionTimeout(name?: string, which?: Which): Promise<Fault>;
  environmentDeath(name?: string, which?: Which): Promise<Fault>;
  functionThrottle(name?: string, which?: Which): Promise<Fault>;
  twice(name?: string, which?: Which): Promise<Fault>;
  kill(name?: string, which?: Which): Promise<Fault>;
  splitShard(table: string): Promise<unknown>;
}
export interface SnapshotInfo {
  name: string;
  created: string;
  version: string;
  account?: string;
  bytes: number;
  clock: { frozen: boolean; now: string };
}
export interface Snapshots {
  save(name: string): Promise<unknown>;
  load(name: string): Promise<unknown>;
  list(): Promise<SnapshotInfo[]>;
  delete(name: string): Promise<unknown>;
  export(name: string, file: string): Promise<void>;
  import(name: string, file: string): Promise<unknown>;
}
export interface StackOptions {
  variables?: Record<string, string>;
  environment?: Record<string, string>;
  terraform?: string;
}
export interface Stack {
  readonly outputs: Record<string, any>;
  apply(): Promise<this>;
  destroy(): Promise<void>;
}
export interface DrainOptions {
  timeoutS?: number;
  table?: string;
  function?: string;
}

export interface MillraceOptions {
  /** A server that runs already; it is then neither started nor stopped. */
  url?: string;
  /** A folder that outlives the server; without one everything is temporary. */
  dataDir?: string;
  port?: number;
  /** Further options of `millrace serve`. */
  args?: string[];
}

export class Millrace implements AsyncDisposable {
  constructor(options?: MillraceOptions);
  /** MILLRACE_URL's server, or a new one that is ready. */
  static start(options?: MillraceOptions): Promise<Millrace>;
  readonly url: string;
  readonly log: string;
  readonly clock: Clock;
  start(): Promise<this>;
  stop(): Promise<void>;
  /** Resolves when the server that start() started has ended, whoever ended it. */
  ended(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
  /** A new account, or the one with this number. */
  account(id?: string, options?: { region?: string }): Account;
  /** Waits until every committed record has been through every mapping and nothing asynchronous is under way. */
  drain(options?: DrainOptions & { account?: Account | string }): Promise<void>;
  readonly faults: Faults;
  readonly snapshots: Snapshots;
  reset(options?: { account?: Account | string; service?: string }): Promise<unknown>;
  replay(of: string, options?: { from?: string | number; to?: string | number; account?: Account | string }): Promise<any>;
  /** An account with a stack in it: applied once in this process, later brought back by a snapshot. */
  withStack(folder: string, options?: StackOptions): Promise<Account & { outputs: Record<string, any> }>;
  /** One request to /_millrace/<path>. */
  admin(method: string, path: string, body?: string): Promise<any>;
}
