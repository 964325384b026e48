/** The messages between the kernel and a file system in a process, as defined in linux/fuse.h. Owns only their bytes. */
import { endianness } from 'node:os'
import type { Inode } from './files.ts'

if (endianness() !== 'LE')
  throw new Error('the messages are read as a little-endian machine writes them')

/** The implemented operations; all others are answered as not implemented. */
export const operations = {
  ...{ lookup: 1, forget: 2, getattr: 3, setattr: 4, readlink: 5, symlink: 6, mknod: 8, mkdir: 9 },
  ...{ unlink: 10, rmdir: 11, rename: 12, link: 13, open: 14, read: 15, write: 16, statfs: 17 },
  ...{ release: 18, fsync: 20, flush: 25, init: 26, opendir: 27, readdir: 28, releasedir: 29 },
  ...{ fsyncdir: 30, create: 35, interrupt: 36, destroy: 38, batchForget: 42, rename2: 45 },
} as const

/** The largest single write, in bytes. */
export const maxWrite = 131_072
/** The kernel requires a buffer for the largest request. */
export const requestLimit = maxWrite + 8_192

const headerSize = 40

export interface Request {
  readonly operation: number
  readonly unique: bigint
  readonly node: number
  readonly uid: number
  readonly gid: number
  /** The bytes after the header. */
  readonly body: Buffer
}

export function readRequest(bytes: Buffer): Request {
  return {
    operation: bytes.readUInt32LE(4),
    unique: bytes.readBigUInt64LE(8),
    node: Number(bytes.readBigUInt64LE(16)),
    uid: bytes.readUInt32LE(24),
    gid: bytes.readUInt32LE(28),
    body: bytes.subarray(headerSize, bytes.readUInt32LE(0)),
  }
}

/** Reads texts that each end with a zero byte. */
export function readNames(body: Buffer, offset = 0): string[] {
  return body.toString('utf8', offset).split('\0')
}

/** @param error the kernel's error number; 0: no error */
export function writeReply(unique: bigint, error: number, body: Buffer): Buffer {
  const header = Buffer.alloc(16)
  header.writeUInt32LE(16 + body.length, 0)
  header.writeInt32LE(-error, 4)
  header.writeBigUInt64LE(unique, 8)
  return body.length === 0 ? header : Buffer.concat([header, body])
}

const flagBigWrites = 1 << 5
const flagMaxPages = 1 << 22

export function writeInit(): Buffer {
  const reply = Buffer.alloc(64)
  reply.writeUInt32LE(7, 0)
  reply.writeUInt32LE(31, 4)
  reply.writeUInt32LE(maxWrite, 8)
  reply.writeUInt32LE(flagBigWrites | flagMaxPages, 12)
  reply.writeUInt16LE(16, 16)
  reply.writeUInt16LE(12, 18)
  reply.writeUInt32LE(maxWrite, 20)
  reply.writeUInt32LE(1, 24)
  reply.writeUInt16LE(maxWrite / 4096, 28)
  return reply
}

/** Only the kernel changes files, so it may cache our answers for this time. */
const seconds = 3_600n

function writeAttributes(target: Buffer, at: number, inode: Inode): void {
  const { id, mode, uid, gid, content, entries, folders } = inode
  target.writeBigUInt64LE(BigInt(id), at)
  target.writeBigUInt64LE(BigInt(content.size), at + 8)
  target.writeBigUInt64LE(BigInt(Math.ceil(content.size / 512)), at + 16)
  target.writeUInt32LE(mode, at + 60)
  target.writeUInt32LE(entries === undefined ? folders.length : 2, at + 64)
  target.writeUInt32LE(uid, at + 68)
  target.writeUInt32LE(gid, at + 72)
  target.writeUInt32LE(4096, at + 80)
}

export function writeEntry(inode: Inode): Buffer {
  const reply = Buffer.alloc(128)
  reply.writeBigUInt64LE(BigInt(inode.id), 0)
  reply.writeBigUInt64LE(seconds, 16)
  reply.writeBigUInt64LE(seconds, 24)
  writeAttributes(reply, 40, inode)
  return reply
}

export function writeAttributesReply(inode: Inode): Buffer {
  const reply = Buffer.alloc(104)
  reply.writeBigUInt64LE(seconds, 0)
  writeAttributes(reply, 16, inode)
  return reply
}

const keepCache = 1 << 1

export function writeOpen(): Buffer {
  const reply = Buffer.alloc(16)
  reply.writeUInt32LE(keepCache, 8)
  return reply
}

export function writeCount(count: number): Buffer {
  const reply = Buffer.alloc(8)
  reply.writeUInt32LE(count, 0)
  return reply
}

export function writeSpace(capacity: number, used: number): Buffer {
  const reply = Buffer.alloc(80)
  const block = 4096
  const free = BigInt(Math.max(0, Math.floor((capacity - used) / block)))
  reply.writeBigUInt64LE(BigInt(Math.floor(capacity / block)), 0)
  reply.writeBigUInt64LE(free, 8)
  reply.writeBigUInt64LE(free, 16)
  reply.writeBigUInt64LE(1_000_000n, 24)
  reply.writeBigUInt64LE(1_000_000n, 32)
  reply.writeUInt32LE(block, 40)
  reply.writeUInt32LE(255, 44)
  reply.writeUInt32LE(block, 48)
  return reply
}

/** Writes as many entries from `offset` on as fit. */
export function writeFolder(
  entries: readonly (readonly [string, Inode])[],
  offset: number,
  room: number,
): Buffer {
  const parts: Buffer[] = []
  let left = room
  for (const [index, [name, inode]] of entries.entries()) {
    if (index < offset) continue
    const length = Buffer.byteLength(name)
    const part = Buffer.alloc(Math.ceil((24 + length) / 8) * 8)
    if (part.length > left) break
    left -= part.length
    part.writeBigUInt64LE(BigInt(inode.id), 0)
    part.writeBigUInt64LE(BigInt(index + 1), 8)
    part.writeUInt32LE(length, 16)
    part.writeUInt32LE((inode.mode >> 12) & 15, 20)
    part.write(name, 24)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

export interface Attributes {
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  readonly size?: number
}

export function readAttributes(body: Buffer): Attributes {
  const valid = body.readUInt32LE(0)
  return {
    ...(valid & 1 && { mode: body.readUInt32LE(68) }),
    ...(valid & 2 && { uid: body.readUInt32LE(76) }),
    ...(valid & 4 && { gid: body.readUInt32LE(80) }),
    ...(valid & 8 && { size: Number(body.readBigUInt64LE(16)) }),
  }
}

/** Reads the position in a file, and the number of bytes. */
export function readRange(body: Buffer): { readonly offset: number; readonly size: number } {
  return { offset: Number(body.readBigUInt64LE(8)), size: body.readUInt32LE(16) }
}
