/** Journey data of push. The keys are stored in rows, so they keep their words. */
import { z } from 'zod'
import { journeyEntry } from '../../engine/data.ts'

/** The message id of the challenge that the page waits for. */
export const challengeEntry = journeyEntry('push.challenge', z.string())
/** The id of the phone whose enrolment is being verified. */
export const deviceEntry = journeyEntry('push.device', z.string())
/** The message id of the registration whose QR code the page shows. */
export const registrationEntry = journeyEntry('push.registration', z.string())
/** How many messages this page has sent. */
export const sendsEntry = journeyEntry('push.sends', z.int())
/** The phone whose enrolment is being verified was registered in an earlier journey. */
export const resumedEntry = journeyEntry('push.resumed', z.literal(true))
/** The user does not go on with the phone of an earlier journey. */
export const resumeDeclinedEntry = journeyEntry('push.resume_declined', z.literal(true))
/** The user has just said that the phone has no app yet. */
export const getsAppEntry = journeyEntry('push.gets_app', z.literal(true))
