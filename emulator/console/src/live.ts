// One stream of the server's: it tells that something happened, and the pages ask again. Closed while nobody looks.
import { Shared } from "./state";

export interface Clock {
  now: number; // milliseconds since the epoch, at `at`
  frozen: boolean;
  at: number; // performance.now()
}

/** Counts what the server told of. */
export const happened = new Shared(0);
export const clock = new Shared<Clock | undefined>(undefined);
/** False while the stream is cut: the pages then ask by themselves. */
export const connected = new Shared(false);

let source: EventSource | undefined;

export function setClock(now: number, frozen: boolean) {
  clock.value = { now, frozen, at: performance.now() };
}

function open() {
  if (source || document.hidden) return;
  source = new EventSource("/_millrace/events");
  source.onmessage = (event) => {
    const told = JSON.parse(event.data);
    setClock(told.now, told.frozen);
    connected.value = true;
    happened.value++;
  };
  source.onerror = () => {
    connected.value = false;
    if (source?.readyState === EventSource.CLOSED) {
      source = undefined;
      setTimeout(open, 2000);
    }
  };
}

function close() {
  source?.close();
  source = undefined;
  connected.value = false;
}

document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
window.addEventListener("pagehide", close);
open();
