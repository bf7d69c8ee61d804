// Gets a token of an application for itself, and verifies it with ATM's keys.
//
// What must exist before: an application of the type client_credentials. Set
// ATM_ENDPOINT, its ATM_CLIENT_ID and ATM_CLIENT_SECRET, and its id in
// ATM_APPLICATION_ID. Then: npm install jsonwebtoken jwks-rsa && node client.js
const jwt = require('jsonwebtoken')
const { JwksClient } = require('jwks-rsa')

const { ATM_ENDPOINT, ATM_CLIENT_ID, ATM_CLIENT_SECRET, ATM_APPLICATION_ID } = process.env
const keys = new JwksClient({ jwksUri: `${ATM_ENDPOINT}/auth/.well-known/jwks.json` })

async function getToken() {
  const response = await fetch(`${ATM_ENDPOINT}/auth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: ATM_CLIENT_ID, client_secret: ATM_CLIENT_SECRET }),
  })
  const body = await response.json()
  if (!response.ok) throw new Error(`ATM gives no token: ${body.error}: ${body.error_description}`)
  return body.access_token
}

// verify returns the claims of a valid token. The issuer of ATM's access tokens is the text "atm".
async function verify(token) {
  const header = jwt.decode(token, { complete: true })?.header
  const key = await keys.getSigningKey(header?.kid)
  return jwt.verify(token, key.getPublicKey(), { algorithms: ['RS256'], issuer: 'atm', audience: ATM_APPLICATION_ID })
}

async function main() {
  const claims = await verify(await getToken())
  console.log('valid until', new Date(claims.exp * 1000).toISOString())
}

main().catch((err) => {
  console.error(err.message)
  process.exitCode = 1
})
