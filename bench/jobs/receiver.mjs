// Takes webhooks at `/`, each at once, and keeps how long it was from the deadline in it. At `/figures` it says how many
// there were, and of their times; at `/reset` it forgets them.
import { createServer } from 'node:http'
import { createHistogram } from 'node:perf_hooks'

let late = createHistogram()
let ids = new Set()

const server = createServer((request, response) => {
  if (request.url === '/figures') {
    const [p50, p99, most] = [late.percentile(50), late.percentile(99), late.max]
    response.end(JSON.stringify({ taken: ids.size, times: late.count, p50, p99, most }))
    return
  }
  if (request.url === '/reset') {
    late = createHistogram()
    ids = new Set()
    response.end('{}')
    return
  }
  let text = ''
  request.setEncoding('utf8')
  request.on('data', (chunk) => {
    text += chunk
  })
  request.on('end', () => {
    const { event } = JSON.parse(text)
    late.record(Math.max(1, Date.now() - event.at))
    ids.add(event.id)
    response.statusCode = 204
    response.end()
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
