import type { HttpContext } from '../context.ts'
import { bodyOf, type Endpoint, paramsOf } from '../endpoint.ts'

/** What is done to all of a user's sessions. Tenure owns no users: one that nobody knows has none. */
export function userEndpoints({ tenure }: HttpContext): Endpoint[] {
  return [
    {
      method: 'POST',
      url: '/v1/users/:user_id/sessions/revoke',
      operationId: 'revokeUserSessions',
      summary: 'Revoke every open session of a user, but one where that is asked',
      description: 'However many there are. Asked again, it revokes what is left.',
      tag: 'Users',
      scope: 'write',
      params: { user_id: "The user's id." },
      body: 'revokeUserSessions',
      answer: { schema: 'revoked', description: 'How many sessions were revoked.' },
      handle: async (request) => {
        const { user_id: userId } = paramsOf<'user_id'>(request)
        const { except, asked_by: askedBy } = bodyOf<{ readonly except?: string; readonly asked_by?: string }>(request)
        const { revoked } = await tenure.revokeAll({ userId, except, askedBy })
        return { object: 'revocation', revoked }
      },
    },
  ]
}
