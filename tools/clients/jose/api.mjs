import { createServer } from 'node:http'
import { createRemoteJWKSet, jwtVerify } from 'jose'

const { ISSUER, AUDIENCE, PORT } = process.env
const keys = createRemoteJWKSet(new URL(`${ISSUER}/auth/.well-known/jwks.json`), {
  cooldownDuration: 0, // only for two rotations within half a minute
})

createServer(async (request, response) => {
  try {
    const token = request.headers.authorization?.replace(/^Bearer /, '')
    const { payload } = await jwtVerify(token, keys, { issuer: 'atm', audience: AUDIENCE, algorithms: ['RS256'] })
    response.end(JSON.stringify(payload.scope))
  } catch {
    response.writeHead(401).end()
  }
}).listen(Number(PORT), '127.0.0.1')
