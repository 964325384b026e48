/** The suite's plans that a run knows: their names and variants, and which apps of Einlass they need. */

/** `secret`: apps with a secret. `register`: apps that register themselves. The others are apps with the profile `fapi2`. */
export type Clients =
  | { readonly type: 'none' | 'secret' | 'register' }
  | {
      readonly type: 'fapi2'
      readonly authentication: 'private_key_jwt' | 'mtls'
      readonly binding: 'dpop' | 'mtls'
      readonly isSigned: boolean
    }
  | { readonly type: 'ciba'; readonly authentication: 'private_key_jwt' | 'mtls' }

export interface Plan {
  /** The suite's name. */
  readonly planName: string
  readonly variant: Readonly<Record<string, string>>
  readonly clients: Clients
}

const discovery = { server_metadata: 'discovery' }
const statically = { ...discovery, client_registration: 'static_client' }
const dynamically = { ...discovery, client_registration: 'dynamic_client' }

const authentications = ['private_key_jwt', 'mtls'] as const
const bindings = ['dpop', 'mtls'] as const
const shortNames = { private_key_jwt: 'key', mtls: 'mtls' } as const

function createFapiPlans(): [string, Plan][] {
  return authentications.flatMap((authentication) =>
    bindings.flatMap((binding): [string, Plan][] => {
      const name = `${shortNames[authentication]}-${binding}`
      const common = {
        client_auth_type: authentication,
        sender_constrain: binding,
        openid: 'openid_connect',
        fapi_profile: 'plain_fapi',
      }
      const clients = { type: 'fapi2', authentication, binding } as const
      const signed = { ...common, fapi_request_method: 'signed_non_repudiation' }
      const signing = 'fapi2-message-signing-final-test-plan'
      return [
        [
          `fapi2-${name}`,
          {
            planName: 'fapi2-security-profile-final-test-plan',
            variant: common,
            clients: { ...clients, isSigned: false },
          },
        ],
        ...(['plain_response', 'jarm'] as const).map((mode): [string, Plan] => [
          `fapi2-signed-${name}${mode === 'jarm' ? '-jarm' : ''}`,
          {
            planName: signing,
            variant: { ...signed, fapi_response_mode: mode },
            clients: { ...clients, isSigned: true },
          },
        ]),
      ]
    }),
  )
}

function createCibaPlans(): [string, Plan][] {
  return authentications.map((authentication) => [
    `ciba-${shortNames[authentication]}`,
    {
      planName: 'fapi-ciba-id1-test-plan',
      variant: {
        client_auth_type: authentication,
        fapi_ciba_profile: 'plain_fapi',
        ciba_mode: 'poll',
        client_registration: 'static_client',
      },
      clients: { type: 'ciba', authentication },
    },
  ])
}

/** By the names that are typed. */
export const plans: Readonly<Record<string, Plan>> = {
  basic: {
    planName: 'oidcc-basic-certification-test-plan',
    variant: statically,
    clients: { type: 'secret' },
  },
  'basic-dynamic': {
    planName: 'oidcc-basic-certification-test-plan',
    variant: dynamically,
    clients: { type: 'register' },
  },
  config: {
    planName: 'oidcc-config-certification-test-plan',
    variant: {},
    clients: { type: 'none' },
  },
  'form-post': {
    planName: 'oidcc-formpost-basic-certification-test-plan',
    variant: statically,
    clients: { type: 'secret' },
  },
  dynamic: {
    planName: 'oidcc-dynamic-certification-test-plan',
    variant: { response_type: 'code' },
    clients: { type: 'register' },
  },
  'third-party-login': {
    planName: 'oidcc-3rdparty-init-login-certification-test-plan',
    variant: { response_type: 'code' },
    clients: { type: 'register' },
  },
  'rp-logout': {
    planName: 'oidcc-rp-initiated-logout-certification-test-plan',
    variant: { client_registration: 'static_client', response_type: 'code' },
    clients: { type: 'secret' },
  },
  'back-channel-logout': {
    planName: 'oidcc-backchannel-rp-initiated-logout-certification-test-plan',
    variant: { client_registration: 'static_client', response_type: 'code' },
    clients: { type: 'secret' },
  },
  ...Object.fromEntries([...createFapiPlans(), ...createCibaPlans()]),
}
