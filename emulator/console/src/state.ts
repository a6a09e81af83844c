// What all pages share: whose world is shown, and which page.
import { useEffect, useState } from "preact/hooks";

export class Shared<T> {
  private readonly listeners = new Set<() => void>();
  constructor(private current: T) {}
  get value() {
    return this.current;
  }
  set value(next: T) {
    this.current = next;
    this.listeners.forEach((told) => told());
  }
  /** Calls `told` after each change; returns how to end that. */
  listen(told: () => void): () => void {
    this.listeners.add(told);
    return () => void this.listeners.delete(told);
  }
  use(): T {
    const [, again] = useState(0);
    useEffect(() => this.listen(() => again((n) => n + 1)), []);
    return this.current;
  }
}

function kept(name: string, usual: string): Shared<string> {
  const shared = new Shared(localStorage.getItem(`millrace.${name}`) ?? usual);
  return shared;
}

export const account = kept("account", "000000000000");
export const region = kept("region", "us-east-1");

export function choose(which: Shared<string>, name: string, value: string) {
  localStorage.setItem(`millrace.${name}`, value);
  which.value = value;
}

/** The page: "#/table/orders" is ["table", "orders"]. */
export const route = new Shared<string[]>(readRoute());
function readRoute(): string[] {
  return location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
}
window.addEventListener("hashchange", () => (route.value = readRoute()));

export const link = (...parts: string[]) => "#/" + parts.map(encodeURIComponent).join("/");
