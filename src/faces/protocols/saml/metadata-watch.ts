/**
 * Looks for apps whose metadata is due; the first node fetches it. Loads the code for that only if something is due, so that a
 * start does not wait for it.
 */
import type { GuardedFetch } from '../../../platform/http/guarded-fetch.ts'
import { labelCounts, type Metric, type Sample } from '../../../platform/kernel/metric.ts'
import type { ProtocolHost } from '../protocol.ts'
import type { RefreshOutcome } from './metadata-refresh.ts'
import { countProblems, followApp, takeDueApps } from './metadata-state.ts'

type Host = Pick<ProtocolHost, 'apps' | 'base'> & {
  readonly config: Pick<ProtocolHost['config'], 'saml' | 'app_networks'>
}

/** @param fetch absent: a fetch that reaches only public addresses and `app_networks` */
export function createMetadataWatch(host: Host, fetch?: GuardedFetch) {
  const { apps, base, config } = host
  const counts: Record<RefreshOutcome, number> = { changed: 0, unchanged: 0, failed: 0 }
  return {
    async fetchDue(): Promise<void> {
      const listFollowed = async () =>
        (await apps.listReadable(base.db)).flatMap((app) => followApp(app) ?? [])
      const interval = config.saml.metadata_refresh
      const due = await takeDueApps(base.db, listFollowed, { now: base.clock.now(), interval })
      if (due.length === 0) return
      const { refreshMetadata } = await import('./metadata-refresh.ts')
      const options = {
        host,
        fetch: fetch ?? (await createFetch(config.app_networks)),
        interval,
      }
      for (const one of due) {
        const outcome = await refreshMetadata(options, one).catch((error: unknown) => {
          base.log.error({ error, appId: one.app.id }, 'metadata could not be looked at')
          return 'failed' as const
        })
        counts[outcome] += 1
      }
    },
    metrics: [
      {
        name: 'einlass_app_metadata_refreshes_total',
        type: 'counter',
        help: 'Attempts to fetch the metadata of an app again.',
        read: () => labelCounts('outcome', counts),
      },
      {
        name: 'einlass_app_metadata_problems',
        type: 'gauge',
        help: 'Apps whose metadata was not taken over, or not all of it, at the last attempt.',
        read: () => readProblems(base),
      },
    ] satisfies Metric[],
  }
}

/** While the database is unavailable, this metric is missing, but no other. */
async function readProblems({ db, log }: Host['base']): Promise<Sample[]> {
  try {
    return [{ labels: {}, value: await countProblems(db) }]
  } catch (error) {
    log.warn({ error }, 'problems of metadata could not be counted')
    return []
  }
}

async function createFetch(networks: readonly string[]): Promise<GuardedFetch> {
  const { createGuardedFetch } = await import('../../../platform/http/guarded-fetch.ts')
  return createGuardedFetch({ networks })
}
