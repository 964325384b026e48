/** Journey data of the Einlass authenticator. The keys are stored in rows, so they keep their words. */
import { z } from 'zod'
import { journeyEntry } from '../../engine/data.ts'

/** The id of the request that the page waits for. */
export const challengeEntry = journeyEntry('authenticator.challenge', z.string())
/** The id of the phone whose enrolment is being verified. */
export const deviceEntry = journeyEntry('authenticator.device', z.string())
/** The id of the registration whose link the page shows. */
export const registrationEntry = journeyEntry('authenticator.registration', z.string())
/** The user has chosen not to go on with the phone of an earlier journey. */
export const resumeDeclinedEntry = journeyEntry('authenticator.resume_declined', z.literal(true))
/** How many requests this journey has made. */
export const sendsEntry = journeyEntry('authenticator.sends', z.int())
