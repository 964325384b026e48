/**
 * The look of every mail, as text and as HTML. Owns the frame; knows no particular mail. The HTML has no tables, images,
 * scripts or style sheets: one column of paragraphs with inline styles, which Outlook's reader shows as well.
 */
import { html } from '../../../platform/ui/html.ts'

export interface MailContent {
  readonly language: string
  readonly brandName: string
  /** `#rrggbb`, readable on white. */
  readonly accent: string
  readonly subject: string
  readonly paragraphs: readonly string[]
  /** Label and value. */
  readonly facts: readonly (readonly [string, string])[]
  readonly advice?: { readonly title: string; readonly text: string }
  readonly link?: { readonly label: string; readonly href: string }
  readonly footer: readonly string[]
}

export interface RenderedMail {
  readonly text: string
  readonly html: string
}

export function renderMail(content: MailContent): RenderedMail {
  return { text: renderText(content), html: renderHtml(content) }
}

function renderText({ paragraphs, facts, advice, link, footer, brandName }: MailContent): string {
  const blocks = [
    ...paragraphs,
    facts.map(([label, value]) => `${label}: ${value}`).join('\n'),
    advice === undefined ? '' : `${advice.title}\n${advice.text}`,
    link === undefined ? '' : `${link.label}: ${link.href}`,
    // In a reply, mail programs cut off everything after this line (RFC 3676 section 4.3).
    ['-- ', brandName, ...footer].join('\n'),
  ]
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`
}

const body =
  'margin:0;padding:24px;background:#ffffff;color:#16202b;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5'
const frame = 'max-width:560px'
const paragraph = 'margin:0 0 16px 0'
const small = 'margin:0 0 8px 0;font-size:13px;color:#4b5a69'

function renderHtml(content: MailContent): string {
  const { language, accent, advice, link } = content
  const name = `margin:0 0 20px 0;padding:0 0 8px 0;border-bottom:3px solid ${accent};font-size:18px;font-weight:bold;color:${accent}`
  const page = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${content.subject}</title>
</head>
<body style="${body}">
<div style="${frame}">
<p style="${name}">${content.brandName}</p>
${content.paragraphs.map((text) => html`<p style="${paragraph}">${text}</p>\n`)}
${
  content.facts.length > 0 &&
  html`<p style="${paragraph}">${content.facts.map(
    ([label, value]) => html`${label}: <b>${value}</b><br>\n`,
  )}</p>`
}
${advice !== undefined && html`<p style="${paragraph}"><b>${advice.title}</b><br>${advice.text}</p>`}
${
  link !== undefined &&
  html`<p style="${paragraph}">${link.label}: <a href="${link.href}" style="color:${accent};word-break:break-all">${link.href}</a></p>`
}
${content.footer.map((text) => html`<p style="${small}">${text}</p>\n`)}
</div>
</body>
</html>
`
  return page.toString()
}
