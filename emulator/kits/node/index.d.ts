export class MillraceError extends Error {}

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
  /** The lines of a function's log, oldest first; with `waitFor` as soon as a line holds it. */
  logsOf(functionName: string, options?: { waitFor?: string; timeoutMs?: number }): Promise<string[]>;
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
  [Symbol.asyncDispose](): Promise<void>;
  /** A new account, or the one with this number. */
  account(id?: string, options?: { region?: string }): Account;
  /** Waits until every committed record has been through every mapping and nothing asynchronous is under way. */
  drain(options?: { timeoutS?: number }): Promise<unknown>;
  /** One request to /_millrace/<path>. */
  admin(method: string, path: string, body?: string): Promise<any>;
}
