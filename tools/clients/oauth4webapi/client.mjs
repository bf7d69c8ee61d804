import assert from 'node:assert/strict'
import * as oauth from 'oauth4webapi'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, EMAIL, DRIVER } = process.env
const client = { client_id: CLIENT_ID }
const authentication = oauth.ClientSecretBasic(CLIENT_SECRET)

async function discover() {
  const issuer = new URL(ISSUER)
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer))
}

async function signIn(as) {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const nonce = oauth.generateRandomNonce()
  const url = new URL(as.authorization_endpoint)
  url.search = new URLSearchParams({
    client_id: CLIENT_ID, redirect_uri: REDIRECT_URI, response_type: 'code', scope: 'openid email', state, nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  })
  const back = await (await fetch(`${DRIVER}/sign-in?url=${encodeURIComponent(url)}`)).text()
  const params = oauth.validateAuthResponse(as, client, new URL(back), state)
  const response = await oauth.authorizationCodeGrantRequest(as, client, authentication, params, REDIRECT_URI, verifier)
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce, requireIdToken: true })
  await oauth.validateApplicationLevelSignature(as, response)
  return tokens
}

const as = await discover()
let tokens = await signIn(as)
const { sub } = oauth.getValidatedIdTokenClaims(tokens)

const user = await oauth.processUserInfoResponse(as, client, sub, await oauth.userInfoRequest(as, client, tokens.access_token))
assert.equal(user.email, EMAIL)

const refreshed = await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token)
tokens = await oauth.processRefreshTokenResponse(as, client, refreshed)

const introspect = async (token) => (await oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, authentication, token))).active
assert.equal(await introspect(tokens.access_token), true)
await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, tokens.refresh_token))
assert.equal(await introspect(tokens.access_token), false)

for (let i = 0; i < 2; i++) {
  await fetch(`${DRIVER}/rotate`, { method: 'POST' })
  await signIn(await discover()) // the metadata object holds the cache of keys, for at least a minute
}
