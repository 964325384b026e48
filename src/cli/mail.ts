/** `einlass mail …`: tests whether mail works. */
import { z } from 'zod'
import { readDomain, readVoice } from '../identity/notify/mail/mail.ts'
import { writeTestMail } from '../identity/notify/mail/notify.ts'
import { createSmtpTransport, type SendResult } from '../identity/notify/mail/transport.ts'
import { ConfigMistakes } from '../platform/config/mistakes.ts'
import { systemClock } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { systemRandom } from '../platform/kernel/random.ts'
import { languages } from '../platform/ui/language.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { checkInput } from './input.ts'

const inputSchema = z.object({ address: z.email(), language: z.enum(languages) })

export const mailTest = defineCommand({
  name: 'mail test',
  operands: ['ADDRESS'],
  summary: 'Sends one mail to ADDRESS at once and reports the answer of the mail server.',
  options: {
    language: {
      type: 'string',
      value: 'de|en',
      help: 'The language of the mail; else default_language',
    },
  },
  async run({ operands: [address = ''], values, configFile, io, reply }) {
    const { config, file } = usableConfig(configFile, io)
    const { mail, brand } = config
    if (mail === undefined) {
      const allowed = 'the keys from and smtp, see docs/mail.md'
      throw new ConfigMistakes([{ path: 'mail', found: 'nothing', allowed }], file)
    }
    const places = {
      address: { option: 'ADDRESS', typed: address, allowed: 'an e-mail address' },
      language: { option: '--language', typed: values.language, allowed: 'de or en' },
    }
    const input = { address, language: values.language ?? config.default_language }
    const { language } = checkInput(inputSchema, input, places)
    const to = { name: '', address }
    const messageId = `<${systemRandom.uuid()}@${readDomain(mail.from)}>`
    const transport = createSmtpTransport({ mail, brandName: brand.name })
    const content = writeTestMail(readVoice(config, config.public_url), language)
    const result = await transport.send({ messageId, to, date: systemClock.now(), ...content })
    transport.close()
    if (result.type !== 'sent') throw new Fault('unavailable', troubleText(result, mail.smtp.host))
    reply(
      { address, messageId },
      `${mail.smtp.host} accepted the mail to ${address} (${messageId}).`,
    )
    return exit.ok
  },
})

const explanations: readonly (readonly [RegExp, string])[] = [
  [/ALTNAME/, 'Its certificate is for another name. Set mail.smtp.host to the name in it.'],
  [
    /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)/,
    'No known authority has signed its certificate. NODE_EXTRA_CA_CERTS names a file of further certificates to trust.',
  ],
  [/CERT_HAS_EXPIRED/, 'Its certificate has expired.'],
  [/ECONNREFUSED/, 'Nothing listens there. Check mail.smtp.port.'],
  [/EDNS|ENOTFOUND/, 'This host does not exist. Check mail.smtp.host.'],
  [
    /ETIMEDOUT/,
    'It did not answer in time. Check host, port and security; a firewall may block it.',
  ],
  [/ETLS/, 'It does not encrypt as mail.smtp.security requires, so nothing was sent.'],
  [/^AUTH|EAUTH/, 'It refused mail.smtp.username and mail.smtp.password.'],
  [/^MAIL FROM/, 'It does not let this login send from mail.from.'],
  [
    /^RCPT TO 4/,
    'It takes no mail for this address now. Mails of the server are sent again later.',
  ],
  [/^RCPT TO/, 'It does not accept mail for this address.'],
]

/** Describes the problem in words and with the code. */
function troubleText(result: Exclude<SendResult, { type: 'sent' }>, host: string): string {
  const { reason, reply } = result
  const explanation = explanations.find(([pattern]) => pattern.test(reason))?.[1]
  const said = reply === undefined ? '' : ` It said: ${reply}`
  return `${host} did not accept the mail (${reason}).${explanation === undefined ? '' : ` ${explanation}`}${said}`
}
