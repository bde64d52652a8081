// The npm package `tftp` has no types of its own; this much of it is used.
declare module 'tftp' {
  export interface ClientOptions {
    readonly host?: string;
    readonly port?: number;
    readonly blockSize?: number;
    readonly windowSize?: number;
    readonly retries?: number;
    /** Milliseconds. */
    readonly timeout?: number;
  }
  export interface Client {
    get(remoteFile: string, localFile: string, done: (error?: Error | null) => void): void;
  }
  export function createClient(options?: ClientOptions): Client;
}
