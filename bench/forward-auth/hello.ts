// The smallest answer to a proxy: node:http that says yes, with the same headers.
// Argument: {"folder": not read}.

import { createServer } from 'node:http'
import { listen } from '../control.ts'

const headers = ['Remote-User', 'erika', 'Remote-Name', '', 'Remote-Email', '', 'Remote-Groups', '']
const server = createServer((_request, response) => {
  response.writeHead(200, [...headers, 'Cache-Control', 'no-store', 'Content-Length', '0']).end()
})
console.log(`ready ${JSON.stringify({ url: await listen(server), control: '' })}`)
