/** Any app that speaks SAML 2.0 and has no template of its own. */
import { type AppTemplate, below } from './template.ts'

export const genericSaml: AppTemplate = {
  name: 'saml',
  title: 'Any app with SAML 2.0',
  protocol: 'saml',
  icon: '<path d="M12 3.5l7 2.6v5.2c0 4.4-2.9 7.6-7 9.2-4.1-1.6-7-4.8-7-9.2V6.1z"/><path d="M9 11.8l2.2 2.2 4-4.3"/>',
  urlOf: 'the app, for example https://notes.example.org',
  createSettings: (url) => ({
    entityId: below(url, 'saml/metadata'),
    consumerUrls: [below(url, 'saml/acs')],
    startUrl: below(url, ''),
  }),
  createGuide: ({ id, url, address }) => [
    {
      text: 'Give the app the metadata of this login, as an address or as a file. What it wants one by one:',
      code: `Metadata:                ${address('metadata')}
Entity id (issuer):      ${address('entity id')}
Login address (SSO):     ${address('login')}
Logout address (SLO):    ${address('logout')}
Binding:                 HTTP-Redirect or HTTP-POST
NameID:                  persistent, unless --name-id says otherwise`,
    },
    {
      text: `Look up in the app what it calls itself and where it takes responses. If that is not ${below(url, 'saml/acs')}, take its metadata:`,
      language: 'sh',
      code: `einlass app change ${id} --metadata ${below(url, 'saml/metadata')}`,
    },
  ],
  about: `For an app without a template of its own. When it has metadata, leave the template out:
\`./einlass app add notes --protocol saml --metadata https://notes.example.org/saml/metadata\` takes all addresses and
certificates from there.`,
  tried: 'mod_auth_mellon is connected in this manner by the tests.',
}
