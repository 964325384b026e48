/** What the steps of push keep in a journey. */

/** The message id of the challenge that the page waits for. */
export const challengeKey = 'push.challenge'
/** The phone that is being connected, by its id. */
export const deviceKey = 'push.device'
/** The registration that is on the screen, by its message id. */
export const registrationKey = 'push.registration'
/** How many messages were sent for this page. */
export const sendsKey = 'push.sends'
/** The message id of the challenge at which the other ways were shown, as nothing was handed over in time. */
export const offeredKey = 'push.offered'
/** A second phone has scanned the code that a first one had; the page says so once. */
export const secondPhoneKey = 'push.second_phone'
