/** Two servers in place of nodes of Einlass behind a proxy of the examples: they do as a test says, and note what reaches them. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { findPort } from '../../scripts/testing/ports.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { type BalancerName, startBalancer } from './balancers.ts'

/**
 * `fine`; `unready`: says 503 to everything but `/livez`, as a node without its database does; `leaving`: says 503 to the proxy
 * and goes on serving; `silent`: takes connections and answers nothing; `dying`: closes the connection of each request instead of
 * an answer, as a node that is killed does.
 */
export type NodeState = 'fine' | 'unready' | 'leaving' | 'silent' | 'dying'

export interface StandInNode {
  state: NodeState
  /** Answers to requests below `/held` wait for this. */
  release(): void
  /** Method and address of all that reached it, checks of the proxy too. */
  readonly requests: readonly string[]
  /** Nobody listens there any more. */
  close(): Promise<void>
}

export const ownPage = 'the page of the node'

/** The proxy sees both nodes as fine in the beginning. `isHasty` as for a balancer. */
export async function startStandIns(t: Scope, name: BalancerName, { isHasty = true } = {}) {
  const ports = [await findPort(), await findPort()] as const
  const nodes = [await startNode(t, ports[0]), await startNode(t, ports[1])] as const
  const port = await findPort()
  const balancer = await startBalancer(t, name, { port, nodes: ports, isHasty })
  return { nodes, balancer, url: `http://127.0.0.1:${port}` }
}

async function startNode(t: Scope, port: number): Promise<StandInNode> {
  const requests: string[] = []
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const server = createServer((incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`)
    void answer(node.state, { incoming, outgoing, released })
  })
  const node = { state: 'fine' as NodeState, release, requests, close: () => closeServer(server) }
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  t.after(node.close)
  return node
}

interface Exchange {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  readonly released: Promise<void>
}

async function answer(state: NodeState, { incoming, outgoing, released }: Exchange): Promise<void> {
  const { url = '' } = incoming
  if (state === 'silent') return
  if (state === 'dying' && url !== '/readyz' && url !== '/livez') {
    incoming.socket.destroy()
    return
  }
  if (url.startsWith('/held')) await released
  if (url.endsWith('/events')) {
    outgoing.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    await released
  }
  const isRefused =
    (state === 'unready' && url !== '/livez') || (state === 'leaving' && url === '/readyz')
  if (!outgoing.headersSent) outgoing.statusCode = isRefused ? 503 : 200
  outgoing.end(isRefused ? ownPage : 'good')
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}
