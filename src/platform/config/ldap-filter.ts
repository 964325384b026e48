/** Whether a text is a search filter of LDAP (RFC 4515), so that a mistake in it is found before anybody logs in. */

const item = /^[A-Za-z0-9][A-Za-z0-9.:-]*(?:[~<>]?=|:=)(?:[^()\\\0]|\\[0-9A-Fa-f]{2})*/

export const isLdapFilter = (text: string): boolean => skipFilter(text) === ''

/** What follows the filter at the beginning of the text; undefined: there is no filter at its beginning. */
function skipFilter(text: string): string | undefined {
  if (!text.startsWith('(')) return undefined
  const rest = skipContent(text.slice(1))
  return rest?.startsWith(')') ? rest.slice(1) : undefined
}

function skipContent(text: string): string | undefined {
  if (text.startsWith('!')) return skipFilter(text.slice(1))
  if (!/^[&|]/.test(text)) {
    const found = item.exec(text)
    return found === null ? undefined : text.slice(found[0].length)
  }
  let rest = skipFilter(text.slice(1))
  while (rest?.startsWith('(')) rest = skipFilter(rest)
  return rest
}
