// The part of `pg` that is used here; it brings no types of its own.
declare module 'pg' {
  interface QueryResult {
    readonly rows: readonly Record<string, unknown>[];
  }
  export interface PoolClient {
    query(sql: string, parameters?: readonly unknown[]): Promise<QueryResult>;
    release(error?: Error): void;
    on(event: 'error', listener: (error: Error) => void): this;
    off(event: 'error', listener: (error: Error) => void): this;
  }
  export interface PoolConfig {
    readonly connectionString: string;
    readonly max: number;
    readonly connectionTimeoutMillis: number;
    readonly statement_timeout: number;
    readonly idle_in_transaction_session_timeout: number;
    readonly application_name: string;
    readonly allowExitOnIdle: boolean;
  }
  export class Pool {
    constructor(config: PoolConfig);
    query(sql: string, parameters?: readonly unknown[]): Promise<QueryResult>;
    connect(): Promise<PoolClient>;
    on(event: 'error', listener: (error: Error) => void): this;
    end(): Promise<void>;
  }
}
