import { type Chapter, excluded } from '../requirement.ts'

const none = 'There is no WebRTC.'

export const realtime: Chapter = {
  title: 'WebRTC',
  requirements: [
    excluded('17.1.1', 'relays lead to public addresses only', none),
    excluded('17.2.1', 'keys of media are managed', none),
    excluded('17.2.2', 'media have good cipher suites', none),
    excluded('17.2.3', 'media are authenticated', none),
    excluded('17.2.4', 'malformed media stop nothing', none),
    excluded('17.3.1', 'floods of signals stop nothing', none),
    excluded('17.3.2', 'malformed signals stop nothing', none),
  ],
}
