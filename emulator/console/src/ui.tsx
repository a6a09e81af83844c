// The pieces that pages are made of.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { AwsError } from "./aws";
import { happened } from "./live";
import { account, region } from "./state";

// What changes without a word from the server (another program's file, a retention) is seen this late.
const BLIND_MS = 10_000;

export interface Loaded<T> {
  value?: T;
  error?: Error;
  again: () => void;
}

/** What `load` gives; asked for again when `depends` changes, and while the page is seen when the server tells that something
 * happened, every `every` milliseconds at most; 0: never. */
export function useLoad<T>(load: () => Promise<T>, depends: unknown[], every = 0): Loaded<T> {
  const [state, set] = useState<{ value?: T; error?: Error }>({});
  const [turn, again] = useState(0);
  const newest = useRef(0);
  const world = [account.use(), region.use()];
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let soon = false;
    let asked = 0;
    const mine = ++newest.current;
    const askIn = (ms: number) => {
      clearTimeout(timer);
      timer = setTimeout(ask, ms);
    };
    const ask = async () => {
      soon = true;
      asked = performance.now();
      if (!document.hidden) {
        try {
          const value = await load();
          if (mine === newest.current) set({ value });
        } catch (error) {
          if (mine === newest.current) set((before) => ({ value: before.value, error: error as Error }));
        }
      }
      soon = false;
      if (every && mine === newest.current) askIn(BLIND_MS);
    };
    void ask();
    const end = happened.listen(() => {
      if (!every || soon) return;
      soon = true;
      askIn(Math.max(0, asked + every - performance.now()));
    });
    return () => {
      end();
      newest.current++;
      clearTimeout(timer);
    };
  }, [...depends, ...world, turn]);
  return { ...state, again: () => again((n) => n + 1) };
}

export function Problem({ error }: { error?: Error }) {
  if (!error) return null;
  const code = error instanceof AwsError && error.code ? `${error.code}: ` : "";
  return (
    <p class="problem" role="alert">
      {code}
      {error.message}
    </p>
  );
}

export function Panel({ title, children, actions }: { title: ComponentChildren; children: ComponentChildren; actions?: ComponentChildren }) {
  return (
    <section class="panel">
      <header>
        <h2>{title}</h2>
        <div class="actions">{actions}</div>
      </header>
      {children}
    </section>
  );
}

/** Rows of cells; says so when there are none. */
export function Rows({ head, rows, none }: { head: string[]; rows: ComponentChildren[][]; none: string }) {
  if (!rows.length) return <p class="none">{none}</p>;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {head.map((cell) => (
              <th key={cell}>{cell}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, n) => (
                <td key={n}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A button whose work may fail; what it says is shown beside it. */
export function Action({ text, run, danger }: { text: string; run: () => Promise<unknown> | unknown; danger?: boolean }) {
  const [error, set] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const act = async () => {
    setBusy(true);
    set(undefined);
    try {
      await run();
    } catch (problem) {
      set(problem as Error);
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" class={danger ? "danger" : ""} disabled={busy} onClick={act}>
        {text}
      </button>
      <Problem error={error} />
    </>
  );
}

export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

export function Facts({ of }: { of: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export const time = (ms: number) => new Date(ms).toISOString().replace("T", " ").replace("Z", "");
export const nameOf = (arn: string) => arn.split(/[:/]/).pop()!;
