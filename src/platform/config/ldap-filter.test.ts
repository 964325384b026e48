import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FilterParser } from 'ldapts'
import { isLdapFilter } from './ldap-filter.ts'

test('a filter of LDAP is told from another text, and the library takes it as well', () => {
  for (const filter of [
    '(employeeType=person)',
    '(!(cn=svc-*))',
    '(&(objectClass=user)(|(a=1)(b>=2)(c<=3)(d~=e))(!(cn=*)))',
    '(memberOf:1.2.840.113556.1.4.1941:=CN=staff,DC=corp,DC=example)',
    '(userAccountControl:1.2.840.113556.1.4.803:=512)',
    String.raw`(cn=Sales \28Berlin\29)`,
  ]) {
    assert.equal(isLdapFilter(filter), true, filter)
    assert.ok(FilterParser.parseString(filter))
  }
  for (const text of [
    ...['', 'cn=x', '(cn=x', '(cn=x))', '(cn=x)(cn=y)', '()', '(&)', '(!(cn=x)(cn=y))', '(cn)'],
    ...[String.raw`(cn=\zz)`, '(cn=a(b)', '(=x)', ' (cn=x)', '(cn;lang-de=x)'],
  ]) {
    assert.equal(isLdapFilter(text), false, text)
  }
})
