import type { RefreshRefusal } from '../service/tokens/refresh-rules.ts'

interface Messages {
  readonly message: string
  readonly longMessage: string
}

/** What each refusal to refresh says. */
export const REFRESH_MESSAGES: Readonly<Record<RefreshRefusal, Messages>> = {
  session_refresh_session_not_found: said('Session not found', 'No session was found for this token.'),
  session_refresh_inactive_session: said('Session inactive', 'The session is not live: its user has to sign in again.'),
  refresh_token_not_found: said('Refresh token not found', 'The refresh token is not one of this session, or is over.'),
  expired_session_token_invalid: said('Session token invalid', 'The expired token is none of this session.'),
  expired_session_token_missing_sid: said('Session token invalid', 'The expired token has no sid claim.'),
  expired_session_token_missing_azp: said(
    'Session token invalid',
    'The expired token has no azp claim: tokens are made for a page as cookies are, or by a refresh.',
  ),
  session_refresh_session_token_ineligible: said(
    'Session token ineligible',
    'Tokens of an impersonation, or of another origin than the request, are not refreshed.',
  ),
  session_refresh_expired_session_token_missing_iat: said(
    'Session token invalid',
    'The expired token has no iat claim.',
  ),
  session_refresh_expired_session_token_too_old: said(
    'Session token too old',
    'The expired token was issued too long ago to be refreshed.',
  ),
  session_refresh_expired_session_token_consumed: said(
    'Session token consumed',
    'The expired token was exchanged for the next one before.',
  ),
}

function said(message: string, longMessage: string): Messages {
  return { message, longMessage }
}
