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
  export interface TransferOptions {
    /** Options for the server that are not TFTP's own. */
    readonly userExtensions: Readonly<Record<string, string>>;
  }
  type Done = (error?: Error | null) => void;
  export interface Client {
    get(remoteFile: string, localFile: string, done: Done): void;
    get(remoteFile: string, localFile: string, options: TransferOptions, done: Done): void;
  }
  export function createClient(options?: ClientOptions): Client;
}
