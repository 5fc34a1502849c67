// Fastify and nothing else: answers from memory, in a process of its own.
//
//   node bare-fastify.mjs ANSWERS
//
// A line of ANSWERS is a route with its answers as JSON: { method, url, part, member, answers: [[name, object]…] }. Which one
// is asked for stands in a member of the request's params, query or body; without one, each request has the only one. Says
// where it listens on standard output.
import { readFileSync } from 'node:fs'
import { fastify } from 'fastify'

const app = fastify()
for (const line of readFileSync(process.argv[2], 'utf8').trimEnd().split('\n')) {
  const { method, url, part, member, answers } = JSON.parse(line)
  const objects = new Map(answers)
  const only = answers[0][1]
  const handler = part === null ? async () => only : async (request) => objects.get(request[part][member])
  app.route({ method, url, handler })
}
console.log(await app.listen({ host: '127.0.0.1', port: 0 }))
