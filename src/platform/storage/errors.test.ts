import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { Fault } from '../kernel/fault.ts'
import { fromPostgres, fromSqlite, isUniqueViolation } from './errors.ts'

const sqliteError = (errcode: number) => Object.assign(new Error('sqlite'), { errcode })

function postgresError(code: string): Error {
  const error = new pg.DatabaseError('postgres', 0, 'error')
  error.code = code
  error.severity = 'ERROR'
  return error
}

const isUnavailable = (error: unknown): boolean =>
  error instanceof Fault && error.code === 'unavailable' && error.cause instanceof Error

test('SQLite errors of the disk and of locks become faults, including extended codes', () => {
  for (const code of [5, 6, 7, 8, 10, 11, 13, 14, 26, 261, 517, 778, 1034]) {
    assert.ok(isUnavailable(fromSqlite(sqliteError(code))), String(code))
  }
})

test('an error in a statement is not converted', () => {
  const errors = [
    ...[1, 19, 787, 1299, 2067].map(sqliteError),
    ...['22P02', '23505', '23503', '42601', '42P01', '25P02'].map(postgresError),
  ]
  for (const error of errors) {
    const convert = error instanceof pg.DatabaseError ? fromPostgres : fromSqlite
    assert.equal(convert(error), error)
  }
  assert.equal(fromSqlite('text'), 'text')
})

test('PostgreSQL errors of connections, resources and shutdown become faults', () => {
  const codes = ['08006', '28P01', '3D000', '40001', '40P01', '53300', '55P03', '57P01', '57014']
  for (const code of [...codes, '57P03', '58030', 'XX001', '25P03']) {
    assert.ok(isUnavailable(fromPostgres(postgresError(code))), code)
  }
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  assert.ok(isUnavailable(fromPostgres(refused)))
  assert.ok(isUnavailable(fromPostgres(new Error('Connection terminated unexpectedly'))))
})

test('a unique violation is distinguished from other constraint violations', () => {
  for (const error of [sqliteError(2067), sqliteError(1555), postgresError('23505')]) {
    assert.equal(isUniqueViolation(error), true)
  }
  for (const error of [sqliteError(787), postgresError('23503'), new Error('x'), 'x', undefined]) {
    assert.equal(isUniqueViolation(error), false)
  }
})
