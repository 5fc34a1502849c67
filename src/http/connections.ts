import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/**
 * Ends connections that nobody should wait for.
 *
 * - Behind an answer to a request whose body has not arrived: nobody reads that any more, and it need never end.
 * - All of them while the server closes: those that ask nothing at once, the others with the answer that is under way.
 *   Node's own closing waits for connections that never asked, and for half a request.
 */
export function addConnections(app: FastifyInstance): void {
  let isClosing = false
  const idle = new Set<Socket>()
  /** How many answers are under way on a connection: several, where requests come one behind the other unasked. */
  const underWay = new WeakMap<Socket, number>()
  app.server.on('connection', (socket) => {
    idle.add(socket)
    socket.once('close', () => idle.delete(socket))
  })
  app.server.on('request', ({ socket }, response) => {
    idle.delete(socket)
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1)
    response.once('close', () => {
      const left = (underWay.get(socket) ?? 1) - 1
      underWay.set(socket, left)
      if (left > 0) return
      if (isClosing) socket.destroySoon()
      else if (!socket.destroyed) idle.add(socket)
    })
  })
  app.addHook('preClose', (done) => {
    isClosing = true
    for (const socket of idle) socket.destroy()
    done()
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
    const hasBody = encoding !== undefined || (length !== undefined && length !== '0')
    if (isClosing || (hasBody && !request.raw.complete)) reply.header('connection', 'close')
    done(null, payload)
  })
}
