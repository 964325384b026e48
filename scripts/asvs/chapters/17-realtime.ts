import { type Chapter, excluded } from '../requirement.ts'

const none = 'There is no WebRTC.'

export const realtime: Chapter = {
  title: 'WebRTC',
  requirements: [
    excluded('17.1.1', 'TURN relays reach public addresses only', none),
    excluded('17.2.1', 'DTLS keys are managed by the documented rules', none),
    excluded('17.2.2', 'media servers use approved cipher suites', none),
    excluded('17.2.3', 'media servers check SRTP authentication', none),
    excluded('17.2.4', 'malformed media packets do not stop the media server', none),
    excluded('17.3.1', 'floods do not stop the signaling server', none),
    excluded('17.3.2', 'malformed messages do not stop the signaling server', none),
  ],
}
