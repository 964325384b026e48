/** What the steps of push remember in a journey. */
import { z } from 'zod'
import { journeyEntry } from '../../engine/data.ts'

/** The message id of the challenge that the page waits for. */
export const challengeEntry = journeyEntry('push.challenge', z.string())
/** The phone that is being connected, by its id. */
export const deviceEntry = journeyEntry('push.device', z.string())
/** The registration that is on the screen, by its message id. */
export const registrationEntry = journeyEntry('push.registration', z.string())
/** How many messages were sent for this page. */
export const sendsEntry = journeyEntry('push.sends', z.int())
/** The message id of the challenge at which the other ways were shown, as nothing was handed over in time. */
export const offeredEntry = journeyEntry('push.offered', z.string())
/** A second phone has scanned the code that a first one had; the page says so once. */
export const secondPhoneEntry = journeyEntry('push.second_phone', z.literal(true))
