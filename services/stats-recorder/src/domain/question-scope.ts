// Whose requests a caller may ask about: admins about all, others about their project's.
import { PlatformError, type Principal, userFor } from '@pilotlight/contracts';

/** Texts that are empty mean all. */
export interface Scoped {
  readonly userId: string;
  /** Slug. */
  readonly project: string;
}

/**
 * The same question, about no more than the caller may see. A key of one user sees that user alone.
 * Throws `permission_denied` where it names another project or somebody else's user.
 */
export function scopedTo<Question extends Scoped>(
  principal: Principal | undefined,
  question: Question,
): Question {
  const scoped = scopedToProject(principal, question);
  if (principal === undefined || principal.role === 'admin') return scoped;
  const isOfOne = principal.userId !== '' || question.userId !== '';
  return { ...scoped, userId: isOfOne ? userFor(principal, question.userId) : '' };
}

/** The same for what is the project's and no user's: all keys of a project see all of it. */
export function scopedToProject<Question extends Pick<Scoped, 'project'>>(
  principal: Principal | undefined,
  question: Question,
): Question {
  if (principal === undefined) {
    throw new PlatformError('permission_denied', 'Nobody knows whose requests these may be.');
  }
  if (principal.role === 'admin') return question;
  const { project } = principal;
  if (question.project !== '' && question.project !== project) {
    throw new PlatformError('permission_denied', 'This key is not of that project.');
  }
  return { ...question, project };
}
