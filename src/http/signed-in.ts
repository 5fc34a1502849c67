import type { SessionRecord } from '../service/records.ts'
import type { SignInOutcome } from '../service/sign-in.ts'
import type { Tenure } from '../service/tenure.ts'
import { HttpError, httpError, paramFault } from './http-error.ts'

/** A session after a command, with every member that a read has; what the command answered where it is gone since. */
export async function readAgain(tenure: Pick<Tenure, 'getSession'>, session: SessionRecord): Promise<SessionRecord> {
  return (await tenure.getSession(session.id)) ?? session
}

/**
 * The session of a sign-in that was let in; one that was there already is the same to its caller.
 *
 * @throws {HttpError} In Clerk's words, where the policy or the ids refuse it.
 */
export function signedInSession(outcome: SignInOutcome, clientId?: string): SessionRecord {
  if (outcome.changed || outcome.reason === 'repeated') return outcome.session
  switch (outcome.reason) {
    case 'id-taken': {
      const long = 'session_id belongs to another session, or to one that is over. Choose another, or leave it out.'
      throw new HttpError([paramFault('form_identifier_exists', 'session_id', 'is taken', long)])
    }
    case 'unknown-client':
      throw httpError('resource_not_found', 'Client not found', `No client was found with id ${clientId ?? ''}`)
    case 'session-exists':
      throw httpError('session_exists', 'Session already exists', "You're already signed in.")
    case 'too-many-sessions': {
      const long = 'The user has as many sessions as the policy allows: end one first.'
      throw httpError('session_creation_not_allowed', 'Session creation not allowed', long)
    }
    default:
      return outcome satisfies never
  }
}
