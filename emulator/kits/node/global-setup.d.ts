export function setup(): Promise<() => Promise<void>>;
export function teardown(): Promise<void>;
export default setup;
