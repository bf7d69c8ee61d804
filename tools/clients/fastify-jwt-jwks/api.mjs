import Fastify from 'fastify'
import fastifyJwtJwks from 'fastify-jwt-jwks'

const { ISSUER, AUDIENCE, PORT } = process.env
const server = Fastify()
await server.register(fastifyJwtJwks, {
  jwksUrl: `${ISSUER}/auth/.well-known/jwks.json`,
  issuer: 'atm',
  audience: AUDIENCE,
})
server.get('/', { preValidation: server.authenticate }, (request, reply) => reply.send(request.user.scope))
await server.listen({ host: '127.0.0.1', port: Number(PORT) })
