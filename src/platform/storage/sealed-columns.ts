/**
 * Lists every place in the database that holds sealed values, which a rotation of sealing keys wraps anew. Owns the list; a
 * test compares it with the schema and with the code that seals. The sealing context of a value is `<table>/<key>/<column>`, or
 * `<table>/<key>/<member>` inside JSON.
 */
import { sealedFactorColumns } from './factor-tables.ts'

export interface SealedColumn {
  readonly table: string
  /** The column that identifies its rows. */
  readonly key: string
  readonly column: string
  /** Absent: the column is the sealed value. `json`: members of the top level of an object. */
  readonly form?: 'json'
  /** An empty text is no value: the removal of an authenticator writes it in place of the secret. */
  readonly emptied?: true
  /** Only rows with this value in this column. */
  readonly where?: { readonly column: string; readonly value: string }
}

export const sealedColumns: readonly SealedColumn[] = [
  { table: 'settings', key: 'name', column: 'value' },
  { table: 'signing_keys', key: 'id', column: 'private_key_sealed' },
  { table: 'apps', key: 'id', column: 'secret_sealed' },
  { table: 'apps', key: 'id', column: 'earlier_secret_sealed' },
  ...sealedFactorColumns,
  { table: 'mail_queue', key: 'id', column: 'body_sealed' },
  { table: 'journeys', key: 'id_hash', column: 'state', form: 'json' },
  {
    ...{ table: 'oidc_records', key: 'id', column: 'payload', form: 'json' },
    where: { column: 'model', value: 'BackchannelAuthenticationRequest' },
  },
]
