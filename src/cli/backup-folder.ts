/** The folder in which commands about backups work on copies of the database. */
import { tmpdir } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { StorageConfig } from '../platform/storage/open.ts'

/**
 * For SQLite the folder of the database file, which is equally secret; for PostgreSQL the folder for temporary files
 * (`TMPDIR`).
 */
export const findWorkFolder = (storage: StorageConfig): string =>
  storage.type === 'sqlite' ? dirname(resolve(storage.file)) : tmpdir()
