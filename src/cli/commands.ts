/**
 * The list of commands: what each one is for, and where it is. Each is loaded only when it runs, so that `config check` does not
 * wait for the server's modules.
 */
import type { Command } from './command.ts'

export interface Entry {
  readonly summary: string
  readonly load: () => Promise<Command>
}

/** By heading of the overview. */
export const commandsByHeading: Readonly<Record<string, Readonly<Record<string, Entry>>>> = {
  Server: {
    serve: { summary: 'run the login', load: async () => (await import('./server.ts')).serve },
    demo: {
      summary: 'run a login with made-up users and apps',
      load: async () => (await import('./server.ts')).demo,
    },
    'config check': {
      summary: 'check the configuration without starting',
      load: async () => (await import('./config-check.ts')).configCheck,
    },
    'directory test': {
      summary: 'check whether directories can be used as they are configured',
      load: async () => (await import('./directory.ts')).directoryTest,
    },
    'mail test': {
      summary: 'send one mail to see whether mail works',
      load: async () => (await import('./mail.ts')).mailTest,
    },
    routes: {
      summary: 'list every address of the server',
      load: async () => (await import('./routes.ts')).routes,
    },
  },
  Users: {
    'user add': { summary: 'add a user', load: async () => (await import('./user.ts')).userAdd },
    'user list': {
      summary: 'list users',
      load: async () => (await import('./user-list.ts')).userList,
    },
    'user show': {
      summary: 'show what is known of a user',
      load: async () => (await import('./user-show.ts')).userShow,
    },
    'user change': {
      summary: 'change the name, the e-mail address or attributes of a user',
      load: async () => (await import('./user-change.ts')).userChange,
    },
    'user disable': {
      summary: 'disable a user and end every session',
      load: async () => (await import('./user.ts')).userDisable,
    },
    'user enable': {
      summary: 'enable a disabled user',
      load: async () => (await import('./user.ts')).userEnable,
    },
    'user unlock': {
      summary: 'lift waits and locks after wrong passwords and codes',
      load: async () => (await import('./user-unlock.ts')).userUnlock,
    },
    'user set-password': {
      summary: 'set a password',
      load: async () => (await import('./user.ts')).userSetPassword,
    },
    'user reset-password': {
      summary: 'send a user a link to choose a new password',
      load: async () => (await import('./user-reset-password.ts')).userResetPassword,
    },
    'user group add': {
      summary: 'put a user into a group',
      load: async () => (await import('./user-group.ts')).userGroupAdd,
    },
    'user group remove': {
      summary: 'take a user out of a group',
      load: async () => (await import('./user-group.ts')).userGroupRemove,
    },
    'user remove': {
      summary: 'remove a user and everything that belongs to it',
      load: async () => (await import('./user-remove.ts')).userRemove,
    },
    'user export': {
      summary: 'write all that is stored of a user',
      load: async () => (await import('./user-export.ts')).userExport,
    },
    'user erase': {
      summary: 'erase a user, in the audit log as well',
      load: async () => (await import('./user-erase.ts')).userErase,
    },
    'import users': {
      summary: 'import users from CSV, LDIF, JSON, Keycloak or Authelia',
      load: async () => (await import('./import/users.ts')).importUsers,
    },
    'scim-token create': {
      summary: 'let a system provision users (SCIM)',
      load: async () => (await import('./scim-token.ts')).scimTokenCreate,
    },
    'scim-token list': {
      summary: 'list SCIM tokens',
      load: async () => (await import('./scim-token.ts')).scimTokenList,
    },
    'scim-token remove': {
      summary: 'end a SCIM token',
      load: async () => (await import('./scim-token.ts')).scimTokenRemove,
    },
  },
  'Rolling out': {
    'invitation create': {
      summary: 'invite users to set up a first second factor',
      load: async () => (await import('./invitation.ts')).invitationCreate,
    },
    'invitation list': {
      summary: 'list invitations',
      load: async () => (await import('./invitation.ts')).invitationList,
    },
    'invitation revoke': {
      summary: 'end the invitation of a user',
      load: async () => (await import('./invitation.ts')).invitationRevoke,
    },
    'invitation report': {
      summary: 'what a first second factor needs, by app and group, and who has none',
      load: async () => (await import('./invitation-report.ts')).invitationReport,
    },
  },
  'Service desk': {
    'login show': {
      summary: 'show the login that a caller speaks of',
      load: async () => (await import('./login.ts')).loginShow,
    },
    why: {
      summary: 'why a login failed or a notification never came',
      load: async () => (await import('./why.ts')).why,
    },
    'verify-caller': {
      summary: 'verify who is at the telephone, by a phone of the user',
      load: async () => (await import('./verify-caller.ts')).verifyCaller,
    },
    'session list': {
      summary: 'list where a user is logged in',
      load: async () => (await import('./session.ts')).sessionList,
    },
    'session end': {
      summary: 'end one session of a user, or all of them',
      load: async () => (await import('./session.ts')).sessionEnd,
    },
    'factor list': {
      summary: 'list the authenticators of a user',
      load: async () => (await import('./factor.ts')).factorList,
    },
    'factor remove': {
      summary: 'remove one authenticator of a user',
      load: async () => (await import('./factor.ts')).factorRemove,
    },
    'factor reset': {
      summary: 'remove all authenticators of one factor',
      load: async () => (await import('./factor.ts')).factorReset,
    },
    'pass issue': {
      summary: 'issue a pass to a user who has lost the second factor',
      load: async () => (await import('./pass.ts')).passIssue,
    },
    'pass request': {
      summary: 'request a pass that another operator approves',
      load: async () => (await import('./pass.ts')).passRequest,
    },
    'pass approve': {
      summary: 'approve the request of another operator',
      load: async () => (await import('./pass.ts')).passApprove,
    },
    'pass list': {
      summary: 'list the passes of a user',
      load: async () => (await import('./pass.ts')).passList,
    },
    'pass revoke': {
      summary: 'end the pass of a user and what it opened',
      load: async () => (await import('./pass.ts')).passRevoke,
    },
  },
  Apps: {
    'app add': { summary: 'add an app', load: async () => (await import('./app.ts')).appAdd },
    'app list': { summary: 'list apps', load: async () => (await import('./app.ts')).appList },
    'app show': {
      summary: 'show an app and what its other side needs',
      load: async () => (await import('./app-show.ts')).appShow,
    },
    'app change': {
      summary: 'change an app',
      load: async () => (await import('./app-change.ts')).appChange,
    },
    'app test': {
      summary: 'play an app against the running server and say what is wrong',
      load: async () => (await import('./app-test.ts')).appTest,
    },
    'app icon': {
      summary: 'set the picture of an app on the start page',
      load: async () => (await import('./app-icon.ts')).appIcon,
    },
    'app remove': {
      summary: 'remove an app',
      load: async () => (await import('./app.ts')).appRemove,
    },
    'app export': {
      summary: 'write apps as a file',
      load: async () => (await import('./app-file.ts')).appExport,
    },
    'app apply': {
      summary: 'add and change apps as a file says',
      load: async () => (await import('./app-file.ts')).appApply,
    },
    'app adopt': {
      summary: 'adopt an app that has registered itself',
      load: async () => (await import('./registration-token.ts')).appAdopt,
    },
    'registration-token issue': {
      summary: 'issue a token by which an app registers itself',
      load: async () => (await import('./registration-token.ts')).registrationTokenIssue,
    },
    'registration-token list': {
      summary: 'list registration tokens',
      load: async () => (await import('./registration-token.ts')).registrationTokenList,
    },
    'registration-token revoke': {
      summary: 'end a registration token',
      load: async () => (await import('./registration-token.ts')).registrationTokenRevoke,
    },
    'owa plan': {
      summary: 'plan how Outlook on the web uses this login',
      load: async () => (await import('./owa-plan.ts')).owaPlan,
    },
    'owa leaks': {
      summary: 'list what on an Exchange server takes a password alone',
      load: async () => (await import('./owa-leaks.ts')).owaLeaks,
    },
  },
  'Audit log': {
    'audit list': {
      summary: 'list events of the audit log',
      load: async () => (await import('./audit-list.ts')).auditList,
    },
    'audit verify': {
      summary: 'check that the audit log is unbroken',
      load: async () => (await import('./audit.ts')).auditVerify,
    },
    'audit receivers': {
      summary: 'show how far each receiver of the audit log is',
      load: async () => (await import('./audit-receivers.ts')).auditReceivers,
    },
    'audit resend': {
      summary: 'send events of the audit log to a receiver again',
      load: async () => (await import('./audit-receivers.ts')).auditResend,
    },
  },
  'Database and keys': {
    migrate: {
      summary: 'bring the database to the schema of this program',
      load: async () => (await import('./migrate.ts')).migrate,
    },
    backup: {
      summary: 'write all of the database into a file',
      load: async () => (await import('./backup.ts')).backup,
    },
    'backup-key': {
      summary: 'make keys for encrypted backups',
      load: async () => (await import('./backup-key.ts')).backupKey,
    },
    restore: {
      summary: 'put the state of a backup in the place of the database',
      load: async () => (await import('./restore.ts')).restore,
    },
    copy: {
      summary: 'copy all of a database into another one, for example from SQLite to PostgreSQL',
      load: async () => (await import('./copy.ts')).copy,
    },
    'keys list': {
      summary: 'list the keys that sign what apps get, or that seal the database',
      load: async () => (await import('./keys.ts')).keysList,
    },
    'keys check': {
      summary: 'open every sealed value, and say which do not open',
      load: async () => (await import('./keys-sealing.ts')).keysCheck,
    },
    'keys bind': {
      summary: 'end an upgrade: refuse rows that no program of this version wrote',
      load: async () => (await import('./keys-sealing.ts')).keysBind,
    },
    'keys rotate': {
      summary: 'let new keys take their place, with an overlap',
      load: async () => (await import('./keys.ts')).keysRotate,
    },
    'keys retire': {
      summary: 'take out an earlier key with which nothing is sealed any more',
      load: async () => (await import('./keys-sealing.ts')).keysRetire,
    },
    'keys new': {
      summary: 'print a new sealing key for a place that Einlass cannot write to',
      load: async () => (await import('./keys-sealing.ts')).keysNew,
    },
  },
  'Phones and code apps': {
    'import am-devices': {
      summary: 'import the phones and code apps of an AM server',
      load: async () => (await import('./import/am-devices.ts')).importAmDevices,
    },
    'import totp': {
      summary: 'import the secrets of code apps',
      load: async () => (await import('./import/codes.ts')).importCodes,
    },
    phone: {
      summary: 'a phone in the terminal, for demos and tests',
      load: async () => {
        const { runPhoneCommand } = await import('../dev/phone/commands.ts')
        return { run: (args, io) => runPhoneCommand([...args], io) }
      },
    },
  },
}

export const commands: Readonly<Record<string, Entry>> = Object.assign(
  {},
  ...Object.values(commandsByHeading),
)
