import { type Chapter, excluded, tested, unmet } from '../requirement.ts'

const noUpload = 'Nobody can upload a file. Commands read files that an operator names.'

export const files: Chapter = {
  title: 'Files',
  requirements: [
    excluded('5.1.1', 'permitted types and sizes of files are documented', noUpload),
    tested(
      '5.2.1',
      'files that are too large are refused',
      'src/identity/apps/icon-file.test.ts: a PNG of an unsuitable size and a file that is too large are refused',
      'src/cli/import/read-file.test.ts: reading stops at a line that is longer than the limit',
    ),
    unmet(
      '5.2.2',
      'the content of a file matches its extension and type',
      'The content of a picture decides what it is. The extension of its file is not read.',
      'src/identity/apps/icon-file.test.ts: A27, A39: an SVG that could run, load or hide something is refused',
      'src/cli/app-icon.test.ts: a bad picture, a missing file or an unknown app is refused with the reason',
    ),
    tested(
      '5.2.3',
      'uncompressed size is limited before a file is unpacked',
      'packages/saml/corpus.test.ts: A30: a compressed message that is too large or malformed is refused',
    ),
    excluded('5.3.1', 'uploaded files are never executed', noUpload),
    tested(
      '5.3.2',
      'input cannot choose a file path (path traversal)',
      'test/bad-input.test.ts: … is not found below /assets',
    ),
    excluded(
      '5.4.1',
      'file names in requests are validated or ignored',
      'No request names a file.',
    ),
    excluded('5.4.2', 'file names in answers are encoded or sanitized', 'No answer names a file.'),
    excluded('5.4.3', 'files from untrusted sources are scanned for malware', noUpload),
  ],
}
