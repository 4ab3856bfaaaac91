// Leases, sandboxes and what is in them, as JSON.
import { Type } from 'typebox';

const optionalTime = (description: string) =>
  Type.Optional(Type.String({ format: 'date-time', description }));

/** Milliseconds of one sandbox's start. */
export const phasesSchema = Type.Object({
  scheduling_ms: Type.Number(),
  image_pull_ms: Type.Number(),
  container_create_ms: Type.Number(),
  process_start_ms: Type.Number(),
  app_init_ms: Type.Number(),
  total_ms: Type.Number(),
});

export const leaseSchema = Type.Object(
  {
    sandbox_id: Type.String(),
    token: Type.String({
      description: 'A secret, to be sent as X-Lease-Token. Told by this answer only.',
    }),
    template: Type.String(),
    node: Type.String(),
    version: Type.String({ description: 'Of the language, such as 3.11.2; empty where none.' }),
    from_warm_pool: Type.Boolean(),
    acquisition_ms: Type.Number({ description: 'What this caller waited.' }),
    phases: Type.Optional(phasesSchema),
    expires_at: optionalTime('When it ends unless it was released or idle before.'),
  },
  { title: 'Lease' },
);

export const sandboxSchema = Type.Object(
  {
    sandbox_id: Type.String(),
    template: Type.String(),
    node: Type.String(),
    state: Type.String({ description: 'ready, leased, paused, …' }),
    user_id: Type.String(),
    created_at: optionalTime('When its container was made.'),
    leased_at: optionalTime('There once it is leased.'),
    expires_at: optionalTime(
      'When it ends unless somebody ends it first; idle leases end earlier.',
    ),
    phases: Type.Optional(phasesSchema),
    execution_id: Type.String({ description: 'Of the execution that owns it; empty where none.' }),
    health: Type.String({ description: 'healthy or unhealthy; empty where it has no probe.' }),
    health_detail: Type.String(),
    deferred_packages: Type.String({
      description: 'pending, installed or failed; empty where it has none.',
    }),
  },
  { title: 'Sandbox' },
);

export const fileEntrySchema = Type.Object(
  {
    path: Type.String({ description: 'Relative to the folder that was asked for.' }),
    kind: Type.String({ description: 'file, directory, link or other; links are not followed.' }),
    size_bytes: Type.Integer(),
    modified_at: optionalTime('When its content was changed.'),
    mode: Type.Integer({ description: 'Permission bits.' }),
  },
  { title: 'FileEntry' },
);
