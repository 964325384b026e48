/** Outlook on the web, with the trust that Exchange has for AD FS. */
import { type AppTemplate, below } from './template.ts'

export const owa: AppTemplate = {
  name: 'owa',
  title: 'Outlook on the web',
  product: 'Outlook',
  protocol: 'wsfed',
  icon: '<path d="M4 8.5L12 4l8 4.5v10.5H4z"/><path d="M4 9l8 5 8-5"/>',
  urlOf: 'Exchange as browsers see it, for example https://mail.example.org',
  createSettings: (url) => ({
    realms: [below(url, 'owa/'), below(url, 'ecp/')],
    startUrl: below(url, 'owa/'),
  }),
  createGuide: ({ url, address }) => [
    {
      text: 'Each user needs the attributes upn and sid of the Active Directory:',
      language: 'sh',
      code: 'einlass user change NAME --attribute upn=NAME@example.org --attribute sid=S-1-5-21-...',
    },
    {
      text: 'Let the assistant check what can be checked before, and write the scripts to apply it at Exchange and to take it back:',
      language: 'sh',
      code: `einlass owa plan --mail ${url} --route direct --user NAME`,
    },
    {
      text: 'What the scripts set at Exchange:',
      code: `Issuer:     ${address('login')}
Audiences:  ${below(url, 'owa/')}, ${below(url, 'owa')}, ${below(url, 'ecp/')}, ${below(url, 'ecp')}
Metadata:   ${address('metadata')}`,
    },
  ],
  about: `Exchange trusts this login as it would trust AD FS. [Outlook on the web](../owa.md) has two other routes, and what has to be
closed beside it.`,
  tried:
    'The assistant plays the sign-in of Exchange against the server. No real Exchange was connected yet.',
}
