/** The accounts of this phone in IndexedDB, which can store keys that cannot be exported. The service worker reads them too. */
import { type Account, type AccountStore, isFull } from '../device/account.ts'

const name = 'einlass-authenticator'
const accounts = 'accounts'
const settings = 'settings'

/** More bytes than an account needs. */
const trialBytes = 65_536

export interface Settings {
  /** The id of the passkey that unlocks the app; absent: it is not locked. */
  readonly lockId?: string
}

export interface Database extends AccountStore {
  readSettings(): Promise<Settings>
  writeSettings(settings: Settings): Promise<void>
}

/**
 * Opens the database, and again if the browser closes it, which some do while a phone sleeps.
 * @param onLost called when it cannot be opened again
 * @throws DOMException when the browser stores nothing, as in some private windows
 */
export async function openDatabase(onLost?: () => void): Promise<Database> {
  let connection = connect()
  await connection
  const use = async <T>(work: (database: IDBDatabase) => Promise<T>): Promise<T> => {
    const before = connection
    try {
      return await work(await before)
    } catch (error) {
      if (!isClosed(error)) throw error
      // Concurrent calls share the new connection.
      if (connection === before) connection = connect()
      return await connection.then(work).catch((lost: unknown) => {
        if (!isFull(lost)) onLost?.()
        throw lost
      })
    }
  }
  const read = <T>(store: string, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
    use((database) => finish(ask(database.transaction(store).objectStore(store))))
  // Written to disk before an answer leaves: a phone that loses the key named in the answer looks like a copy of itself.
  const write = <T>(store: string, work: (store: IDBObjectStore) => Promise<T>): Promise<T> =>
    use(async (database) => {
      const transaction = database.transaction(store, 'readwrite', { durability: 'strict' })
      const result = await work(transaction.objectStore(store))
      await complete(transaction)
      return result
    })
  return {
    async list() {
      const all = await read<Account[]>(accounts, (store) => store.getAll())
      return all.toSorted((one, other) => one.addedAt - other.addedAt)
    },
    find: (id) => read<Account | undefined>(accounts, (store) => store.get(id)),
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
    async hasRoom() {
      try {
        await write(settings, (store) => finish(store.put(new Uint8Array(trialBytes), 'room')))
        await write(settings, (store) => finish(store.delete('room')))
        return true
      } catch (error) {
        if (isFull(error)) return false
        throw error
      }
    },
    async remove(id) {
      await write(accounts, (store) => finish(store.delete(id)))
    },
    async readSettings() {
      return (await read<Settings | undefined>(settings, (store) => store.get('app'))) ?? {}
    },
    async writeSettings(changed) {
      await write(settings, (store) => finish(store.put(changed, 'app')))
    },
  }
}

async function connect(): Promise<IDBDatabase> {
  const opening = indexedDB.open(name, 1)
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(accounts, { keyPath: 'id' })
    opening.result.createObjectStore(settings)
  }
  const database = await finish(opening)
  // Another tab with a newer app must not wait for this one.
  database.onversionchange = () => database.close()
  return database
}

/** The errors of a connection that the browser has closed. Nothing was written then. */
const isClosed = (error: unknown): boolean =>
  error instanceof DOMException &&
  ['InvalidStateError', 'AbortError', 'UnknownError'].includes(error.name)

/** Whether the browser stores nothing at all, as in some private windows. */
export const isDenied = (error: unknown): boolean =>
  error instanceof DOMException && !['UnknownError', 'VersionError'].includes(error.name)

function complete(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error ?? new DOMException('', 'AbortError'))
  })
}

function finish<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
