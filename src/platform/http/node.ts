/**
 * The values of `node:http` that a server needs. An import would read all exports of that module, and so load the client of
 * Node (`fetch`, `Request`, WebSocket), a sixth of a start, before anybody uses it.
 */
export const { createServer, IncomingMessage } = process.getBuiltinModule('node:http')
