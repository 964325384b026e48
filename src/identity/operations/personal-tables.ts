/** The personal data in the tables of users, sessions and queues. */
import { type PersonalTable, personal } from '../../platform/storage/personal-table.ts'
import { userTable } from '../users/rows.ts'

export const identityTables: readonly PersonalTable[] = [
  userTable,
  personal('user_groups', { what: 'Groups', shown: { name: 'group' }, hidden: ['user_id'] }),
  personal('user_attributes', {
    what: 'Attributes for apps',
    shown: { name: 'attribute', value: 'value' },
    hidden: ['user_id', 'position'],
  }),
  personal('user_words', {
    what: 'Words in names and address, to find the user by',
    shown: { word: 'word' },
    hidden: ['user_id'],
  }),
  personal('directory_entries', {
    what: 'The entry in a directory',
    shown: {
      ...{ directory: 'directory', entry_id: 'id of the entry', checked_at: 'last asked at' },
      write_began_at: 'a new password was being written since',
      password_set_at: 'password set there at',
      must_change: 'password has to be changed there',
      logins_end_before: 'earlier logins have to end',
    },
    hidden: ['user_id'],
  }),
  personal('written_passwords', {
    what: 'A password that was written to a directory',
    shown: { set_at: 'set at', expires_at: 'remembered until' },
    hidden: ['user_id', 'hash', 'version'],
  }),
  personal('provisioned_users', {
    what: 'The user in a system that provisions users',
    shown: { source: 'system', external_id: 'id there', deactivated_at: 'disabled there at' },
    hidden: ['user_id'],
  }),
  personal('app_orders', {
    what: 'Own order of apps',
    shown: { app_ids: 'apps', updated_at: 'last changed at' },
    hidden: ['user_id'],
  }),
  personal('sessions', {
    what: 'Logins of the last weeks, with the browsers that they were in',
    shown: {
      ...{ id: 'id', amr: 'methods', acr: 'level', authenticated_at: 'logged in at' },
      ...{ created_at: 'begun at', last_seen_at: 'last used at', expires_at: 'ends at' },
      ...{ ended_at: 'ended at', end_reason: 'why it ended', client_address: 'IP address' },
      ...{ user_agent: 'browser', put_off_at: 'second factor deferred at' },
    },
    hidden: ['user_id', 'token_hash', 'put_off_rule', 'browser_hash', 'row_mac'],
  }),
  personal('participants', {
    what: 'Apps that were entered',
    shown: {
      ...{ app_id: 'app', protocol: 'protocol', session_id: 'login', data: 'for the logout' },
      ...{ first_used_at: 'first entered at', last_used_at: 'last entered at' },
      ...{ expires_at: 'stored until', ended_at: 'login ended at' },
    },
    hidden: ['user_id'],
  }),
  personal('logout_queue', {
    what: 'Apps that wait to hear of a logout',
    shown: {
      ...{ app_id: 'app', protocol: 'protocol', session_id: 'login', data: 'for the logout' },
      ...{ status: 'state', created_at: 'since', finished_at: 'done at' },
    },
    hidden: ['id', 'user_id', 'attempts', 'due_at', 'reason'],
  }),
  personal('mail_queue', {
    what: 'Mails',
    shown: {
      ...{ kind: 'kind', recipient: 'recipient', recipient_name: 'name', subject: 'subject' },
      ...{ text_body: 'text', status: 'state', created_at: 'written at' },
      ...{ finished_at: 'sent or given up at', useless_at: 'not sent after' },
    },
    hidden: [
      'id',
      'message_id',
      'user_id',
      'html_body',
      'body_sealed',
      'attempts',
      'due_at',
      'reason',
    ],
  }),
  personal('event_queue', {
    what: 'Events that wait for the service desk',
    owner: { column: 'body', is: 'text' },
    shown: { receiver: 'receiver', type: 'event', body: 'content', created_at: 'written at' },
    hidden: ['id', 'status', 'attempts', 'due_at', 'finished_at', 'reason'],
  }),
]
