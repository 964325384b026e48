/** Jenkins, with its plugin `oic-auth`. */
import { type AppTemplate, below } from './template.ts'

export const jenkins: AppTemplate = {
  name: 'jenkins',
  title: 'Jenkins',
  product: 'Jenkins',
  protocol: 'oidc',
  icon: '<circle cx="12" cy="12" r="3.2"/><path d="M12 3.5v3M12 17.5v3M3.5 12h3M17.5 12h3M6 6l2.1 2.1M15.9 15.9L18 18M18 6l-2.1 2.1M8.1 15.9L6 18"/>',
  urlOf: 'Jenkins, for example https://jenkins.example.org',
  createSettings: (url) => ({
    redirectUris: [below(url, 'securityRealm/finishLogin')],
    postLogoutRedirectUris: [below(url, 'OicLogout')],
    startUrl: below(url, ''),
  }),
  createGuide: ({ id, url, secret, address }) => [
    {
      text: `Install the plugin "OpenId Connect Authentication". Under Manage Jenkins, System, the Jenkins URL has to be ${url}/.`,
    },
    {
      text: 'Under Manage Jenkins, Security, choose the security realm "Login with Openid Connect", or as configuration as code:',
      language: 'yaml',
      code: `jenkins:
  securityRealm:
    oic:
      clientId: ${id}
      clientSecret: ${secret}
      serverConfiguration:
        wellKnown:
          wellKnownOpenIDConfigurationUrl: ${address('discovery')}
          scopesOverride: openid profile email
      userNameField: preferred_username
      fullNameFieldName: name
      emailFieldName: email
      pkceEnabled: true
      logoutFromOpenidProvider: true
      postLogoutRedirectUrl: ${below(url, 'OicLogout')}`,
    },
    {
      text: 'Set an escape hatch in the same place before you save: without it a mistake there locks everybody out.',
    },
  ],
  about: `Jenkins needs the plugin *OpenId Connect Authentication* (\`oic-auth\`). Names of fields differ between its versions:
before version 4 the address of the discovery document stands beside \`clientId\`.`,
  tried:
    'The settings were read in the documentation and the sources of the plugin. No real Jenkins was connected yet.',
}
