/**
 * Files that know what would survive a power cut: each has its written content and its flushed content. Owns both, and the
 * result of a cut; wire.ts and serve.ts make a file system of them.
 *
 * Unflushed data may be lost or not, independently for each sector of 512 bytes, in no order. A flush of a file also makes the
 * entries of its folder durable, as the journals of ext4 and XFS do.
 */

export const pageSize = 4096
const sectorSize = 512

/** Error numbers of the kernel. */
export const codes = { missing: 2, exists: 17, notFolder: 20, full: 28, notEmpty: 39 }

export class FileError extends Error {
  readonly code: number
  constructor(code: number) {
    super(`file error ${code}`)
    this.code = code
  }
}

/** A growing buffer. Bytes after `size` are zero. */
interface Content {
  bytes: Buffer
  size: number
}

export interface Inode {
  readonly id: number
  mode: number
  uid: number
  gid: number
  readonly content: Content
  readonly durable: Content
  /** Pages that were written since the last flush. */
  readonly dirty: Set<number>
  /** The entries of a folder; `undefined` for a file. */
  entries: Map<string, Inode> | undefined
  durableEntries: Map<string, Inode>
  /** Folders that contain it, once for each entry. */
  readonly folders: Inode[]
  /** The target of a symbolic link. */
  target: string | undefined
}

export interface Owner {
  readonly uid: number
  readonly gid: number
}

const typeMask = 0o170000
const folderType = 0o040000

export type Files = ReturnType<typeof createFiles>

/** The bytes that all files together use and may use; the limit can change while they are used. */
interface Space {
  readonly limits: { readonly capacity: number }
  used: number
}

export function createFiles(limits: Space['limits']) {
  const inodes = new Map<number, Inode>()
  const space: Space = { limits, used: 0 }
  let nextId = 1

  function create(mode: number, { uid, gid }: Owner): Inode {
    const isFolder = (mode & typeMask) === folderType
    const inode: Inode = {
      ...{ id: nextId, mode, uid, gid, dirty: new Set(), folders: [], target: undefined },
      content: { bytes: Buffer.alloc(0), size: 0 },
      durable: { bytes: Buffer.alloc(0), size: 0 },
      entries: isFolder ? new Map() : undefined,
      durableEntries: new Map(),
    }
    nextId += 1
    inodes.set(inode.id, inode)
    return inode
  }

  const root = create(folderType | 0o755, { uid: 0, gid: 0 })

  return {
    ...{ root, listEntries, lookUp, link: attach, remove: detach, rename, flush },
    countUsed: () => space.used,
    resize: (inode: Inode, size: number) => resize(space, inode, size),

    find(id: number): Inode {
      const inode = inodes.get(id)
      if (inode === undefined) throw new FileError(codes.missing)
      return inode
    },

    make(folder: Inode, name: string, { mode, ...owner }: Owner & { mode: number }): Inode {
      if (listEntries(folder).has(name)) throw new FileError(codes.exists)
      const inode = create(mode, owner)
      attach(inode, folder, name)
      return inode
    },

    read({ content }: Inode, offset: number, length: number): Buffer {
      return content.bytes.subarray(offset, Math.min(offset + length, content.size))
    },

    write(inode: Inode, offset: number, bytes: Uint8Array): void {
      const end = offset + bytes.length
      if (end > inode.content.size) resize(space, inode, end)
      inode.content.bytes.set(bytes, offset)
      markDirty(inode, offset, end)
    },

    flushAll(): void {
      for (const inode of inodes.values()) flush(inode)
    },

    /**
     * Cuts the power: unflushed data stays only if `survives` returns true, which is called for each sector, size and folder.
     */
    cut(survives: () => boolean): void {
      for (const inode of inodes.values()) cutInode(inode, survives)
      const found = new Set<Inode>()
      collect(root, found)
      space.used = 0
      for (const inode of inodes.values()) {
        if (found.has(inode)) space.used += inode.content.size
        else inodes.delete(inode.id)
      }
    },
  }
}

function listEntries(folder: Inode): Map<string, Inode> {
  if (folder.entries === undefined) throw new FileError(codes.notFolder)
  return folder.entries
}

function lookUp(folder: Inode, name: string): Inode {
  const inode = listEntries(folder).get(name)
  if (inode === undefined) throw new FileError(codes.missing)
  return inode
}

function attach(inode: Inode, folder: Inode, name: string): void {
  if (listEntries(folder).has(name)) throw new FileError(codes.exists)
  listEntries(folder).set(name, inode)
  inode.folders.push(folder)
}

function detach(folder: Inode, name: string): void {
  const inode = lookUp(folder, name)
  if (inode.entries !== undefined && inode.entries.size > 0) throw new FileError(codes.notEmpty)
  release(inode, folder, name)
}

function release(inode: Inode, folder: Inode, name: string): void {
  listEntries(folder).delete(name)
  inode.folders.splice(inode.folders.indexOf(folder), 1)
}

function rename(from: Inode, name: string, to: Inode, newName: string): void {
  const inode = lookUp(from, name)
  const replaced = listEntries(to).get(newName)
  if (replaced === inode) return
  if (replaced !== undefined) detach(to, newName)
  release(inode, from, name)
  attach(inode, to, newName)
}

function resize(space: Space, inode: Inode, size: number): void {
  const { content } = inode
  if (size > content.size && space.used + size - content.size > space.limits.capacity)
    throw new FileError(codes.full)
  space.used += size - content.size
  if (size > content.bytes.length) content.bytes = grow(content.bytes, size)
  if (size < content.size) {
    content.bytes.fill(0, size, content.size)
    markDirty(inode, size, content.size)
  }
  content.size = size
}

function markDirty({ dirty }: Inode, from: number, to: number): void {
  for (let page = Math.floor(from / pageSize); page * pageSize < to; page += 1) dirty.add(page)
}

/** Makes the content of a file or folder durable. */
function flush(inode: Inode): void {
  if (inode.entries !== undefined) inode.durableEntries = new Map(inode.entries)
  const { content, durable, dirty } = inode
  for (const page of dirty) copyRange(content, durable, page * pageSize, pageSize)
  setSize(durable, content.size)
  dirty.clear()
  flushFolders(inode)
}

function flushFolders(inode: Inode): void {
  for (const folder of new Set(inode.folders)) {
    folder.durableEntries = new Map(folder.entries)
    flushFolders(folder)
  }
}

function cutInode(inode: Inode, survives: () => boolean): void {
  const { content, durable, dirty } = inode
  const size = content.size !== durable.size && survives() ? content.size : durable.size
  const before = durable.size
  setSize(durable, size)
  for (const page of dirty) {
    for (let at = page * pageSize; at < (page + 1) * pageSize; at += sectorSize) {
      if (survives()) copyRange(content, durable, at, sectorSize)
    }
  }
  setSize(durable, size)
  if (size < before) durable.bytes.fill(0, size)
  content.bytes = Buffer.from(durable.bytes)
  content.size = durable.size
  dirty.clear()
  if (inode.entries === undefined) return
  inode.entries = new Map(survives() ? inode.entries : inode.durableEntries)
  inode.durableEntries = new Map(inode.entries)
  inode.folders.length = inode.folders.length > 0 ? 1 : 0
}

/** Collects the files below a folder, and sets again which folders contain each file. */
function collect(folder: Inode, found: Set<Inode>): void {
  found.add(folder)
  for (const inode of folder.entries?.values() ?? []) {
    if (!found.has(inode)) inode.folders.length = 0
    inode.folders.push(folder)
    if (inode.entries === undefined) found.add(inode)
    else if (!found.has(inode)) collect(inode, found)
  }
}

function grow(bytes: Buffer, size: number): Buffer {
  const grown = Buffer.alloc(Math.max(size, bytes.length * 2, pageSize))
  bytes.copy(grown)
  return grown
}

/** Copies a range as far as the source has data there. */
function copyRange(from: Content, to: Content, at: number, length: number): void {
  const end = Math.min(at + length, from.bytes.length)
  if (end <= at) return
  if (end > to.bytes.length) to.bytes = grow(to.bytes, end)
  from.bytes.copy(to.bytes, at, at, end)
}

function setSize(content: Content, size: number): void {
  if (size > content.bytes.length) content.bytes = grow(content.bytes, size)
  content.bytes.fill(0, size)
  content.size = size
}
