import { type Chapter, excluded, tested } from '../requirement.ts'

const noUpload = 'Nobody can upload a file: commands read files of their operator.'

export const files: Chapter = {
  title: 'Files',
  requirements: [
    excluded('5.1.1', 'documentation says which files are taken', noUpload),
    tested(
      '5.2.1',
      'files are not larger than what can be read',
      'src/identity/apps/icon-file.test.ts: a PNG of an unsuitable size and a file that is too large are refused',
      'src/cli/import/read-file.test.ts: reading stops at a line that is longer than the limit',
    ),
    tested(
      '5.2.2',
      'files are what they claim to be',
      'src/identity/apps/icon-file.test.ts: A27, A39: an SVG that could run, load or hide something is refused',
      'src/cli/app-icon.test.ts: a bad picture, a missing file or an unknown app is refused with the reason',
    ),
    tested(
      '5.2.3',
      'what is packed has a limit before it is unpacked',
      'packages/saml/corpus.test.ts: A30: a compressed message that is too large or malformed is refused',
    ),
    excluded('5.3.1', 'no uploaded file is run', noUpload),
    tested(
      '5.3.2',
      'no path of a file is made of input',
      'test/bad-input.test.ts: … is not found below /assets',
    ),
    excluded('5.4.1', 'names of files in requests are checked', 'No request names a file.'),
    excluded('5.4.2', 'names of files in answers are encoded', 'No answer names a file.'),
    excluded('5.4.3', 'files from outside are scanned', noUpload),
  ],
}
