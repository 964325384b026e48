/** The accounts of this phone in IndexedDB, which can store keys that cannot be exported. The service worker reads them too. */
import type { Account, AccountStore } from '../device/account.ts'

const name = 'einlass-authenticator'
const accounts = 'accounts'
const settings = 'settings'

export interface Settings {
  /** The id of the passkey that unlocks the app; absent: it is not locked. */
  readonly lockId?: string
}

export interface Database extends AccountStore {
  readSettings(): Promise<Settings>
  writeSettings(settings: Settings): Promise<void>
}

/** @throws DOMException when the browser stores nothing, as in some private windows */
export async function openDatabase(): Promise<Database> {
  const opening = indexedDB.open(name, 1)
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(accounts, { keyPath: 'id' })
    opening.result.createObjectStore(settings)
  }
  const database = await finish(opening)
  // Another tab with a newer app must not wait for this one.
  database.onversionchange = () => database.close()
  const read = (store: string) => database.transaction(store).objectStore(store)
  // Written to disk before an answer leaves: a phone that loses the key named in the answer looks like a copy of itself.
  const write = async <T>(
    store: string,
    work: (store: IDBObjectStore) => Promise<T>,
  ): Promise<T> => {
    const transaction = database.transaction(store, 'readwrite', { durability: 'strict' })
    const result = await work(transaction.objectStore(store))
    await complete(transaction)
    return result
  }
  return {
    async list() {
      const all: Account[] = await finish(read(accounts).getAll())
      return all.toSorted((one, other) => one.addedAt - other.addedAt)
    },
    find: (id) => finish(read(accounts).get(id)),
    async add(account) {
      await write(accounts, (store) => finish(store.put(account)))
    },
    update: (id, change) =>
      write(accounts, async (store) => {
        const account: Account | undefined = await finish(store.get(id))
        if (account === undefined) return undefined
        const changed = change(account)
        await finish(store.put(changed))
        return changed
      }),
    async remove(id) {
      await write(accounts, (store) => finish(store.delete(id)))
    },
    async readSettings() {
      return (await finish<Settings | undefined>(read(settings).get('app'))) ?? {}
    },
    async writeSettings(changed) {
      await write(settings, (store) => finish(store.put(changed, 'app')))
    },
  }
}

function complete(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
  })
}

function finish<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
