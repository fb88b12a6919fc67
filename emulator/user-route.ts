// The account manager's answer about the user of the API key, as far as clients ask for it.

import type { Context } from 'hono'
import type { ApiEnv, Route } from './api-context.ts'
import type { Emulation } from './emulation.ts'
import { accountBody } from './wire.ts'

/** Stands beside the API's base path; its members are inferred. */
export const USER_ROUTE: Route = {
  operation: 'get-user',
  method: 'GET',
  path: '/account/api/v1/user/me',
  requirements: {},
  respond: showUser,
}

function showUser(c: Context<ApiEnv>, emulation: Emulation): Response {
  return c.json({
    id: emulation.world.userId,
    username: 'emulated-user',
    user_type: 'service',
    status: 'ACTIVE',
    primary_account_id: emulation.world.accountId,
    accounts: [accountBody('list', emulation)],
  })
}
