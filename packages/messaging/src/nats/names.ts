// How buckets are kept: as streams, named as every NATS key-value client names them.
import type { BucketName } from '@pilotlight/contracts';

/** The stream that holds a bucket. */
export function bucketStream(bucket: BucketName): string {
  return `KV_${bucket}`;
}

/** The subject prefix of a bucket's keys, with its dot. */
export function bucketPrefix(bucket: BucketName): string {
  return `$KV.${bucket}.`;
}
