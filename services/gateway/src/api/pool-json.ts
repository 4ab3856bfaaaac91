// Pools and what is forecast for them, as JSON.
import { Type } from 'typebox';

const list = (description: string) => Type.Array(Type.String(), { default: [], description });

export const policySchema = Type.Object({
  min_size: Type.Integer(),
  max_size: Type.Integer(),
  target_utilization: Type.Number(),
  scale_up_threshold: Type.Integer(),
  scale_down_delay: Type.Integer({ description: 'Seconds.' }),
  ttl: Type.Integer({ description: 'Seconds that a warm sandbox may wait.' }),
});

export const poolSchema = Type.Object(
  {
    template: Type.String(),
    language: Type.String({ description: 'Empty for applications.' }),
    target_size: Type.Integer({ description: 'Wanted: ready and creating.' }),
    current_size: Type.Integer({ description: 'Ready, creating and leased.' }),
    available: Type.Integer(),
    creating: Type.Integer(),
    leased: Type.Integer(),
    last_scale_time: Type.Optional(Type.String({ format: 'date-time' })),
    policy: Type.Optional(policySchema),
    problems: list('Why there is less than there should be; empty where all is well.'),
    capped: Type.Boolean({ description: 'The demand is more than it may or can hold.' }),
    versions: list('Of the language on the nodes, newest first.'),
    preparing: list('What nodes are doing to have the template there.'),
    isolation: Type.String(),
    unavailable: Type.Boolean({ description: 'No node can make such sandboxes.' }),
  },
  { title: 'Pool' },
);

export const predictionSchema = Type.Object(
  {
    timestamp: Type.Optional(Type.String({ format: 'date-time' })),
    template: Type.String(),
    predicted_demand: Type.Integer({ description: 'Leases and runs of the coming hour.' }),
    confidence: Type.Number(),
    samples: Type.Integer({ description: 'Hours of history behind it.' }),
  },
  { title: 'Prediction' },
);
