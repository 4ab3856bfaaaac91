// The policy of a pool: what one template's warm stock may cost and how it may move.
import type {
  FieldError,
  PoolPolicy,
  PoolPolicyFile,
  SetPolicyRequest,
} from '@pilotlight/contracts';

/** Which of a template's two policies holds: one small machine, or a cluster. */
export const profiles = ['embedded', 'cluster'] as const;
export type Profile = (typeof profiles)[number];

/** The policy of template.yaml in the words of the API. */
export function policyFromFile(file: PoolPolicyFile): PoolPolicy {
  return {
    minSize: file.min_size,
    maxSize: file.max_size,
    targetUtilization: file.target_utilization,
    scaleUpThreshold: file.scale_up_threshold,
    scaleDownDelay: file.scale_down_delay,
    ttl: file.ttl,
  };
}

/** A policy with some fields replaced; fields that are unset stay as they are. */
export function changedPolicy(policy: PoolPolicy, change: SetPolicyRequest): PoolPolicy {
  return {
    minSize: change.minSize ?? policy.minSize,
    maxSize: change.maxSize ?? policy.maxSize,
    targetUtilization: change.targetUtilization ?? policy.targetUtilization,
    scaleUpThreshold: change.scaleUpThreshold ?? policy.scaleUpThreshold,
    scaleDownDelay: change.scaleDownDelay ?? policy.scaleDownDelay,
    ttl: change.ttl ?? policy.ttl,
  };
}

/** Two changes of one pool's policy as one; the later one wins. */
export function mergedChange(before: SetPolicyRequest, later: SetPolicyRequest): SetPolicyRequest {
  const set = Object.entries(later).filter(([, value]) => value !== undefined);
  return { ...before, ...Object.fromEntries(set) };
}

/** Everything that is wrong with a policy, by the names of the API and the file. */
export function policyProblems(policy: PoolPolicy): FieldError[] {
  const problems: FieldError[] = [];
  const counts = {
    min_size: policy.minSize,
    max_size: policy.maxSize,
    scale_up_threshold: policy.scaleUpThreshold,
    scale_down_delay: policy.scaleDownDelay,
  };
  for (const [field, value] of Object.entries(counts)) {
    if (!Number.isInteger(value) || value < 0) {
      problems.push({ field, problem: 'must be a whole number, 0 or more' });
    }
  }
  if (policy.minSize > policy.maxSize) {
    problems.push({ field: 'min_size', problem: `must be at most max_size (${policy.maxSize})` });
  }
  if (!(policy.targetUtilization >= 0.1 && policy.targetUtilization <= 1)) {
    problems.push({ field: 'target_utilization', problem: 'must be 0.1 to 1' });
  }
  if (!Number.isInteger(policy.ttl) || policy.ttl < 10) {
    problems.push({ field: 'ttl', problem: 'must be a whole number of seconds, 10 or more' });
  }
  return problems;
}
