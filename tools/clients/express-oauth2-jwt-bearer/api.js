const express = require('express')
const { auth } = require('express-oauth2-jwt-bearer')

const { ISSUER, AUDIENCE, PORT } = process.env
const app = express()
app.use(auth({
  issuer: 'atm',
  audience: AUDIENCE,
  jwksUri: `${ISSUER}/auth/.well-known/jwks.json`,
  tokenSigningAlg: 'RS256',
  cooldownDuration: 0, // only for two rotations within half a minute
}))
app.get('/', (req, res) => res.json(req.auth.payload.scope))
app.listen(PORT, '127.0.0.1')
