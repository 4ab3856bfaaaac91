// The part of dockerode that the docker driver and its tests use. The package has no types of its own, and the
// published ones leave the answers untyped.
declare module 'dockerode' {
  import type { Duplex, Readable } from 'node:stream';

  interface EngineInfo {
    readonly ServerVersion: string;
    readonly CgroupVersion?: '1' | '2';
    readonly CgroupDriver: string;
    /** As `uname -m` says it. */
    readonly Architecture: string;
    readonly DefaultRuntime: string;
    readonly Runtimes: Readonly<Record<string, unknown>>;
    readonly SecurityOptions: readonly string[] | null;
  }

  interface ContainerSummary {
    readonly Id: string;
    readonly Labels: Readonly<Record<string, string>>;
  }

  interface ContainerStats {
    readonly cpu_stats: { readonly cpu_usage?: { readonly total_usage?: number } };
    readonly memory_stats: { readonly usage?: number; readonly max_usage?: number };
  }

  type Fields = Readonly<Record<string, unknown>>;

  export class Exec {
    start(options: Fields): Promise<Duplex>;
    resize(options: { readonly h: number; readonly w: number }): Promise<unknown>;
  }

  export class Container {
    readonly id: string;
    inspect(): Promise<{
      readonly State: {
        readonly OOMKilled: boolean;
        readonly Pid: number;
        readonly Running: boolean;
      };
    }>;
    attach(options: Fields): Promise<Duplex>;
    start(): Promise<unknown>;
    wait(options: Fields): Promise<{ readonly StatusCode: number }>;
    kill(): Promise<unknown>;
    pause(): Promise<unknown>;
    unpause(): Promise<unknown>;
    update(options: Fields): Promise<unknown>;
    remove(options: Fields): Promise<unknown>;
    stats(options: Fields): Promise<ContainerStats>;
    exec(options: Fields): Promise<Exec>;
    putArchive(archive: Uint8Array, options: Fields): Promise<unknown>;
    commit(options: Fields): Promise<{ readonly Id: string }>;
  }

  export class Image {
    inspect(): Promise<{
      readonly Id: string;
      readonly Size: number;
      readonly RootFS: { readonly Layers?: readonly string[] };
      readonly Config?: { readonly Labels?: Readonly<Record<string, string>> | null };
    }>;
    remove(options: Fields): Promise<unknown>;
  }

  export default class Docker {
    constructor(options: Fields);
    readonly modem: {
      followProgress(stream: Readable, done: (error: Error | null) => void): void;
    };
    info(): Promise<EngineInfo>;
    pull(reference: string): Promise<Readable>;
    createContainer(options: Fields): Promise<Container>;
    getContainer(idOrName: string): Container;
    listContainers(options: Fields): Promise<readonly ContainerSummary[]>;
    listImages(
      options: Fields,
    ): Promise<readonly { readonly RepoTags: readonly string[] | null }[]>;
    getEvents(options: Fields): Promise<Readable>;
    getImage(reference: string): Image;
  }
}
