import assert from 'node:assert/strict'
import { AuthorizationCode } from 'simple-oauth2'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, DRIVER } = process.env
const client = new AuthorizationCode({
  client: { id: CLIENT_ID, secret: CLIENT_SECRET },
  auth: { tokenHost: ISSUER, tokenPath: '/auth/token', authorizePath: '/login', revokePath: '/auth/revoke' },
})

async function signIn() {
  const url = client.authorizeURL({ redirect_uri: REDIRECT_URI, scope: 'openid email', state: 'a state' })
  const back = new URL(await (await fetch(`${DRIVER}/sign-in?url=${encodeURIComponent(url)}`)).text())
  assert.equal(back.searchParams.get('state'), 'a state')
  return client.getToken({ code: back.searchParams.get('code'), redirect_uri: REDIRECT_URI })
}

const first = await signIn()
const second = await first.refresh()
assert.notEqual(second.token.access_token, first.token.access_token)
assert.equal(second.expired(), false)
await second.revokeAll()
await assert.rejects(second.refresh())

for (let i = 0; i < 2; i++) {
  await fetch(`${DRIVER}/rotate`, { method: 'POST' })
  await signIn()
}
