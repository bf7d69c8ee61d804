// The library in Node.js instead of a browser: the page's address and storage
// are the only parts replaced.
import assert from 'node:assert/strict'
import { InMemoryWebStorage, UserManager, WebStorageStateStore } from 'oidc-client-ts'

const { ISSUER, CLIENT_ID, REDIRECT_URI, EMAIL, DRIVER } = process.env
const visit = async (url) => (await fetch(`${DRIVER}/sign-in?url=${encodeURIComponent(url)}`)).text()

let address // of the page that the browser would show
const navigator = { prepare: async () => ({ navigate: async ({ url }) => { address = await visit(url) }, close() {} }) }
const manager = new UserManager({
  authority: ISSUER, client_id: CLIENT_ID, redirect_uri: REDIRECT_URI, scope: 'openid email', loadUserInfo: true,
  stateStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
  userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
  automaticSilentRenew: false,
}, navigator, navigator, navigator)

async function signIn() {
  await manager.signinRedirect()
  return manager.signinRedirectCallback(address)
}

const user = await signIn()
assert.equal(user.profile.email, EMAIL)

const renewed = await manager.signinSilent() // with the refresh token
assert.notEqual(renewed.access_token, user.access_token)

await manager.revokeTokens(['access_token', 'refresh_token'])

for (let i = 0; i < 2; i++) {
  await fetch(`${DRIVER}/rotate`, { method: 'POST' })
  assert.equal((await signIn()).profile.email, EMAIL)
}
await manager.signoutRedirect({ post_logout_redirect_uri: REDIRECT_URI }) // which also ends its timers
