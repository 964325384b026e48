/** Answers the kernel's requests about the files, one function for each operation. files.ts owns the files. */
import type { Controls } from './controls.ts'
import { FileError, type Files } from './files.ts'
import {
  maxWrite,
  operations,
  type Request,
  readAttributes,
  readNames,
  readRange,
  writeAttributesReply,
  writeCount,
  writeEntry,
  writeFolder,
  writeInit,
  writeOpen,
  writeSpace,
} from './wire.ts'

export type Answer = (request: Request) => Buffer

const nothing = Buffer.alloc(0)
/** An error of the device. */
const failedFlush = 5

export function createAnswers(files: Files, controls: Controls): ReadonlyMap<number, Answer> {
  return new Map([
    [operations.init, writeInit],
    [operations.destroy, () => nothing],
    [operations.open, writeOpen],
    [operations.opendir, writeOpen],
    [operations.release, () => nothing],
    [operations.releasedir, () => nothing],
    [operations.flush, () => nothing],
    [operations.statfs, () => writeSpace(controls.capacity, files.countUsed())],
    ...answerNames(files),
    ...answerContents(files, controls),
  ] satisfies [number, Answer][])
}

type Answers = [number, Answer][]

function answerNames(files: Files): Answers {
  const { find } = files
  const readName = (body: Buffer, offset = 0): string => readNames(body, offset)[0] ?? ''
  const make = ({ node, uid, gid }: Request, name: string, mode: number) =>
    files.make(find(node), name, { mode, uid, gid })
  const remove: Answer = ({ node, body }) => {
    files.remove(find(node), readName(body))
    return nothing
  }
  const rename =
    (offset: number): Answer =>
    ({ node, body }) => {
      const [from = '', to = ''] = readNames(body, offset)
      files.rename(find(node), from, find(Number(body.readBigUInt64LE(0))), to)
      return nothing
    }
  const link: Answer = ({ node, body }) => {
    const inode = find(Number(body.readBigUInt64LE(0)))
    files.link(inode, find(node), readName(body, 8))
    return writeEntry(inode)
  }
  const symlink: Answer = (request) => {
    const [name = '', target] = readNames(request.body)
    const inode = make(request, name, 0o120777)
    inode.target = target
    return writeEntry(inode)
  }
  const create: Answer = (request) => {
    const inode = make(request, readName(request.body, 16), request.body.readUInt32LE(4))
    return Buffer.concat([writeEntry(inode), writeOpen()])
  }
  const mknod: Answer = (request) =>
    writeEntry(make(request, readName(request.body, 16), request.body.readUInt32LE(0)))
  const mkdir: Answer = (request) =>
    writeEntry(make(request, readName(request.body, 8), 0o040000 | request.body.readUInt32LE(0)))
  const list: Answer = ({ node, body }) => {
    const { offset, size } = readRange(body)
    const folder = find(node)
    const entries = [['.', folder] as const, ['..', folder] as const, ...files.listEntries(folder)]
    return writeFolder(entries, offset, Math.min(size, maxWrite))
  }
  return [
    [operations.lookup, ({ node, body }) => writeEntry(files.lookUp(find(node), readName(body)))],
    [operations.readlink, ({ node }) => Buffer.from(find(node).target ?? '')],
    [operations.symlink, symlink],
    [operations.mknod, mknod],
    [operations.mkdir, mkdir],
    [operations.create, create],
    [operations.unlink, remove],
    [operations.rmdir, remove],
    [operations.rename, rename(8)],
    [operations.rename2, rename(16)],
    [operations.link, link],
    [operations.readdir, list],
  ]
}

function answerContents(files: Files, controls: Controls): Answers {
  const { find } = files
  const flush: Answer = ({ node }) => {
    controls.waitBeforeFlush()
    if (controls.failsFlush) throw new FileError(failedFlush)
    if (controls.flushesAll) files.flushAll()
    else files.flush(find(node))
    return nothing
  }
  const change: Answer = ({ node, body }) => {
    const { size, ...attributes } = readAttributes(body)
    const inode = find(node)
    if (size !== undefined) files.resize(inode, size)
    Object.assign(inode, attributes)
    return writeAttributesReply(inode)
  }
  const read: Answer = ({ node, body }) => {
    const { offset, size } = readRange(body)
    return files.read(find(node), offset, size)
  }
  const write: Answer = ({ node, body }) => {
    const { offset, size } = readRange(body)
    files.write(find(node), offset, body.subarray(40, 40 + size))
    return writeCount(size)
  }
  return [
    [operations.getattr, ({ node }) => writeAttributesReply(find(node))],
    [operations.setattr, change],
    [operations.read, read],
    [operations.write, write],
    [operations.fsync, flush],
    [operations.fsyncdir, flush],
  ]
}
