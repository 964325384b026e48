/** The English catalogue: written for people who read English, not a translation word by word. */
import type { MessageKey } from '../message.ts'

export const en: Readonly<Record<MessageKey, string>> = {
  // Frame
  'chrome.skip_link': 'Skip to content',
  'chrome.language': 'Language',
  'chrome.german': 'Deutsch',
  'chrome.english': 'English',
  'chrome.help': 'Help',
  'chrome.phone': 'Telephone {phone}',
  'chrome.imprint': 'Legal notice',
  'chrome.privacy': 'Privacy',
  'chrome.footer': 'Help and legal',
  'chrome.support': 'The service desk can help: {contact}',
  'chrome.error_prefix': 'Error: ',

  // On pages of several kinds
  'action.cancel': 'Cancel',
  'action.other': 'Another way',
  'password.hint':
    'At least {min} characters. A sentence is easier to remember than special characters.',

  // Login
  'login.title': 'Sign in',
  'login.lead': 'One sign-in for all your apps.',
  'login.lead.account':
    'You are about to change what you sign in with. For that we check once more that it is you.',
  'login.username': 'Username',
  'login.password': 'Password',
  'login.remember': 'Remember my username on this device',
  'login.greeting': 'Hello, {name}',
  'login.not_you': 'Not you?',
  'login.submit': 'Sign in',
  'login.forgot': 'Forgot your password?',
  'login.show_password': 'Show',
  'login.hide_password': 'Hide',
  'login.show_password.label': 'Show password',
  'login.hide_password.label': 'Hide password',
  'login.open_apps.text':
    'Not signed out: {apps}. Sign out there yourself, or close all windows of the browser.',
  'login.ended.idle':
    'Your sign-in has ended because nothing happened here for a while. Please sign in again.',
  'login.ended.absolute': 'Your sign-in has reached its longest time. Please sign in again.',
  'login.ended.desk': 'The service desk has ended your sign-in. You can sign in again.',
  'login.ended.owner': 'You have ended this sign-in from another device.',
  'login.ended.password_set':
    'Your sign-in has ended because the service desk has set a new password. Sign in with that one.',
  'login.ended.password':
    'Your sign-in has ended because your password was changed. Sign in with the new one.',
  'login.ended.report':
    'After the report that a sign-in was not yours, all of your sign-ins have ended.',
  'login.ended.restored':
    'The server was restored from a backup. All sign-ins have ended because of that.',
  'login.ended.factor':
    'Your sign-in has ended because a second factor that it relied on was removed.',
  'login.ended.other': 'Your sign-in has ended. Please sign in again.',
  'login.wrong.title': 'That did not work',
  'login.wrong.text': 'The username or the password is not right. Check both and sign in again.',
  'login.change_elsewhere.title': 'Your password has to be changed',
  'login.change_elsewhere.text':
    'That is not possible here. Change it at your workplace, then sign in again.',
  'login.refused.title': 'You cannot sign in',
  'login.refused.disabled': 'Your account is disabled. Contact the service desk.',
  'login.refused.account_expired': 'Your account has expired. Contact the service desk.',
  'login.refused.outside_hours':
    'Your account may not be used at this time or from this place. Contact the service desk.',
  'login.refused.locked':
    'Your account is locked after too many wrong passwords. Try again later, or contact the service desk.',
  'login.refused.removed': 'Your account is no longer there. Contact the service desk.',
  'ticket.button': 'Sign in with this computer',
  'ticket.refused.title': 'Signing in with this computer did not work',
  'ticket.refused.text': 'Sign in with your username and password.',
  'ticket.refused.clock':
    'The clock of this computer is wrong. Sign in with your username and password.',
  'ticket.refused.unknown':
    'The account that this computer is signed in with belongs to no user here. Sign in with your username and password.',
  'ticket.refused.other':
    'Another account is signed in to this computer. Sign in with your username and password.',
  'ticket.refused.locked':
    'Your account is locked at the moment. Wait a few minutes, or contact the service desk.',
  'ticket.refused.password':
    'Your password has to be changed. Sign in with your username and password; then you can choose a new one.',
  'ticket.refused.busy': 'This is not possible right now. Sign in with your username and password.',
  'ticket.password.lead':
    'You are about to set up a second factor. For that we check that it is you.',
  'ticket.none.title': 'Signing in with this computer did not work',
  'ticket.none.text':
    'This computer is not signed in to your organisation, or the browser does not pass it on. Try again, or sign in with your username and password.',
  'ticket.none.again': 'Try again',
  'ticket.none.form': 'Sign in with a password',
  'login.throttled.title': 'Too many attempts',
  'login.throttled.text': 'Please wait {wait, duration}. Then you can sign in again.',
  'login.throttled.name':
    'Please wait {wait, duration}. Then you can sign in again. You need not wait if you use a passkey, a browser in which you have signed in before, or “Forgot your password?”.',
  'busy.title': 'Many people are signing in right now',
  'busy.text':
    'Your turn has not come yet, but you keep your place. Enter your password again in {wait, duration}.',
  'busy.waits':
    'Many people are signing in right now. You keep your place. Leave this page open: it continues by itself.',
  'login.missing.title': 'Something is missing',
  'login.missing.text': 'Enter your username and your password.',
  'login.missing.username': 'Enter your username.',
  'login.missing.password': 'Enter your password.',
  'login.again.title': 'Confirm your password',
  'login.again.lead': 'You are signed in. For this step we check once more that it is you.',
  'login.again.app': 'You are signed in. To be safe, {app} requires your password again.',

  // A new password in the login
  'password.change.title': 'Choose a new password',
  'password.change.lead':
    'With the new password the sign-in goes on. The old one is then no longer valid.',
  'password.change.lead.must_change':
    'Your password so far was for this sign-in only. It goes on with the new one.',
  'password.change.lead.expired':
    'Your password so far has expired. The sign-in goes on with the new one.',
  'password.longer.lead':
    'You sign in without a second factor. Your password then has to have at least {min} characters, and it is shorter. With the new one your sign-in goes on.',
  'password.change.new': 'New password',
  'password.change.again': 'Repeat the new password',
  'password.change.submit': 'Change password',
  'password.change.refused.title': 'Your password is not changed yet',
  'password.change.missing': 'Enter the new password twice.',
  'password.change.mismatch': 'The two entries differ. Enter the same new password twice.',
  'password.typed.short': 'Too short so far: {typed} of {min} characters',
  'password.typed.long': 'Long enough',
  'password.typed.fair': 'Long enough. One more word makes it safer.',
  'password.typed.strong': 'Long enough, and hard to guess',
  'password.typed.same': 'Both entries are the same',
  'password.typed.different': 'The two entries still differ',
  'password.change.outdated':
    'Your password was changed elsewhere meanwhile. If that was not you, choose another one here.',
  'password.own.title': 'Change password',
  'password.own.lead': 'You are then signed out of all other browsers.',
  'password.confirm.submit': 'Confirm',
  'password.own.current': 'Current password',
  'password.own.current.missing': 'Enter your current password as well.',
  'password.own.current.wrong': 'The current password is not correct. Enter it again.',
  'password.own.done': 'Your password is changed. You are signed out of other browsers.',
  'password.change.same': 'That is your old password. Choose a different one.',
  'password.change.policy':
    'Your organisation does not accept this password. A longer sentence with upper and lower case letters and a number, without your name, mostly helps.',
  'password.change.policy_or_history':
    'Your organisation does not accept this password. Perhaps you have had it before. Otherwise a longer sentence with upper and lower case letters and a number, without your name, mostly helps.',
  'password.change.current': 'The current password is not correct. Enter it again.',
  'password.change.history':
    'You have had this password before. Choose one that you have not had yet.',
  'password.change.too_young':
    'You changed your password only a short time ago. Contact the service desk.',
  'password.change.locked':
    'Your account is locked for a time after too many wrong passwords. Try again later, or contact the service desk.',
  'password.change.elsewhere': 'That is not possible here. Change your password at your workplace.',

  'password.expiry.title': 'Your password expires soon',
  'password.expiry.lead':
    'It is valid until {at, moment}. Change it now, or later at another sign-in.',
  'password.expiry.elsewhere':
    'It is valid until {at, moment}. Change it at your workplace before then.',
  'password.expiry.change': 'Change it now',
  'password.expiry.later': 'Later',
  'password.expiry.go_on': 'Continue',
  'password.grace.title': 'Your password has expired',
  'password.grace.some':
    'You can sign in with it {left, plural, one {once more} other {# more times}}. Change it at your workplace.',
  'password.grace.last': 'This was the last sign-in with it. Change it at your workplace now.',

  // Second factor: the choice
  'choice.title': 'Protect your account',
  'choice.lead.optional':
    '{app} recommends that you approve each sign-in on your phone. Setting it up takes two minutes.',
  'choice.lead.optional.plain':
    'We recommend that you approve each sign-in on your phone. Setting it up takes two minutes.',
  'choice.lead.required':
    '{app} requires that you approve each sign-in on your phone. Setting it up takes two minutes.',
  'choice.lead.required.plain':
    'You need to approve each sign-in on your phone. Setting it up takes two minutes.',
  'choice.lead.soon':
    '{app} will soon require that you approve each sign-in on your phone. Setting it up takes two minutes.',
  'choice.lead.soon.plain':
    'You will soon need to approve each sign-in on your phone. Setting it up takes two minutes.',
  'choice.lead.passkey': '{app} requires a passkey. Setting it up takes a minute.',
  'choice.lead.passkey.plain': 'Your account requires a passkey. Setting it up takes a minute.',
  'choice.lead.until':
    'From {date, date}, {app} requires that you approve each sign-in on your phone. Setting it up takes two minutes.',
  'choice.lead.until.plain':
    'From {date, date} you need to approve each sign-in on your phone. Setting it up takes two minutes.',
  'choice.any.optional':
    '{app} recommends that you protect your account with more than the password. Setting it up takes two minutes.',
  'choice.any.optional.plain':
    'We recommend that you protect your account with more than the password. Setting it up takes two minutes.',
  'choice.any.required':
    '{app} requires a second factor after the password. Setting it up takes two minutes.',
  'choice.any.required.plain':
    'You need a second factor after the password. Setting it up takes two minutes.',
  'choice.any.soon':
    '{app} will soon require a second factor after the password. Setting it up takes two minutes.',
  'choice.any.soon.plain':
    'You will soon need a second factor after the password. Setting it up takes two minutes.',
  'choice.any.until':
    'From {date, date}, {app} requires a second factor after the password. Setting it up takes two minutes.',
  'choice.any.until.plain':
    'From {date, date} you need a second factor after the password. Setting it up takes two minutes.',
  'choice.again.title': 'Set up a new second factor',
  'choice.again':
    'The one you had is removed, and {app} requires one after the password. Setting it up takes two minutes.',
  'choice.again.plain': 'The one you had is removed. Setting it up takes two minutes.',
  'choice.nothing': '{app} requires more than your password.',
  'choice.nothing.plain': 'This sign-in requires more than your password.',
  'choice.nothing.title': 'Your password is not enough here',
  'choice.nothing.text':
    'Nothing that would be enough can be set up here at the moment. It is not your fault. The service desk can help you.',
  'choice.authenticator': 'Use the Einlass Authenticator',
  'choice.authenticator.hint': 'Your phone opens it in the browser, without an app store.',
  'choice.register': 'Register a device',
  'choice.register.hint': 'The ForgeRock Authenticator is already on your phone.',
  'choice.get_app': 'Get the app',
  'choice.get_app.hint': 'The ForgeRock Authenticator for iPhone and Android, free of charge.',
  'choice.totp': 'Use a code app',
  'choice.totp.hint': 'An app on your phone shows one-time codes that you type in.',
  'choice.skip': 'Skip for now',
  'choice.skip.hint':
    '{left, plural, one {Possible 1 more time. After that you have to set it up.} other {Possible # more times. We will ask again when you next sign in.}}',
  'choice.later': 'Set it up later',
  'choice.later.hint':
    'At the next sign-in you then need a code from the service desk or a recovery code again.',
  'choice.decline': 'Decline',
  'choice.decline.hint':
    'We will not ask again. Not recommended: only the password protects your account.',
  'choice.decline.hint.days':
    'We will ask again {days, plural, one {after 1 day} other {after # days}}. Not recommended: only the password protects your account.',
  'decline.title': 'Go on with the password alone?',
  'decline.lead':
    'Then only the password protects your account. We will not ask again; you can change your mind on your start page.',
  'decline.lead.days':
    'Then only the password protects your account. This holds {days, plural, one {for 1 day} other {for # days}}; after that we ask again. You can change your mind earlier on your start page.',
  'decline.reason': 'Why not? (optional)',
  'decline.submit': 'Decline',
  'decline.back': 'Back to the choices',
  'choice.none_left': 'You cannot skip this any more. Please set up a second factor now.',

  // Second factor: what is missing before the first one can be set up
  'first.title': 'One more thing is needed to set it up',
  'first.invitation':
    'You set up your first second factor with an invitation: open the link in the e-mail, or scan the code on your letter. If you have no invitation, the service desk gives you one.',
  'first.network':
    'You can set up your first second factor only on site: {places}. Sign in there again. If that is not possible, the service desk helps you.',
  'first.network.unnamed':
    'You cannot set up your first second factor from here. The service desk helps you.',
  'first.pass':
    'You set up your first second factor with a code from the service desk: 12 digits that you are told once they know that it is you.',
  'first.invitation.other_person':
    'This invitation is for another account. Use your own, and give this one back to the service desk.',
  'first.invitation.over':
    'This invitation is not valid any more: it has expired, was used, or was replaced by a newer one.',
  'first.account.again': 'Sign in again and set up',
  'invitation.gone.title': 'This invitation is not valid any more',
  'invitation.gone.text':
    'It has expired, was used, or was replaced by a newer one. The service desk gives you a new one.',
  'invitation.again.title': 'Open your invitation again',
  'invitation.again.text':
    'Follow the link in the e-mail or on your letter once more. It is still valid.',

  // Second factor: getting the app
  'store.app': 'ForgeRock Authenticator',
  'store.title': 'Get the app',
  'store.lead': 'Install the app “ForgeRock Authenticator” on your phone.',
  'store.ios': 'Open in the App Store for iPhone',
  'store.lead.here': 'Install the app “ForgeRock Authenticator” on this phone.',
  'store.ios.here': 'Get the app from the App Store',
  'store.android.here': 'Get the app from Google Play',
  'store.ios.qr': 'QR code for the App Store for iPhone',
  'store.android': 'Open in Google Play for Android',
  'store.android.qr': 'QR code for Google Play for Android',
  'store.next': 'I have the app',
  'store.back': 'Back',

  // Second factor: connecting the phone
  'enrol.phone.title': 'Connect your phone',
  'push.enrol.lead': 'The code works for a short time and for one device only.',
  'push.enrol.lead.codes':
    'The QR code works for a short time and for one device only. Afterwards the app also shows codes to type in, for when no notification arrives.',
  'push.enrol.step.open': 'Open the app “ForgeRock Authenticator” on your phone.',
  'push.enrol.step.scan': 'Tap the plus sign and scan the code.',
  'push.enrol.step.allow': 'Allow notifications when the app asks for them.',
  'enrol.mobile_link': 'On a mobile device?',
  'enrol.mobile_button': 'Open on this phone',
  'enrol.mobile_hint':
    'The app “ForgeRock Authenticator” has to be installed. Allow notifications when it asks for them.',
  'enrol.other_phone': 'Scan with another phone',
  'enrol.phone.qr.alt': 'QR code that connects your phone to your account',
  'enrol.manual.back': 'Back to the QR code',
  'enrol.manual.title': 'Cannot scan the QR code?',
  'enrol.manual.text': 'Open this address on your phone. Keep it secret, like a password.',
  'copy.address': 'Copy the address',
  'copy.key': 'Copy the key',
  'copy.done': 'Copied',
  'push.enrol.waiting': 'Waiting for your phone to scan the code …',
  'enrol.phone.renew': 'Show a new code',
  'enrol.back': 'Back',
  'enrol.get_app': 'Get the app',
  'enrol.phone.expired.title': 'The code has expired',
  'enrol.phone.expired.text': 'Nothing has changed. Ask for a new code to go on.',
  'enrol.phone.limit.title': 'Too many codes in a short time',
  'enrol.phone.limit.text':
    'Ten codes are possible in ten minutes. You can have the next one in {wait, duration}.',
  'push.enrol.old_entry.title': 'Is “{entry}” already in the app’s list?',
  'push.enrol.old_entry.text':
    'Delete that entry first, or the app will not read the code: press and hold it (Android) or swipe it left (iPhone).',
  'push.enrol.old_entry.title.new': 'Is “{entry}” already in the list on the new phone?',
  'push.enrol.old_entry.text.new':
    'Delete that entry on the new phone first, or the app will not read the code: press and hold it (Android) or swipe it left (iPhone). On the old one it stays.',
  'resume.title': 'Your phone is almost connected',
  'resume.lead': 'This phone has scanned the code already. Only the test is missing.',
  'resume.phone': 'Phone',
  'resume.unnamed': 'Without a name',
  'resume.begun': 'Scanned',
  'resume.at': '{at, moment}',
  'resume.go_on': 'Go on with this phone',
  'resume.go_on.hint': 'We send a test to it.',
  'resume.renew': 'Show a new code',
  'resume.renew.hint': 'For another phone, or when the app on it has no entry.',
  'resume.not_mine': 'Not mine',
  'resume.not_mine.hint':
    'The phone is removed. Somebody then knows your password: change it right afterwards.',
  'resume.ended.title': 'This phone was not connected',
  'resume.ended.text':
    'The test was denied there, or another number was chosen. Connect your phone with a new code.',
  'push.enrol.second_phone.title': 'A second phone tried to connect',
  'push.enrol.second_phone.text':
    'It was refused. If that was not you, somebody has seen your code: cancel and call the service desk.',

  // Second factor: the test of a new phone
  'test.title': 'Test: approve on your phone',
  'test.lead': 'A notification is on its way to {device}. Tap this number there:',
  'test.lead.plain': 'A notification is on its way to {device}. Tap “Accept” there.',
  'test.number': 'Tap this number',
  'test.denied.title': 'Denied on the phone',
  'test.denied.text': 'The phone is not connected yet. Send again and approve, or start over.',
  'test.wrong_number.title': 'That was a different number',
  'test.wrong_number.text': 'Send again and tap the number that is shown here then.',
  'test.expired.title': 'No answer arrived',
  'test.expired.text':
    'The time to answer ({wait, duration}) is over. Check that the phone is online and that the app may show notifications. Then send again.',
  'test.limit.day':
    'Ten tests have gone to your phones within a day. The next one is possible from: {at, moment}.',

  // Second factor: the approval
  'phone_code.resume.lead': 'This phone has used the QR code already. Only the code is missing.',
  'phone_code.resume.go_on': 'The next page shows the code. Enter it in the app on that phone.',
  'phone_code.resume.renew':
    'For another phone, or when your account is missing there. This one is removed.',
  'phone_code.enrol.lead': 'The QR code is only valid for a short time and for one device.',
  'phone_code.enrol.step.scan': 'Scan the QR code with the camera of your phone.',
  'phone_code.enrol.step.add': 'Add the account on the phone.',
  'phone_code.enrol.step.code': 'Type in there the code that this page shows next.',
  'phone_code.enrol.waiting': 'Waiting for your phone …',
  'phone_code.enrol.open_hint': 'Opens in a new tab. This page then shows the code.',
  'phone_code.account.title': 'Approve the change on your phone',
  'phone_code.test.title': 'Test: type in the code on your phone',
  'phone_code.test.lead': 'A request is waiting on “{device}”. Type in this code there:',
  'phone_code.test.denied': 'The phone is not connected yet. Show a new code, or start again.',
  'phone_code.test.wrong':
    'A different code was typed in on the phone three times. Show a new one.',
  'phone_code.lead': 'Open the Einlass Authenticator on “{device}” and type in this code there:',
  'phone_code.lead.phone': 'Remember {code}. Then open the Einlass Authenticator on “{device}”.',
  'phone_code.trial.lead':
    'A request appears on “{device}” when you open the Einlass Authenticator. It signs nobody in.',
  'phone_code.trial.approved': 'The right code was entered on “{device}”. Requests arrive.',
  'phone_code.trial.denied': 'The request arrived on “{device}” and was denied there.',
  'phone_code.trial.wrong':
    'The request arrived on “{device}”. Another code was entered there several times.',
  'phone_code.trial.expired':
    'The request on “{device}” was not answered. Open the Einlass Authenticator there, and check that the phone is online.',
  'phone_code.code': 'Code for the phone',
  'phone_code.scan': 'or scan it with the phone',
  'phone_code.open': 'Open the authenticator',
  'phone_code.open.hint': 'Opens in a new tab.',
  'phone_code.scan.alt': 'QR code that takes the place of typing in the code',
  'phone_code.status.sent': 'Sent to “{device}”. Waiting for your answer …',
  'phone_code.status.open': 'Waiting for your answer …',
  'phone_code.status.undelivered': 'The notification did not arrive. Open the app yourself.',
  'phone_code.wrong_code.title': 'That was a different code',
  'phone_code.wrong_code.text':
    'Three times a different code than the one shown here was typed in on the phone. To be safe, signing in starts again. If it was not you who typed, somebody else has your phone: tell the service desk at once.',
  'phone_code.reported.title': 'This sign-in was reported as not yours',
  'phone_code.reported.text':
    'Nobody was let in. If you began this sign-in yourself, ask the service desk.',
  'phone_code.expired.text':
    'The time to answer ({wait, duration}) is over. If no notification arrives, open the Einlass Authenticator yourself. Then try again.',
  'push.used_up.text': 'No more requests are possible here. Start again.',
  'phone_code.copied.title': 'Your phone was removed to protect you',
  'phone_code.copied.text':
    'There is a copy of “{device}”, and it was used. To protect you, neither of them confirms a sign-in any more. Change your password. The service desk helps you to set up a phone again.',
  'phone_code.second.title': 'Two phones wanted to connect',
  'phone_code.second.text':
    'Both were refused, because nobody can tell which one is yours. If you did not use both of them, somebody has seen your QR code: contact the service desk.',
  'phone_code.gone.text': 'This phone was removed before it was connected. Show a new code.',

  'push.title': 'Approve on your phone',
  'push.lead': 'Tap this number in the notification:',
  'push.lead.phone': 'Remember the {number}. Then open the notification.',
  'push.lead.plain': 'Open the notification and tap “Accept”.',
  'push.number': 'Tap this number',
  'push.status.sending': 'Sending to {device} …',
  'push.status.sent': 'Sent to {device}. Waiting for your answer …',
  'push.status.sent_again': 'Sent to {device} again. Waiting for your answer …',
  'push.status.slow': 'Not on its way yet. You can also take another way.',
  'push.status.answered': 'Answer received. Moving on …',
  'push.cancelled.login':
    'The request on the phone can no longer be approved, and nobody was let in.',
  'push.cancelled.step_up':
    'The request on the phone can no longer be approved. You stay signed in as before.',
  'push.denied.title': 'Denied on the phone',
  'push.denied.text':
    'If that was you, you can sign in again. If not, somebody else has your phone: tell the service desk at once.',
  'push.wrong_number.title': 'That was a different number',
  'push.wrong_number.text':
    'The number chosen on the phone was not the one shown here. To be safe, the sign-in starts over. If it was not you who chose, somebody else has your phone: tell the service desk at once.',
  'push.expired.title': 'No answer arrived',
  'push.expired.text':
    'The time to answer ({wait, duration}) is over. Check that the phone is online and that the app may show notifications. Then send again.',
  'push.expired.text.held':
    'The time to answer ({wait, duration}) is over. To protect you, we are not sending another request now.',
  'push.undelivered.title': 'The notification did not arrive',
  'push.undelivered.text': 'Is “{device}” switched on and connected to the internet?',
  'push.undelivered.text.plain': 'Is your phone switched on and connected to the internet?',
  'push.superseded.title': 'There is a newer request',
  'push.superseded.text':
    'This page is no longer valid. The newer request belongs to another sign-in or comes from the service desk. If you expected none, deny it.',
  'approval.limit.title': 'Too many requests to your phone',
  'approval.limit.text':
    'To protect you, we are not sending another one now. The next one is possible from: {at, moment}.',
  'push.no_device.title': 'No phone can be reached',
  'push.no_device.text':
    'Notifications reach none of your phones right now. The service desk can help.',
  'push.disabled.title': 'Your phone “{device}” cannot be reached any more',
  'push.disabled.title.plain': 'Your phone cannot be reached any more',
  'push.disabled.text':
    'Notifications no longer get there. Open the app on the phone so that it registers again. Then try once more.',
  'push.disabled.text.register':
    'Notifications no longer get there. Open the app on the phone, and try once more. If the phone or the app is gone, connect a new one.',
  'push.disabled.news':
    'Notifications no longer get there. Open the app on the phone so that it registers again. If you no longer have the phone or the app, remove it under “Your account”. This time you sign in another way.',
  'push.disabled.status': 'Notifications no longer reach {device}. Nothing was sent.',
  'approval.blocked.title': 'Notifications are paused',
  'approval.blocked.text':
    'Somebody else’s sign-in was reported for your account. Notifications are possible again from: {at, moment}.',
  'approval.blocked.text.other':
    'Somebody else’s sign-in was reported for your account. Until {at, moment}, confirm in another way.',
  'push.register_anew': 'Connect a new phone',
  'push.register_anew.hint': 'The old phone is removed when you do.',
  'push.old_app.title': 'The app on your phone is too old',
  'push.old_app.text':
    'It cannot show numbers. Update the app and connect the phone again. The service desk will help you with that.',
  'approval.from': '{label} (from\u00a0{at, time})',
  'approval.from.day': '{label} (from {at, moment})',
  'approval.again_from': 'Possible again from {at, time}.',
  'approval.again_from.day': 'Possible again from {at, moment}.',
  'approval.pause.title': 'One moment',
  'approval.pause.text': 'You can send another request to your phone in {wait, duration}.',
  'approval.busy.text':
    'Another request still waits on your phone. You can send one for this sign-in in {wait, duration}.',
  'approval.send_to': 'Send to “{device}”',
  'approval.send_elsewhere': 'Send to my other phone',
  'push.no_sender.title': 'Your phone cannot be used here',
  'push.no_sender.text':
    'This installation cannot reach the notification service of the app. Waiting does not help: contact the service desk.',
  'push.resend': 'Send again',
  'approval.retry': 'Try again',
  'approval.restart': 'Back to sign-in',

  // Second factor: what it needs is not at hand
  'trouble.title.phone': 'Don’t have your phone?',
  'trouble.title.totp': 'Don’t have your one-time code?',
  'trouble.away.totp': 'Not with me, or no battery',
  'trouble.steps.totp':
    'Charge the device that shows the one-time codes for a few minutes. It needs no network.',
  'trouble.renewed.totp': 'A new device',
  'trouble.renewed.lead.totp': 'Does the old one still show codes? Then:',
  'trouble.use_old.totp': 'Enter a code from the old device',
  'trouble.title.passkey': 'Don’t have your passkey?',
  'trouble.away.passkey': 'Not with me right now',
  'trouble.steps.passkey.phone':
    'Is the passkey on your phone? Choose another device in the browser’s window, and scan the code with the phone.',
  'trouble.steps.passkey.key': 'Is it on a security key? Plug it in, then try again here.',
  'trouble.renewed.passkey': 'A new passkey',
  'trouble.renewed.lead.passkey': 'Do you still have the old one? Then do this:',
  'trouble.use_old.passkey': 'Confirm with the old passkey',
  'trouble.lead': 'What has happened?',
  'trouble.away.phone': 'At home, no battery, no network',
  'trouble.lost': 'Lost or stolen',
  'trouble.lost.named': '{device} lost or stolen',
  'trouble.renewed.phone': 'A new phone',
  'trouble.leave': 'Back',
  'trouble.back': 'Back to the choices',
  'trouble.away.other': 'Confirm in another way this time:',
  'trouble.away.on_phone': 'It needs the phone and its battery, but no network.',
  'trouble.away.none': 'Your account has no other way set up. This usually helps:',
  'trouble.away.strong':
    'For {app} no code is enough, not even one from the service desk. This usually helps:',
  'trouble.away.strong.plain':
    'No code is enough here, not even one from the service desk. This usually helps:',
  'trouble.steps.replace':
    'Have a replacement? Go back to the choices: a code is enough to set it up.',
  'trouble.steps.power': 'Charge the phone for a few minutes, or turn on Wi-Fi.',
  'trouble.steps.again': 'Open the app, then try again here.',
  'trouble.lost.other':
    'Confirm in another way. Then {device} is removed, and you set up a new one.',
  'trouble.lost.device': 'the lost device',
  'trouble.lost.too_weak': 'Too weak to remove it.',
  'trouble.lost.only_weak':
    'This lets you in, but it does not remove {device}: it protects too little for that. Call the service desk.',
  'trouble.lost.desk':
    'Your account has nothing set up on another device. Call the service desk: they remove what is lost and help you in. Nobody gets into your account without your password.',
  'trouble.lost.account':
    'Confirm in another way. Then you remove or replace {device} in your account, under “Devices and passkeys”.',
  'trouble.lost.account.only_weak':
    'This takes you on here, but you cannot remove {device} with it: it protects too little for that. Call the service desk.',
  'trouble.lost.account.desk':
    'Your account has nothing set up on another device. Call the service desk: they remove what is lost and help you set up a new one.',
  'trouble.renewed.lead.phone': 'Do you still have the old one? Then do this:',
  'trouble.use_old.phone': 'Confirm with the old phone',
  'trouble.renewed.confirm.phone': 'You confirm on the old phone.',
  'trouble.renewed.connect.phone': 'You connect the new one.',
  'trouble.renewed.confirm.totp': 'You enter a code from the old device.',
  'trouble.renewed.connect.totp': 'You connect the code app on the new one.',
  'trouble.renewed.confirm.passkey': 'You confirm with the old passkey.',
  'trouble.renewed.connect.passkey': 'You set up the new one.',
  'trouble.renewed.removed': '{device} is then removed.',
  'trouble.renewed.removed.device': 'The old one is then removed.',
  'trouble.renewed.removed.passkey': 'The old one is then removed.',
  'trouble.renewed.too_weak':
    '{device} cannot replace itself: something else in your account protects more. Confirm with that or with a code.',
  'trouble.renewed.other': 'Otherwise, in another way:',
  'trouble.renewed.desk': 'Otherwise, the service desk helps you.',
  'trouble.again': 'Try again',
  'desk.call': 'Call the service desk: {phone}',
  'desk.help': 'The service desk will help you.',
  'desk.reference': 'Reference of this sign-in:',
  'desk.reference.say': 'Tell them the reference',

  // Choosing among second factors
  'other.title': 'Another way',
  'other.next': 'Continue',
  'other.lead': 'How would you like to confirm that it is you?',
  'other.authenticator': 'Einlass Authenticator',
  'other.authenticator.named': 'Einlass Authenticator on “{device}”',
  'other.authenticator.hint': 'You type in on the phone the code that is shown here.',
  'other.push': 'Notification on the phone',
  'other.push.named': 'Notification to “{device}”',
  'other.push.used': 'Last used: {at, stamp}',
  'other.push.hint': 'You approve in the app on your phone.',
  'other.totp': 'One-time code',
  'other.totp.hint': 'You type in the one-time code that your app shows.',
  'other.totp.hint.named': 'You type in the one-time code that “{device}” shows.',

  // Second factor: recovery codes
  'other.recovery': 'Recovery code',
  'other.recovery.hint':
    'From your printout. {left, plural, one {1 code is left.} other {# codes are left.}}',
  'recovery.title': 'Recovery code',
  'recovery.lead': 'Enter an unused code from your printout. It works once.',
  'recovery.code': 'Code, 16 characters',
  'recovery.lead.foreign':
    'Enter an unused code from your printout, also from that of the earlier sign-in. It works once.',
  'recovery.code.foreign': 'Code, 16 or 10 characters',
  'recovery.submit': 'Sign in',
  'recovery.wrong.title': 'This code is not right',
  'recovery.wrong.text':
    'Check that you have typed it as it is printed. Each code works once, and new codes replace old ones.',
  'recovery.malformed.text':
    'A code has 16 characters, for example ABCD-EFGH-JKMN-PQRS. Capitals and dashes do not matter.',
  'recovery.malformed.foreign':
    'A code has 16 characters, for example ABCD-EFGH-JKMN-PQRS, or 10 if it is from the earlier sign-in. With 10 characters, capitals matter.',
  'recovery.left.title': 'Code accepted',
  'codes.left': 'You have {left, plural, one {1 recovery code} other {# recovery codes}} left.',
  'recovery.create.title': 'Recovery codes',
  'recovery.create.lead':
    'These codes get you in when your device is missing. You see them only here.',
  'recovery.create.list': 'Your codes',
  'recovery.create.note':
    'For {username}, made on {day, date}. Each code works once, together with your password. Keep them in a safe place, away from your device.',
  'recovery.create.used':
    'You have used a code. {left, plural, one {One is left.} other {# are left.}} Here are new ones. Once you have saved them, the old ones stop working.',
  'recovery.create.used_last': 'You have used your last code. Here are new ones.',
  'recovery.create.replaces':
    '{left, plural, one {1 of your earlier codes is unused.} other {# of your earlier codes are unused.}} Once you have saved the new ones, they stop working.',
  'recovery.create.saved': 'I have saved the codes',
  'recovery.create.later': 'Later',
  'recovery.sheet.title': 'Recovery codes',
  'recovery.sheet.lead':
    'How to sign in to {brand} when your phone is missing. For {username}, printed on {day, date}. Keep this sheet in a safe place, away from your device.',
  'recovery.sheet.open': 'Open {address} and enter your username and password.',
  'recovery.sheet.choose': 'Choose “{other}”, then “{code}”.',
  'recovery.sheet.enter': 'Enter one of the codes and tick it here.',
  'recovery.sheet.say':
    'On the next page, say what happened to your phone: lost, replaced, or just not at hand.',
  'recovery.sheet.codes': 'Each code works once, together with your password.',
  'recovery.sheet.help': 'The service desk helps: {contact}',
  'codes.copy': 'Copy',
  'codes.print': 'Print',

  // Second factor: a pass of the service desk
  'other.desk-pass': 'Code from the service desk',
  'other.desk-pass.hint': 'The service desk has given you 12 digits on the telephone.',
  'desk_pass.title': 'Enter the code from the service desk',
  'desk_pass.lead': 'Enter the digits that the service desk has given you.',
  'desk_pass.code': 'Code from the service desk, 12 digits',
  'desk_pass.submit': 'Sign in',
  'desk_pass.submit.reset': 'Continue',
  'desk_pass.wrong.title': 'This code does not work',
  'desk_pass.wrong.text':
    'Compare the digits. A code from the service desk is valid for a short time only, and a new one replaces the old one.',
  'desk_pass.malformed.text':
    'A code from the service desk has 12 digits. The spaces do not matter.',

  // After an enrolment
  'done.title': 'Done',
  'done.text': 'It is set up.',
  'done.text.named': '“{device}” is set up.',
  'done.text.codes': 'Your new codes are valid from now on.',
  'done.text.replaced': 'It is set up. The old device was removed.',
  'done.text.replaced.same': '“{device}” is set up. The old “{device}” was removed.',
  'done.text.replaced.named': '“{device}” is set up. “{old}” was removed.',
  'done.next.authenticator':
    'From now on: enter your password, then type in on the phone the code that is shown here.',
  'done.next.push':
    'From now on: enter your password, then on your phone tap the number that the sign-in shows.',
  'done.next.totp': 'From now on: enter your password, then the one-time code from your app.',
  'done.next.passkey': 'From now on: enter your password, then use your passkey.',
  'done.sheet': 'Print recovery codes',
  'done.sheet.hint': 'Ten codes, in case your device is missing.',
  'done.computer': 'Set up this computer as a second way',
  'done.computer.windows': 'With Windows Hello, also without the phone.',
  'done.computer.mac': 'With Touch ID, also without the phone.',
  'done.computer.any': 'With a passkey, also without the phone.',
  'done.left': 'Continue',
  'done.left.app': 'Continue to {app}',

  // The address for a letter
  'start.title': 'Set up your second factor',
  'start.lead': 'It takes about five minutes. You need:',
  'start.need.password': 'your username and password',
  'start.need.app': 'your phone, for the {app}',
  'start.need.apps': 'your phone, for the {app} or the {other}',
  'start.need.device': 'your phone, or the computer that you work on',
  'start.need.printer': 'a printer for the recovery codes, if you have one',
  'start.app': 'Get the {app}',
  'start.app.qr': 'QR code for the app in the right store',
  'start.app.scan': 'No {app} on the phone yet? Scan this code with the camera of your phone.',
  'start.begin': 'Set up now',
  'start.check': 'Already set up: check now',
  'start.ready.title': 'All ready',
  'start.ready.lead': 'This is how you confirm your sign-ins. There is nothing more to do.',
  'start.ready.unmade': '{codes}: you have none. They help when your device is missing.',
  'start.ready.apps': 'To your apps',

  // What happened to a device, after a code took its place
  'missing.title.phone': 'What about your phone?',
  'missing.title.passkey': 'What about your passkey?',
  'missing.lead': 'This is about {device}.',
  'missing.name': '“{name}”',
  'missing.lost': 'Lost or stolen',
  'missing.lost.hint':
    '{device} is removed at once. Sign-ins confirmed with it end. Then you set up a replacement.',
  'missing.lost.hint.only': '{device} is removed at once. Sign-ins confirmed with it end.',
  'missing.new': 'I have a replacement',
  'missing.new.hint':
    'The new device replaces {device}. The old one is removed as soon as the new one is verified.',
  'missing.home': 'Just not at hand',
  'missing.home.hint': 'At home, battery empty, no network. Everything stays as it is.',
  'missing.home.hint.asked':
    'Everything stays as it is. This sign-in then requires the device after all.',
  'missing.have': 'I have my phone',
  'missing.have.hint': 'It was only that no request went out. Everything stays as it is.',
  'missing.renew.title': 'How do you want to go on?',
  'missing.renew.lead': '{device} stays until the new phone is verified.',
  'missing.renew.later.hint': 'Everything stays as it is: you go on confirming with {device}.',
  'missing.renew.back': 'Another app, or later',
  'missing.too_weak.lost': '{device} is not removed yet',
  'missing.too_weak.renewed': '{device} is not replaced yet',
  'missing.too_weak':
    'What you have just confirmed with protects less, so it is not enough for that. A recovery code or a code from the service desk is.',
  'missing.too_weak.stronger':
    'What you have just confirmed with protects less than {stronger}, so it is not enough for that. A recovery code or a code from the service desk is.',
  'missing.too_weak.next': 'Later, go on now',
  'missing.other': 'It is about another device',
  'missing.which': 'Which device is it about?',
  'missing.which.hint': '{kind}, set up on {day, date}',
  'lost.text.named':
    '“{device}” was removed, and sign-ins with it have ended. If it was stolen, ask the service desk for a new password afterwards.',
  'lost.text':
    'The lost device was removed, and sign-ins with it have ended. If it was stolen, ask the service desk for a new password afterwards.',
  'no_code.why':
    'Your second factor was removed on {day, date}. To protect you, nobody sets up a new one with the password alone. {lead}',
  'no_code.button': 'I have no code',
  'no_code.title': 'No code at hand',
  'no_code.other': 'Confirm in another way, or call the service desk.',
  'no_code.desk':
    'The service desk tells you a code on the telephone: 12 digits. Leave this page open.',

  // Second factors that were tried too often
  'factor.authenticator': 'Einlass Authenticator',
  'factor.push': 'Notification on the phone',
  'factor.totp': 'Code app',
  'factor.passkey': 'Passkey',
  'factor.recovery': 'Recovery codes',
  'factor.desk-pass': 'Code from the service desk',
  'factor.wait.title': 'Too many attempts',
  'factor.later.text': 'Please wait {wait, duration}. Then try again.',
  'factor.wait.text': 'Please wait {wait, duration}. Then it works again, in any way.',
  'factor.wait.text.new':
    'Please wait {wait, duration}. Without a wait it works in a browser in which you have signed in before, or with a code from the service desk.',
  'factor.off.title': 'This way is locked',
  'factor.off.text':
    'There were too many wrong attempts. Choose another way, or ask the service desk.',
  'factor.all_removed.title': 'Call the service desk',
  'factor.all_removed.text':
    'Your second factor was removed on {day, date}. For a new one you need a code: 12 digits that the service desk tells you on the telephone. Leave this page open.',
  'code.too_little.title': 'A code is not enough here',
  'code.too_little':
    'This sign-in requires more. No code was used up. It helps if your device is lost or you have a replacement.',
  'factor.have_pass': 'Enter a code from the service desk',
  'factor.still_nothing.title': 'There is no code for you yet',
  'factor.still_nothing.text': 'The service desk issues it while you are talking.',
  'factor.off.text.new':
    'There were too many wrong attempts in browsers in which you have not signed in before. Choose another way, or a browser that you have used before. Otherwise the service desk helps.',
  'factor.off.text.new.only':
    'There were too many wrong attempts in browsers in which you have not signed in before. Choose a browser that you have used before. Otherwise the service desk helps.',
  'factor.off.text.only': 'There were too many wrong attempts. The service desk can help you.',
  'factor.all_lost.title': 'Your passkey does not work here any more',
  'factor.all_lost.text':
    'The address of the sign-in has changed. To protect you, the passkey has to be set up anew. The service desk can help.',
  'factor.all_off.title': 'Your second factor is locked',
  'factor.all_off.text':
    'There were too many wrong attempts. In a browser in which you have signed in before, it may still work. Otherwise it has to be set up again for your protection: the service desk can help you.',

  // Second factor: codes of an app
  'totp.title': 'Enter the one-time code',
  'totp.lead': 'Open your code app and type in the one-time code that it shows.',
  'totp.lead.named': 'Open the app on “{device}” and type in the one-time code that it shows.',
  'totp.code': 'One-time code',
  'totp.submit': 'Confirm',
  'totp.wrong.title': 'This code is not right',
  'totp.wrong.text':
    'Enter the one-time code that the app shows right now. If it is wrong again, check the time on your phone.',
  'totp.malformed.text': 'A one-time code has {digits} digits.',
  'totp.used.title': 'This code has been used already',
  'totp.used.text': 'Each code works once. Wait until the app shows the next one.',
  'totp.enrol.title': 'Connect a code app',
  'totp.enrol.lead': 'From then on you enter a one-time code from the app when you sign in.',
  'totp.enrol.step.open':
    'Open your code app on your phone, for example Google or Microsoft Authenticator.',
  'totp.enrol.step.scan': 'Add an account and scan the QR code.',
  'totp.enrol.step.type': 'Type in here the digits that the app shows.',
  'totp.enrol.qr': 'QR code that connects a code app to your account',
  'totp.enrol.secret': 'Type this key into the app. Keep it secret, like a password.',
  'totp.enrol.mobile_hint': 'A code app has to be installed.',
  'totp.enrol.code': 'One-time code',
  'totp.enrol.submit': 'Connect',
  'totp.name': 'Code app',

  // Waiting
  'wait.title': 'One moment',
  'wait.moved': 'This sign-in goes on in another window.',
  'wait.time_left': '{seconds, duration} left',
  'wait.time_left.label': 'Time left',
  'pause.over': 'You can go on now.',
  'pause.left': 'Time left:',
  'wait.check': 'Check now',
  'wait.no_script': 'This page reloads every few seconds.',
  'wait.offline': 'No connection. We keep trying …',

  // Passkeys
  'choice.passkey': 'Set up a passkey',
  'choice.passkey.hint': 'The fingerprint, face or PIN of this device is then enough.',
  'other.passkey': 'Passkey',
  'other.passkey.hint': 'You confirm by fingerprint, face, PIN or security key.',
  'passkey.title': 'Confirm with your passkey',
  'passkey.lead': 'Your browser asks for your passkey.',
  'passkey.submit': 'Use passkey',
  'passkey.failed': 'No passkey was used. Try again or choose another way.',
  'passkey.failed.only':
    'No passkey was used. Try again. If it does not work, the service desk helps.',
  'passkey.known': 'This device already has a passkey for your account.',
  'passkey.unable': 'This browser cannot use passkeys. Choose another way.',
  'passkey.no_script':
    'A passkey needs JavaScript, which is switched off in your browser. Choose another way.',
  'passkey.unable.only':
    'This browser cannot use passkeys. Sign in with another browser, or call the service desk.',
  'passkey.no_script.only':
    'A passkey needs JavaScript, which is switched off in your browser. Switch it on and reload the page.',
  'passkey.refused.text.only': 'Try again. If that does not help, contact the service desk.',
  'passkey.cloned.text.only': 'There may be a copy of this passkey. Contact the service desk.',
  'passkey.of_phone.title': 'This passkey does not sign you in',
  'passkey.of_phone.text':
    'It belongs to the Einlass Authenticator on your phone. Sign in with your password, and then confirm on the phone.',
  'passkey.refused.title': 'This passkey was refused',
  'passkey.refused.text': 'Try again. If that does not help, choose another way.',
  'passkey.cloned.title': 'This passkey was refused',
  'passkey.cloned.text':
    'There may be a copy of this passkey. Take another way and contact the service desk.',
  'passkey.expired': 'That took too long. Try again.',
  'passkey.login': 'Sign in with a passkey',
  'passkey.login.failed': 'No passkey was used. You can sign in with your password.',
  'passkey.enrol.title': 'Set up a passkey',
  'passkey.enrol.lead':
    'A passkey is only good for this site. Nobody can guess it or catch it on a copied page.',
  'passkey.enrol.step.place':
    'Your browser asks where to keep the passkey: on this device, on your phone or on a security key.',
  'passkey.enrol.step.confirm': 'Confirm by fingerprint, face or PIN.',
  'passkey.enrol.submit': 'Set up passkey',
  'passkey.enrol.failed': 'No passkey was set up. Try again or go back.',
  'passkey.enrol.refused.title': 'The passkey was not set up',
  'passkey.enrol.refused.text': 'Try again or go back.',

  // Facts
  'facts.purpose': 'For',
  'facts.app': 'App',
  'facts.browser': 'Browser',
  'facts.place': 'Place',
  'facts.time': 'Time',
  'facts.device': 'Device',
  'facts.address': 'IP address',
  'facts.moment': '{at, moment}',
  'browser.unknown': 'Unknown browser',
  'browser.named': '{browser}',
  'browser.on': '{browser} on {system}',
  'device.unnamed': 'your phone',
  'app.account': 'Your account',
  'app.password': 'New password',
  'app.home': 'Overview of your apps',

  // An app that wants more than the session shows
  'stepup.title': 'One more confirmation',
  'stepup.lead': '{app} requires that you approve on your phone.',
  'stepup.lead.plain': 'For this step you have to approve on your phone.',
  'stepup.lead.on': '{app} requires that you approve on “{device}”.',
  'stepup.lead.on.plain': 'For this step you have to approve on “{device}”.',
  'stepup.weaker': '{lead} “{device}” is not enough for that.',
  'stepup.begin.code': 'Show the code',
  'stepup.added.lead':
    'You have not used the new device in this sign-in yet. Confirm once with it, then you can go on.',
  'stepup.begin': 'Send notification',
  'stepup.other.lead': '{app} requires that you confirm once more that it is you.',
  'stepup.other.lead.plain': 'For this step, confirm once more that it is you.',
  'stepup.other.begin': 'Confirm now',
  'stepup.lost': 'Lost your device, or cannot use it?',
  'too_weak.title': 'That is not enough here',
  'too_weak.lead': '{app} requires more than you have set up.',
  'too_weak.lead.plain': 'This step requires more than you have set up.',
  'too_weak.text': 'Sign in once more. Then you can set up what is enough. There is:',
  'too_weak.none': 'Nothing stronger can be set up here. The service desk can help you.',
  'too_weak.go': 'Sign in and set it up',
  'too_weak.account': 'To your account',

  // On to the app
  'forward.title': 'On to {app}',
  'forward.text': 'You are signed in. The app opens in a moment.',
  'forward.form': 'You are signed in. If the app does not open by itself, open it with the button.',
  'forward.link': 'Open now',
  'forward.error': 'The sign-in did not succeed. The app learns why.',
  'forward.back': 'Back to the app',

  // Ends of a journey
  'journey.expired.title': 'The sign-in has expired',
  'journey.expired.text': 'It was open for too long. Please start again.',
  'journey.expired.again': 'Sign in again',
  'journey.ended.title': 'This sign-in has already ended',
  'journey.ended.text':
    'It was completed, cancelled, or ended from elsewhere. You can start a new one.',
  'journey.ended.not_me':
    'It was reported with “This was not me” and therefore ended. You can start a new one.',
  'journey.ended.with_sessions':
    'It was ended together with other sign-ins of this account. You can start a new one.',
  'journey.ended.restored':
    'The server was just restored from a backup. All sign-ins have ended because of that.',
  'journey.ended.logout': 'It ended when you signed out in this browser. You can start a new one.',
  'journey.ended.again': 'Go to sign-in',
  'journey.moved.title': 'This page is out of date',
  'journey.moved.text':
    'The sign-in has moved on, perhaps in another window. Your last input was not used.',
  'cancelled.login.title': 'Sign-in cancelled',
  'cancelled.login.text': 'Nobody was let in. You can sign in again.',
  'cancelled.step_up.title': 'Cancelled',
  'cancelled.step_up.text': 'You stay signed in as before.',
  'cancelled.back.text': 'Back to {app}.',
  'cancelled.at_app.text': '{app} was not opened. You can close this window, or sign in after all.',
  'cancelled.at_app.again': 'Sign in after all',
  'cancelled.reset.title': 'Cancelled',
  'cancelled.reset.text':
    'Your password was not changed. As long as the link in the e-mail is valid, you can open it again.',
  'journey.closed.title': 'This has already ended',
  'journey.closed.text': 'It was completed or cancelled.',
  'journey.closed.again': 'Go to devices and passkeys',

  // Forgotten password
  'forgot.title': 'Forgot your password',
  'forgot.text': 'The service desk will reset your password. Have your username ready.',
  'forgot.lead':
    'We send you a link by which you choose a new password. It goes to the e-mail address of your account.',
  'forgot.submit': 'Request a link',
  'forgot.throttled.title': 'Too many requests',
  'forgot.throttled.text': 'Please wait {wait, duration}. Then you can request a link again.',
  'forgot.sent.title': 'Check your e-mail',
  'forgot.sent.text':
    'If this account exists and has an e-mail address, a link is on its way there. It works for 30 minutes and only once.',
  'forgot.sent.none':
    'No e-mail after a few minutes? Look into your spam folder, and check how you spelled your username.',
  'forgot.sent.again': 'Request it again',
  'forgot.gone.title': 'No new password',
  'forgot.gone.text':
    'Nothing was changed here. A link works for 30 minutes and only once, and only the one in the latest e-mail. If it is still valid, open it there again.',
  'forgot.gone.again': 'Request a new link',
  'reset.title': 'New password',
  'reset.lead': 'For the account {username}.',
  'reset.lead.factor':
    'For the account {username}. First you confirm with your second factor that it is you.',
  'reset.begin': 'Choose a new password',
  'reset.begin.factor': 'Confirm with the second factor',
  'reset.password.lead':
    'After that only the new password is valid. You are signed out everywhere and sign in again with it.',
  'reset.done.title': 'Your password is changed',
  'reset.done.text': 'You are signed out everywhere. Sign in with the new password now.',
  'reset.done.login': 'To sign-in',
  'forgot.back': 'Back to sign-in',

  // Home and account
  'home.title': 'Hello, {name}',
  'home.lead': 'Your apps',
  'home.empty.title': 'No app is listed here',
  'home.empty': 'Apps that can be opened from here are listed here. You open all others as usual.',
  'home.search': 'Search apps',
  'home.search.submit': 'Search',
  'home.recent': 'Opened last',
  'home.all': 'All apps',
  'home.found': 'Found for “{search}”',
  'home.none': 'None of your apps is called that. If one is missing, the service desk can help.',
  'home.show_all': 'Show all',
  'home.arrange': 'Change the order',
  'home.said.one': 'One app',
  'home.said.some': '# apps',
  'home.foreseen.verify': 'Asks for your second factor',
  'home.foreseen.enrol': 'Requires a second factor',
  'home.foreseen.enrol_stronger': 'Requires a stronger second factor',
  'arrange.title': 'Change the order',
  'arrange.lead': 'This is how your apps stand on the start page.',
  'arrange.up': 'Move {app} up',
  'arrange.down': 'Move {app} down',
  'arrange.moved': '{app} is now number {place} of {count}.',
  'arrange.by_name': 'Order by name',
  'arrange.done': 'To your apps',
  'home.open': 'Open {app}',
  'home.decline.title': 'Only the password protects your account',
  'home.decline.text': 'You declined a second factor on {at, date}.',
  'home.decline.undo': 'Set it up after all',
  'home.decline.ask.title': 'Offer a second factor again?',
  'home.decline.ask.text':
    'You no longer decline it then. We will offer to set it up when you next sign in.',
  'home.decline.ask.submit': 'Offer it again',
  'home.decline.ask.keep': 'Keep declining',
  'home.declined_undone': 'We will offer to set it up when you next sign in.',
  'home.logout': 'Sign out',
  'home.account': 'Account',

  // A person's account
  'account.title': 'Your account',
  'account.username': 'Username',
  'account.email': 'E-mail',
  'account.signed_in': 'Signed in since',
  'account.method': 'Signed in with',
  'account.method.approval': 'Phone without a password',
  'account.method.password': 'Password',
  'account.method.possession': 'Password and second factor',
  'account.method.number': 'Password and phone with number',
  'account.method.phone_code': 'Password and phone with code',
  'account.method.verified_phone': 'Phone with screen lock',
  'account.method.verified_code': 'Password and phone with code and screen lock',
  'account.method.code': 'Password and code',
  'account.method.passkey': 'Passkey',
  'account.method.with_passkey': 'Password and passkey',
  'account.stronger.deferred': 'You skipped setting up a second factor.',
  'account.stronger.own_possession': 'Your second factor would be stronger.',
  'account.stronger.own_number': 'Your phone would be stronger.',
  'account.stronger.own_code': 'The Einlass Authenticator on your phone would be stronger.',
  'account.stronger.own_verified_code':
    'The Einlass Authenticator with the screen lock of your phone would be stronger.',
  'account.stronger.own_passkey': 'Your passkey would be stronger.',
  'account.stronger.passkey': 'A passkey would be stronger.',
  'account.stronger.phone': 'A phone would be stronger.',
  'account.skips_left':
    '{left, plural, one {You can skip setting up a second factor once more.} other {You can skip setting up a second factor # more times.}}',
  'account.authenticators': 'Devices and passkeys',
  'account.authenticators.none': 'Nothing set up yet',
  'account.and_more': '{names} and {more} more',
  'account.desk_pass': 'Code from the service desk',
  'account.desk_pass.left': 'A code is valid',
  'account.recovery': 'Recovery codes',
  'account.recovery.left': '{left, plural, one {1 code left} other {# codes left}}',
  'account.password': 'Password',
  'account.password.changed': 'Last changed: {at, stamp}',
  'account.password.here': 'You can change it here',
  'account.sessions': 'Sign-ins',
  'account.sessions.count':
    '{count, plural, one {Signed in on 1 browser} other {Signed in on # browsers}}',
  'account.activity': 'Activity',
  'account.activity.hint': 'What happened with your account lately',
  'account.device.registered': 'Added on {at, date}',
  'account.device.used': 'Last used: {at, stamp}',
  'account.back': 'To your apps',
  'account.to_account': 'Your account',
  'account.to_authenticators': 'Devices and passkeys',
  'authenticators.lead': 'What you use after the password to confirm that it is you.',
  'authenticators.empty':
    'Set up a second factor. Then your password alone is of no use to anybody.',
  'authenticators.add': 'Add',
  'authenticators.recovery.text': 'They let you in when you have lost your device.',
  'authenticators.recovery.create': 'Create codes',
  'authenticators.recovery.renew': 'Create new codes',
  'authenticators.desk_pass.text':
    'Issued for you by the service desk. If you did not ask for it, remove it and call them.',
  'authenticators.done.added': 'Added. You can use it to sign in from now on.',
  'authenticators.done.replaced': 'The new device works. The old one was removed.',
  'authenticators.done.removed':
    'Removed. If its entry is still in an app on your phone, delete it there too.',
  'authenticators.done.renamed': 'Name changed.',
  'authenticators.done.codes': 'The new codes are valid from now on.',
  'authenticator.left': 'Left',
  'authenticator.kind': 'Kind',
  'authenticator.kind.push': 'Phone',
  'authenticator.kind.totp': 'Code app',
  'authenticator.kind.passkey': 'Passkey',
  'authenticator.kind.recovery': 'Recovery codes',
  'authenticator.kind.desk_pass': 'Code from the service desk',
  'authenticator.until': 'Valid until',
  'authenticator.until.value': '{at, moment}',
  'authenticator.added': 'Added',
  'authenticator.used': 'Last used',
  'authenticator.never_used': 'Never yet',
  'authenticator.strength': 'Protection',
  'authenticator.codes': 'Shows one-time codes too',
  'authenticator.codes.label': 'One-time codes',
  'authenticator.codes.value': 'On this device, removed with it',
  'authenticator.push': 'Notifications',
  'authenticator.push.on': 'Arrive',
  'authenticator.removed_there': 'The account was removed on the phone. Remove it here as well.',
  'authenticator.wake.off': 'Off, you open the app yourself',
  'authenticator.push.off': 'Do not arrive',
  'authenticator.reach.password': 'basic protection',
  'authenticator.reach.possession': 'good protection',
  'authenticator.reach.number': 'strong protection',
  'authenticator.reach.code': 'strong protection',
  'authenticator.reach.verified_code': 'strong protection',
  'authenticator.reach.phishing_resistant': 'very strong protection',
  'authenticator.reach.password.text': 'Basic: no more than your password',
  'authenticator.reach.possession.text':
    'Good: a person who knows your password still does not get in',
  'authenticator.reach.number.text': 'Strong: you confirm with the number on the screen',
  'authenticator.reach.code.text': 'Strong: you confirm with the code on the screen',
  'authenticator.reach.verified_code.text':
    'Strong: you confirm with the code on the screen, and with your finger, face or PIN',
  'authenticator.reach.phishing_resistant.text':
    'Very strong: protects against copied sign-in pages too',
  'authenticator.state.cannot_be_reached': 'Notifications do not arrive',
  'authenticator.state.off': 'Locked after too many wrong attempts',
  'authenticator.state.other_host': 'Not for this address',
  'authenticator.state.other_host.text':
    'This passkey belongs to an earlier address of the sign-in. It can be removed.',
  'authenticator.state.cannot_be_reached.text':
    'Notifications no longer reach this phone. Open the app on it. If that does not help, replace the device.',
  'authenticator.state.off.text': 'It is locked after too many wrong attempts. Set it up again.',
  'authenticator.rename': 'Rename',
  'authenticator.replace': 'Replace the device',
  'authenticator.replace.hint': 'Connect the new one first, then this one is removed',
  'authenticator.remove': 'Remove',
  'add.title': 'Add a device',
  'add.lead': 'What would you like to set up?',
  'add.fresh':
    'For this you confirm once more that it is you. If you have lost your only device, a recovery code or the service desk helps with that.',
  'sessions.place_unknown': 'Place unknown',
  'add.authenticator.hint': 'You type in a code on the phone, without an app from a store.',
  'add.push.hint': 'You approve each sign-in in this app on your phone.',
  'add.totp.hint': 'You type in a one-time code that an app shows.',
  'add.passkey.hint': 'Your device confirms with finger, face or PIN.',
  'rename.title': 'Rename',
  'rename.name': 'Name',
  'rename.hint': 'So that you recognise it, for example “Work phone”.',
  'rename.submit': 'Save name',
  'rename.refused': 'Enter a name of 1 to {max} characters, without control characters.',
  'remove.title': 'Remove {device}?',
  'remove.text':
    'After that you cannot sign in with it any more. What was still waiting for it is no longer valid.',
  'remove.last': 'It is the last one. Afterwards only your password protects the account.',
  'remove.last.length':
    'If it has fewer than {min} characters, you choose a longer one at your next sign-in.',
  'remove.last.lost':
    'It is the last one. Afterwards you sign in with a recovery code or a code from the service desk until you have connected something new.',
  'remove.together': 'The codes that it shows are no longer valid then either.',
  'remove.submit': 'Remove',
  'remove.keep': 'Keep',
  'refused.title': '{device} is needed',
  'refused.form.title': 'It is still needed',
  'refused.form.why': 'Why?',
  'refused.text': 'Without this device you could no longer open everything. It was not removed.',
  'refused.by': 'Required by',
  'refused.instead':
    'First add another device that protects as strongly. Then you can remove this one.',
  'refused.add': 'Add another device',
  'refused.back': 'Back to the device',
  'app.own': 'Your account',
  'app.gone': 'a former app',
  'sessions.lead': 'Browsers and apps in which you are signed in now.',
  'sessions.by_app': '{app}, without a browser',
  'sessions.no_browser': 'Without a browser',
  'sessions.on_phone': 'Approved on the phone',
  'sessions.this': 'This browser',
  'sessions.since': 'Signed in: {at, stamp}',
  'sessions.seen': 'Last seen: {at, stamp}',
  'sessions.end': 'Sign out',
  'sessions.end.label': 'Sign out: {browser}, {place}',
  'sessions.end_others': 'Sign out everywhere else',
  'sessions.ended': 'Signed out. The apps that used that sign-in are notified, too.',
  'activity.lead':
    'The last {days} days. If something looks strange to you, contact the service desk.',
  'activity.empty': 'Nothing happened in this time.',
  'activity.older': 'Show older',
  'activity.newest': 'Show newest',
  'activity.time': '{at, time}',
  'event.login': 'Signed in to open {app}',
  'event.login_by_app': 'Sign-in for {app} approved on the phone',
  'event.login_failed': 'Wrong password entered',
  'event.ticket_refused': 'Sign-in with a computer refused',
  'event.login_throttled': 'Too many wrong passwords, sign-in slowed down',
  'event.login_locked': 'Sign-in refused, because your account was locked for a time',
  'event.login_refused': 'Sign-in refused, although the password was correct',
  'event.app_entered': 'Opened {app}',
  'event.phone_asked': '{app} asked for an approval on the phone',
  'event.device_denied': 'Sign-in of a device to {app} denied',
  'event.entry_refused': 'No access to {app}',
  'event.app_logout_given_up': 'Signing out of {app} was not possible',
  'event.step_up': 'Confirmed in addition',
  'event.session_ended': 'Sign-in ended',
  'event.logout': 'Signed out',
  'event.session_ended_by_owner': 'Sign-in ended by you',
  'event.session_ended_removed':
    'Sign-in ended because the second factor that confirmed it was removed',
  'event.session_ended_codes':
    'Sign-in ended because it was confirmed with an earlier recovery code',
  'event.session_ended_reused':
    'Sign-in ended because the key that the app got for it was used twice',
  'event.session_ended_by_app': 'Sign-in ended by the app',
  'event.session_ended_restored': 'Sign-in ended because the server was restored from a backup',
  'event.skipped': 'Setting up a second factor skipped',
  'event.declined': 'Second factor declined',
  'event.enrolment_invitation_created': 'Invitation to set up a second factor issued',
  'event.enrolment_invitation_used': 'Invitation to set up a second factor used',
  'event.enrolment_invitation_revoked': 'Invitation to set up a second factor ended',
  'event.decline_undone': 'Decline taken back',
  'event.imported': 'Second factor taken over from the earlier system',
  'event.push_registered': '{device} scanned the QR code',
  'event.push_activated': 'Phone added',
  'event.renamed': 'Device renamed to “{device}”',
  'event.push_removed': 'Phone removed',
  'event.authenticator_left': 'Account removed on the phone “{device}”',
  'event.push_removed.of': 'Phone “{device}” removed',
  'event.second_phone': 'A second phone was refused',
  'event.push_approved': 'Approved on the phone',
  'event.move_opened': 'Move to a new phone begun',
  'event.move_refused': 'Move to the phone “{device}” refused',
  'event.moved': 'Moved to the phone “{device}”',
  'event.phone_copied': 'A copy of the app of “{device}” was used',
  'event.phone_wrong_code': 'Wrong codes typed in on the phone',
  'event.phone_wrong_code.of': 'Wrong codes typed in on the phone: sign-in to {app} at {at, time}',
  'event.test_wrong_code': 'Wrong codes typed in on the phone in a test',
  'event.push_denied': 'Denied on the phone',
  'event.push_wrong_number': 'Wrong number chosen on the phone',
  'event.push_denied.of': 'Denied on the phone: sign-in to {app} at {at, time}',
  'event.push_wrong_number.of': 'Wrong number chosen on the phone: sign-in to {app} at {at, time}',
  'event.test_denied': 'Test denied on the phone',
  'event.test_wrong_number': 'Wrong number chosen on the phone in a test',
  'event.push_rejected': 'Phone “{device}”, which was not yours, removed',
  'event.push_refreshed': 'Phone has a new address for notifications',
  'event.push_disabled': 'Notifications no longer reach the phone',
  'event.totp_added': 'Code app added',
  'event.totp_used': 'Confirmed with a code',
  'event.totp_removed': 'Code app removed',
  'event.totp_removed.of': 'Code app “{device}” removed',
  'event.passkey_added': 'Passkey “{device}” added',
  'event.passkey_used': 'Confirmed with a passkey',
  'event.passkey_cloned': 'Passkey refused: there may be a copy of it',
  'event.passkey_refused': 'Passkey refused',
  'event.passkey_removed': 'Passkey removed',
  'event.login_abandoned': 'Right password, then cancelled',
  'event.login_abandoned.of': 'Right password at {at, time}, sign-in not finished',
  'event.held_back.limit': 'No request sent to the phone: too many were not approved',
  'event.held_back.blocked': 'No request sent to the phone: blocked after a report',
  'event.held_back.failures': 'No request sent to the phone: too many wrong attempts',
  'event.held_back.unreachable': 'No request sent to the phone: it cannot be reached',
  'event.factor_wrong': 'Right password, but a wrong second factor',
  'event.factor_throttled': 'Right password, but too many wrong attempts after it',
  'event.factor_off': 'Right password, but the second factor was locked',
  'event.unlocked': 'Waits and locks lifted by the service desk',
  'event.caller_verified': 'Recognised on the telephone by the service desk',
  'event.caller_refused': 'Somebody called the service desk in your name and was not recognised',
  'event.caller_no_answer': 'A check by the service desk on the telephone had no answer',
  'event.session_ended_by_admin': 'Sign-in ended by the service desk',
  'event.passkey_removed.of': 'Passkey “{device}” removed',
  'event.locked': 'A second factor was locked',
  'event.recovery_created': 'Recovery codes created',
  'event.recovery_removed': 'Recovery codes removed',
  'event.recovery_restored':
    'Recovery codes not valid any more because the server was restored from a backup',
  'event.recovery_dropped':
    'Earlier recovery codes ended, as they were older than your first second factor',
  'event.lost': 'Reported as lost and removed',
  'event.reset': 'Second factor reset by the service desk',
  'event.recovery_used':
    '{left, plural, one {Recovery code used, 1 left} other {Recovery code used, # left}}',
  'event.desk_pass_issued': 'Pass issued by the service desk',
  'event.desk_pass_used': 'Confirmed with a code from the service desk',
  'event.desk_pass_revoked': 'Pass from the service desk removed',
  'event.exported': 'Stored data exported',
  'event.disabled': 'Account disabled',
  'event.enabled': 'Account enabled',
  'event.changed': 'Name, e-mail address or details for apps changed',
  'event.password_reset_link_sent': 'Link for a new password sent by e-mail',
  'event.password_reset_link_sent.desk':
    'The service desk sent a link for a new password by e-mail',
  'event.password_reset_link_not_sent': 'New password requested, no link sent',
  'event.password_reset': 'New password chosen by a link in an e-mail',
  'event.password_removed':
    'Earlier password not valid any more because the server was restored from a backup',
  'event.password_set': 'New password set',
  'event.password_guesses': 'Very many wrong passwords, e-mail to you',
  'event.not_me': 'Somebody else’s sign-in reported',

  // A person's own pages: adding, replacing and trying what they confirm with
  'enrol.begin.phone.title': 'Add a phone',
  'enrol.begin.authenticator.lead':
    'You connect the Einlass Authenticator on the phone to your account and type in a code there. After that, the phone belongs to your account.',
  'enrol.begin.push.lead':
    'You connect the app “ForgeRock Authenticator” on the phone with your account and approve a test. After that the phone belongs to your account.',
  'enrol.begin.totp.title': 'Add a code app',
  'enrol.begin.totp.lead':
    'You connect an app that shows codes with your account and type in a first code.',
  'enrol.begin.passkey.title': 'Add a passkey',
  'enrol.begin.passkey.lead':
    'Your device asks for your finger, face or PIN and makes a passkey for your account.',
  'enrol.begin.recovery.title': 'Create recovery codes',
  'enrol.begin.recovery.lead.first':
    'You get ten codes for the day when your device is missing. Have a printer or a safe place ready.',
  'enrol.begin.recovery.lead': 'You get new codes. Earlier codes then no longer work.',
  'enrol.begin.replace.title': 'Replace the device',
  'enrol.begin.replace.lead':
    'First you connect the new device. As soon as it works, “{device}” is removed.',
  'binding.why.factor':
    'Next, you confirm with your second factor that it is you. Being signed in is not enough for this change.',
  'binding.why.password':
    'Next, you type in your password. Being signed in is not enough for this change.',
  'enrol.begin.submit': 'Begin',
  'enrol.full.phone':
    'Your account has {most} phones, and more are not possible. First remove one that you no longer use.',
  'enrol.full.totp':
    'Your account has {most} code apps, and more are not possible. First remove one that you no longer use.',
  'enrol.full.passkey':
    'Your account has {most} passkeys, and more are not possible. First remove one that you no longer use.',
  'enrol.full.back': 'Back to your devices',
  'trial.title': 'Test: approve on your phone',
  'trial.lead': 'We send a notification to {device}. It signs nobody in.',
  'trial.send': 'Send a test',
  'trial.again': 'Send another test',
  'trial.back': 'Back',
  'trial.done': 'Done',
  'trial.approved.title': 'The test arrived',
  'trial.approved.text': 'The right number was chosen on {device}. Notifications arrive.',
  'trial.approved.text.plain': 'The test was approved on {device}. Notifications arrive.',
  'trial.denied.title': 'The test was denied',
  'trial.denied.text': 'The notification arrived on {device} and was denied there.',
  'trial.wrong_number.title': 'That was a different number',
  'trial.wrong_number.text':
    'The notification arrived on {device}. Another number was chosen there than the one on the screen.',
  'trial.superseded.title': 'The test was replaced',
  'trial.superseded.text':
    'Meanwhile another notification went to your phone. Only the latest one is valid.',
  'trial.refused.title': 'The notification was not accepted',
  'trial.refused.text':
    'The service that brings notifications to the phone did not accept it. Please try again later.',
  'trial.gone.text':
    '{device} can no longer be reached by notifications. Open the app there, or replace the device.',
  'trial.expired.title': 'Handed over, but no answer',
  'trial.expired.text':
    'The notification to {device} was handed over. No answer came. Is the phone online?',
  'trial.limit.title': 'No other test right now',
  'trial.limit.tests':
    'Five tests are possible in ten minutes. You can send the next one in {wait, duration}.',
  'trial.limit.busy':
    'Another request still waits on your phone. Answer that one first, or deny it if it is not yours.',
  'trial.limit.blocked':
    'Somebody else’s sign-in was reported for your account. Notifications, tests too, are possible again from: {at, moment}.',

  // What is new on the account
  'recent.title': 'New on your account',
  'recent.lead': 'This was set up a short time ago. Was it you?',
  'recent.item': '“{device}”, {at, moment}',
  'recent.mine': 'Yes, that was me',
  'recent.then':
    'If it was not you, we remove it with everything that was set up after it, and sign you out everywhere.',

  // A login that the user did not start
  'not_me.title': 'Not your sign-in?',
  'not_me.lead':
    'Somebody entered your username and your password correctly. If that was not you, report it here.',
  'not_me.lead.app':
    'An app asked for your approval on the phone, in your name. If you know nothing of it, report it here.',
  'not_me.title.bound': 'This was not you?',
  'not_me.lead.bound':
    'Something was set up on your account with which somebody can sign in as you. If that was not you, report it here.',
  'not_me.then': 'Then this happens:',
  'not_me.then.bound': 'We remove: {names}.',
  'not_me.then.none_left':
    'After that your account has no second factor. Nobody sets up a new one with the password alone.',
  'not_me.then.attempt': 'This sign-in is ended.',
  'not_me.then.sessions': 'You are signed out everywhere.',
  'not_me.then.password': 'When you next sign in, you choose a new password.',
  'not_me.then.password.elsewhere':
    'After that, change your password at your workplace. It is not possible here.',
  'not_me.then.push': 'For {wait, duration} we send no notifications to your phone.',
  'not_me.submit': 'This was not me',
  'not_me.hint': 'If it was you after all, close this page. Then nothing happens.',
  'not_me.done.title': 'Thank you, it is reported',
  'not_me.done.text': 'The other sign-in has been ended.',
  'not_me.done.password':
    'The other sign-in has been ended. When you next sign in, you choose a new password.',
  'not_me.done.password.elsewhere':
    'Somebody knows your password. Change it at your workplace now. It is not possible here.',
  'not_me.done.bound': 'It is removed, and every sign-in is ended.',
  'not_me.done.bound.password':
    'It is removed, and every sign-in is ended. When you next sign in, you choose a new password.',
  'not_me.done.push':
    'Notifications to your phone are possible again from: {at, moment}. Until then, sign in in another way, or the service desk can help.',
  'not_me.done.login': 'Sign in',
  'not_me.used.title': 'You have reported this already',
  'not_me.used.text':
    'This link works only once, and it has been used. There is nothing more to do here. If you did not use it, call the service desk.',
  'not_me.expired.title': 'This link has expired',
  'not_me.expired.text':
    'It works only for some time. If it was not you, call the service desk and have a new password set.',
  'not_me.removed.title': 'This is removed already',
  'not_me.removed.text':
    'What was set up then does not belong to your account any more. If it was not you, call the service desk and have a new password set.',
  'not_me.unknown.title': 'We do not know this link',
  'not_me.unknown.text': 'Open it from the e-mail once more. It may have been copied incompletely.',

  // Logout
  'logout.title': 'Sign out?',
  'logout.text': 'This signs you out of every app that uses this sign-in.',
  'logout.text_of_app':
    '{app} wants to sign you out. This signs you out of every app that uses this sign-in.',
  'logout.submit': 'Sign out',
  'logout.cancel': 'Stay signed in',
  'logout.done.title': 'You are signed out',
  'logout.done.text': 'If this is not your device, close the browser window as well.',
  'logout.done.again': 'Sign in again',
  'logout.at_app.title': 'Signing out of {app}',
  'logout.at_app.link': 'Continue now',
  'logout.at_app.form': 'If this does not go on by itself, continue with the button.',
  'logout.done.form':
    'You are signed out. If the app does not open by itself, open it with the button.',
  'logout.apps.lead': 'You used these apps with this sign-in.',
  'logout.close.title': 'Not signed out everywhere yet',
  'logout.close.text': 'Sign out in the other apps yourself, or close all windows of the browser.',
  'logout.look': 'Check again',
  'logout.app.logged_out': 'Signed out',
  'logout.app.under_way': 'Signing out …',
  'logout.app.tried_again': 'Not reached yet. We keep trying.',
  'logout.app.not_reached': 'Not signed out',
  'logout.app.asked': 'Asked to sign out. This app gives no answer.',
  'logout.app.window': 'Sign out of {app} in a new window',

  // Cookies off
  'cookies.title': 'Your browser does not accept cookies',
  'cookies.text':
    'To sign you in we need one cookie that lasts until you sign out. Allow cookies for this site and start again.',
  'cookies.again': 'Start again',
  'link.cookies.text':
    'This page cannot work with your link without them. Nothing was reported or changed here.',
  'link.cookies.more':
    'Open the link in another browser: copy it from the e-mail, or open the e-mail on another device. If you cannot, or if it is urgent, call the service desk.',
  'link.closed.title': 'Open the link again',
  'link.closed.text':
    'This page is about a link that is no longer open in this browser. Nothing was reported or changed just now.',
  'link.closed.more': 'Open the link again where you got it, for example in the e-mail.',

  // First start
  'setup.title': 'Create the first account',
  'setup.lead':
    'You sign in with it. More accounts come afterwards on the server: one by one with “einlass user add”, many with “einlass import users”, or from a directory such as Active Directory.',
  'setup.username': 'Username',
  'setup.username_hint': 'You sign in with it, for example erika.mustermann.',
  'setup.display_name': 'Your name',
  'setup.display_name_hint': 'This is how the sign-in addresses you.',
  'setup.email': 'E-mail address (optional)',
  'setup.email_hint': 'Einlass writes there when something changes in your account.',
  'setup.email_hint.no_mail': 'For later: this installation does not send e-mail yet.',
  'setup.password': 'Password',
  'setup.submit': 'Create account',
  'setup.missing.username': 'Enter a username.',
  'setup.missing.display_name': 'Enter your name.',
  'setup.missing.email': 'Check the e-mail address, or leave the field empty.',
  'setup.error.title': 'The account has not been created yet',
  'setup.used.title': 'This link no longer works',
  'setup.used.text':
    'It has been used or has expired. As long as there is no account, each start of the server shows a new one.',
  'setup.done.title': 'The account has been created',
  'setup.done.text': 'Now sign in with it.',
  'setup.done.submit': 'Go to sign-in',
  'password.refused.too_short':
    'The password is too short. It needs at least {min, plural, one {1 character} other {# characters}}.',
  'password.refused.too_long': 'The password is too long. 256 characters are the most.',
  'password.refused.common':
    'This password is easy to guess, for example as a known word with a few more characters. Use several words that do not belong together.',
  'password.refused.contains_username':
    'The password contains your username. Choose one without it.',
  'password.refused.only_names':
    'The password is little more than names that belong to you or to this site. Add other words.',

  // Apps that ask wrongly, access that is not granted
  'oidc.error.title': 'The app sent a wrong request',
  'oidc.error.text':
    'You did nothing wrong. Go back and try again. If it happens again, tell the service desk “{code}”.',
  'oidc.error.logout.title': 'You are not signed out yet',
  'oidc.error.logout.text':
    'You did nothing wrong: the app asked for it in a wrong way. Sign out here, and tell the service desk “{code}”.',
  'oidc.error.detail': 'For developers: {description}',
  'claim_missing.title': 'Your account lacks a detail for {app}',
  'claim_missing.text':
    'You did nothing wrong, but trying again does not help: the detail has to be added to your account {username}. Contact the service desk and mention “missing_claim”.',
  'level_missing.title': 'This part of {app} does not open',
  'level_missing.text':
    'It requires a stronger second factor than you have used and can set up here. Contact the service desk.',
  'not_allowed.title': 'No access to {app}',
  'not_allowed.text':
    'The account {username} may not use this app. If you need the app, ask the service desk.',
  'not_allowed.other': 'Sign in with another account',
  'not_allowed.back': 'Back to {app}',
  'over.signed_in.title': 'You are already signed in',
  'over.signed_in.text': 'This page belongs to a sign-in that is complete. Go on from here.',
  'select.title': 'Continue to {app}',
  'select.text': 'You are signed in as {name} ({username}).',
  'select.continue': 'Continue with this account',
  'select.other': 'Sign in with another account',
  'select.cancel': 'Cancel',
  'over.text':
    'It was completed or cancelled, or it was open for too long. Open the app once more.',

  // An app that registered itself
  'unknown_app.title': 'Sign in to {app}?',
  'unknown_app.lead':
    'This app registered itself. Nobody in your organisation has checked it, and its name is what it calls itself.',
  'unknown_app.place': 'Leads to',
  'unknown_app.place.device': 'an app on this device ({place})',
  'unknown_app.account': 'Your account',
  'unknown_app.learns': 'Learns',
  'unknown_app.learns.id': 'only an identifier of your account',
  'unknown_app.learns.profile': 'your name',
  'unknown_app.learns.email': 'your e-mail address',
  'unknown_app.learns.address': 'your postal address',
  'unknown_app.learns.phone': 'your telephone number',
  'unknown_app.learns.groups': 'your groups',
  'unknown_app.warning':
    'Sign in only if you know this address and have just opened the app yourself.',
  'unknown_app.allow': 'Sign in',
  'unknown_app.cancel': 'Do not sign in',
  'unknown_app.policy': 'Privacy policy of the app',
  'unknown_app.terms': 'Terms of use of the app',
  'unknown_app.leaving.title': 'Go on to {app}?',
  'unknown_app.leaving.lead':
    'This link leads on to an app that registered itself. Nobody in your organisation has checked it.',
  'unknown_app.leaving.logged_out':
    'From here you can go on to an app that registered itself. Nobody in your organisation has checked it. Do not enter your password there.',
  'unknown_app.leaving.go': 'Go on to this app',
  'unknown_app.login':
    'You are signing in to {app}. This app registered itself, and nobody in your organisation has checked it. You then go on to {place}.',

  // A device that asks for a login and has no browser of its own
  'device.code.title': 'Sign in a device',
  'device.code.lead': 'Enter the code that the device shows.',
  'device.code.label': 'Code on the device',
  'device.code.hint': 'Eight letters, for example WDJB‑MJHT.',
  'device.code.submit': 'Continue',
  'device.code.unknown':
    'This code is not right, or it is no longer valid. Check it, or have the device show a new one.',
  'device.confirm.title': 'Sign in the device to {app}?',
  'device.confirm.lead': 'The device gets access to the account of {name}.',
  'device.confirm.code': 'The device has to show this code:',
  'device.confirm.from': 'Asked from',
  'device.confirm.at': 'Asked at',
  'device.confirm.time': '{at, moment}',
  'device.confirm.warning':
    'Agree only if you are in front of this device yourself. Someone who sent you the code, or told it to you on the phone, wants to get into your account.',
  'device.confirm.allow': 'I am in front of the device: sign in',
  'device.confirm.deny': 'Do not sign in',
  'device.allowed.title': 'The device is being signed in',
  'device.allowed.text': 'Go back to the device. {app} opens there in a moment.',
  'device.denied.title': 'The device was not signed in',
  'device.denied.text': '{app} is told that you refused. Your account is unchanged.',

  // Faults
  'error.bad_request.title': 'This request was incomplete',
  'error.bad_request.text': 'Go back and try again.',
  'error.bad_form_token.title': 'This page was open for too long',
  'error.bad_form_token.text': 'To protect you, it is no longer valid. Reload the page.',
  'error.foreign_origin.title': 'This request came from another site',
  'error.foreign_origin.text': 'To protect you, we did not carry it out. Begin at our start page.',
  'error.not_allowed.title': 'You do not have permission for this',
  'error.not_allowed.text': 'If you need this page, contact the service desk.',
  'error.not_found.title': 'This page does not exist',
  'error.not_found.text': 'Check the address or begin at the start page.',
  'error.method_not_allowed.title': 'This page cannot be opened this way',
  'error.method_not_allowed.text': 'Begin at the start page.',
  'error.conflict.title': 'This has changed in the meantime',
  'error.conflict.text': 'Your input was not saved. Reload the page.',
  'error.expired.title': 'This page has expired',
  'error.expired.text': 'Please start again.',
  'error.too_large.title': 'The request was too large',
  'error.too_large.text': 'Shorten your input and try again.',
  'error.unsupported_media_type.title': 'We do not understand this format',
  'error.unsupported_media_type.text': 'Go back and try again.',
  'error.too_many_requests.title': 'Too many requests',
  'error.too_many_requests.text': 'Wait a minute and try again.',
  'error.internal.title': 'Something went wrong on our side',
  'error.internal.text': 'It is not your fault. Try again in a few minutes.',
  'error.unavailable.title': 'This is not possible right now',
  'error.unavailable.text':
    'It is not your fault, and your password is not the reason. Try again in a moment.',
  'error.unavailable.lasting':
    'It is not your fault, and your password is not the reason. Trying again does not help: contact the service desk.',
  'error.busy.title': 'Many people are signing in right now',
  'error.busy.text': 'Everything is working, it only takes longer. Wait a moment and try again.',
  'error.wrong_schema.title': 'This is not possible right now',
  'error.wrong_schema.text': 'The sign-in is being updated. Try again in a moment.',
  'error.unavailable.again': 'Try again',
  'error.reference': 'Reference for the service desk: {reference}',
  'error.reference.label': 'Reference for the service desk',
  'error.back': 'Go to the start page',

  // On the phone
  'phone.message': 'Sign-in to {app}',
  'phone.message.number': 'Sign-in to {app}: which number is on the screen?',
  'phone.message.reset': 'New password at {app}',
  'phone.message.reset.number': 'New password at {app}: which number is on the screen?',
  'phone.message.app': '{app} asks you: with which number does the code end?',
  'phone.message.app.for': '{app} asks you, for “{purpose}”: with which number does the code end?',
  'phone.message.caller':
    'Service desk: choose a number and read it out on the telephone. You did not call? Deny.',
  'phone.message.test': 'Test: which number is on the screen?',
  'phone.message.test.plain': 'Test: please approve',

  // Mails
  'mail.greeting': 'Hello {name},',
  'mail.if_you': 'If this was you, there is nothing to do.',
  'mail.if_not.title': 'This was not you?',
  'mail.if_not.text':
    'Call the service desk at once. Then open your account in the browser and check what is connected to it.',
  'mail.if_not.password':
    'Then somebody knows your password. Call the service desk at once and have a new password set.',
  'mail.if_not.desk_pass':
    'Call the service desk at once: then somebody has called in your name. You can remove the code in your account.',
  'mail.if_not.link':
    'Then somebody knows your password. Open the link below and report it. It works for 24 hours and only once.',
  'mail.if_not.app':
    'Then somebody has named you in this app. Open the link below and report it. It works for 24 hours and only once.',
  'mail.if_not.bound':
    'Open the link below and report it. Then we remove what was set up, and end every sign-in. It works for 7 days and only once.',
  'mail.link': 'This was not me',
  'mail.footer.link':
    'This e-mail was sent automatically. We never ask for passwords or codes by e-mail. The link opens a page that says what a report does. Nothing happens before you report there.',
  'mail.account': 'Your account',
  'mail.footer':
    'This e-mail was sent automatically. We never ask for passwords or codes by e-mail.',
  'mail.fact.at': 'Time',
  'mail.fact.device': 'Device',
  'mail.fact.factor': 'Second factor',
  'mail.fact.app': 'App',
  'mail.fact.browser': 'Browser',
  'mail.fact.place': 'Place',
  'mail.fact.address': 'Address',
  'mail.fact.left': 'Unused codes',
  'mail.fact.until': 'Valid until',
  'mail.device_added.subject': 'New phone on your account',
  'mail.device_added.text':
    'A phone was connected to your account. From now on it can approve your sign-ins.',
  'mail.combined_added.subject': 'New phone and new codes on your account',
  'mail.combined_added.text':
    'A phone was connected to your account. From now on it can approve your sign-ins, and its app shows codes for them.',
  'mail.device_removed.subject': 'Phone removed from your account',
  'mail.device_removed.text':
    'A phone was removed from your account. It cannot approve sign-ins any more.',
  'mail.device_token_moved.subject': 'Your phone reports as another one',
  'mail.device_token_moved.text':
    'A phone that is connected to your account now reports as a device of another kind. This happens when you have moved the app to a new phone.',
  'mail.second_phone_refused.subject': 'A second phone was refused',
  'mail.second_phone_refused.text':
    'Two phones scanned the QR code that you connect a phone with. The first was accepted, the second was refused.',
  'mail.phone_added.subject': 'New phone on your account',
  'mail.phone_added.text':
    'A phone was connected to your account. From now on it can approve your sign-ins.',
  'mail.phone_added_with_codes.subject': 'New phone and new codes on your account',
  'mail.phone_added_with_codes.text':
    'A phone was connected to your account. From now on it can approve your sign-ins, and its app shows codes for them.',
  'mail.phone_removed.subject': 'Phone removed from your account',
  'mail.phone_removed.text':
    'A phone was removed from your account. It cannot approve sign-ins any more.',
  'mail.phone_moved.subject': 'Your account has moved to a new phone',
  'mail.phone_moved.text':
    'A new phone has taken the place of your previous one. From now on it can approve your sign-ins, and the previous one cannot.',
  'mail.later_phone_refused.subject': 'A second phone was refused',
  'mail.later_phone_refused.text':
    'Two phones scanned the QR code that you connect a phone with. The first was accepted, the second was refused.',
  'mail.phone_denied.subject': 'Sign-in denied on the phone',
  'mail.phone_denied.text':
    'Somebody entered your password correctly. The sign-in was denied on the phone and so was not let in.',
  'mail.both_phones_refused.subject': 'Two phones were refused',
  'mail.both_phones_refused.text':
    'The QR code with which you connect a phone was used by two phones. Both were refused.',
  'mail.phone_copied.subject': 'The app on your phone was copied',
  'mail.phone_copied.text':
    'A copy of the app on your phone was used. So the phone was removed from your account, and sign-ins with it were ended. Find out who had access to the phone, and then connect it again.',
  'mail.phone_wrong_code.subject': 'Wrong codes typed in on the phone',
  'mail.phone_wrong_code.text':
    'Somebody entered your password correctly. Three times a different code than the one on the screen was typed in on the phone. The sign-in was not allowed.',
  'mail.push_denied.subject': 'Sign-in denied on the phone',
  'mail.push_denied.text':
    'Somebody entered your password correctly. The sign-in was denied on the phone and so was not let in.',
  'mail.push_wrong_number.subject': 'Wrong number chosen on the phone',
  'mail.push_wrong_number.text':
    'Somebody entered your password correctly. On the phone, another number was chosen than the one on the screen. The sign-in was not let in.',
  'mail.app_request_refused.subject': 'Request of an app not approved',
  'mail.app_request_refused.text':
    'An app asked for your approval on the phone, without a sign-in page. On the phone it was denied, or another code was entered. Nothing was approved.',
  'mail.not_me.subject': 'A sign-in by somebody else was reported',
  'mail.not_me.text':
    'For your account, “This was not me” was chosen. Somebody tried to sign in as you. That sign-in has been ended.',
  'mail.push_again':
    'Notifications to your phone are possible again from: {at, moment}. Until then, sign in in another way, or the service desk can help.',
  'mail.not_me.next': 'What to do now',
  'mail.not_me.advice':
    'Sign in again and choose a new password that you use nowhere else. If you did not report anything, call the service desk.',
  'mail.not_me.advice.app':
    'An app had asked in your name. Your password was not used for it, so you need no new one. Sign in again, and ask whoever runs the app. If you did not report anything, call the service desk.',
  'mail.not_me.advice.elsewhere':
    'Change your password at your workplace. Use the new one nowhere else. If you did not report anything, call the service desk.',
  'mail.desk_pass_issued.subject': 'The service desk has issued a code for you',
  'mail.desk_pass_issued.text':
    'A code from the service desk was issued for your account. Anybody who knows it can sign in together with your password and set up a new device.',
  'mail.desk_pass_used.subject': 'Sign-in with a code from the service desk',
  'mail.desk_pass_used.text': 'A code from the service desk was used to sign in to your account.',
  'mail.desk_pass_revoked.subject': 'Your code from the service desk is no longer valid',
  'mail.desk_pass_revoked.text':
    'The code from the service desk was removed. Sign-ins that it was used for have ended.',
  'mail.recovery_codes_created.subject': 'New recovery codes',
  'mail.recovery_codes_created.text':
    'Recovery codes were made for your account. If there were earlier ones, they are not valid any more.',
  'mail.recovery_codes_removed.subject': 'Recovery codes removed',
  'mail.recovery_codes_removed.text':
    'The recovery codes were removed from your account. They are not valid any more.',
  'mail.recovery_codes_ended.subject': 'Your recovery codes are not valid any more',
  'mail.recovery_codes_ended.text':
    'The server for signing in was restored from a backup. Because of that, your recovery codes are not valid any more.',
  'mail.recovery_codes_ended.next': 'What to do now',
  'mail.recovery_codes_ended.next.text':
    'Sign in, make new codes in your account, and throw the old sheet away.',
  'mail.recovery_code_used.subject': 'A recovery code was used',
  'mail.recovery_code_used.text':
    'A recovery code was used to sign in to your account. It is not valid any more.',
  'mail.passkey_added.subject': 'New passkey on your account',
  'mail.passkey_added.text':
    'A passkey was set up for your account. From now on it can be used to sign in.',
  'mail.passkey_removed.subject': 'Passkey removed from your account',
  'mail.passkey_removed.text':
    'A passkey was removed from your account. It cannot be used to sign in any more.',
  'mail.passkey_cloned.subject': 'A passkey was refused',
  'mail.passkey_cloned.text':
    'A passkey of your account was refused because there may be a copy of it. Remove it and set up a new one.',
  'mail.totp_added.subject': 'New code app on your account',
  'mail.totp_added.text': 'An app that shows codes for signing in was set up for your account.',
  'mail.totp_removed.subject': 'Code app removed from your account',
  'mail.totp_removed.text':
    'The app that shows codes for signing in was removed from your account.',
  'mail.password_changed.subject': 'Your password was changed',
  'mail.password_changed.text':
    'The password of your account was changed. The old password is not valid any more.',
  'mail.password_set.subject': 'The service desk has changed your password',
  'mail.password_set.text':
    'The service desk has set a new password for your account. The old password is no longer valid.',
  'letter.title': 'Set up your second factor',
  'letter.text':
    'To sign in, you will need a second factor, for example your phone. Scan this code with your phone, and sign in with the username {username} and your password. Then you set it up.',
  'letter.scan': 'Code with the link to your invitation',
  'letter.link': 'Or type this address into the browser:',
  'letter.until': 'The invitation is valid until {until, moment}, once and only for your account.',
  'letter.keep': 'Give it to nobody. If this letter is not for you, return it to the service desk.',
  'mail.invitation.subject': 'Set up your second factor',
  'mail.invitation.text':
    'To sign in, you will need a second factor, for example your phone. With the link below you sign in with your password and set it up. The link is only for your account.',
  'mail.invitation.link': 'Set up a second factor',
  'mail.invitation.next.title': 'Why an invitation?',
  'mail.invitation.next':
    'So that nobody who only knows your password sets up a phone of their own for your account. Give the link to nobody.',
  'mail.password_reset.subject': 'New password for your account',
  'mail.password_reset.text':
    'A new password was requested for your account. You choose it by the link below. It works for 30 minutes and only once.',
  'mail.password_reset.link': 'Choose a new password',
  'mail.password_reset.if_not':
    'Then there is nothing to do: your password stays as it is. Give the link to nobody. If several such e-mails come, tell the service desk.',
  'mail.password_reset_elsewhere.subject': 'A new password only from the service desk',
  'mail.password_reset_elsewhere.text':
    'A new password was requested for your account. It cannot be changed here: ask the service desk.',
  'mail.password_reset_elsewhere.if_not':
    'Then there is nothing to do: your password stays as it is.',
  'mail.email_changed.subject': 'Your e-mail address was changed',
  'mail.email_changed.text':
    'This e-mail address is no longer the one of your account. It is the last e-mail that comes here.',
  'mail.factor_locked.subject': 'Second factor locked',
  'mail.factor_locked.text':
    'After too many wrong attempts, a second factor of your account is locked, but only in browsers in which you have not signed in before. Set it up again in your account, and it works everywhere. Somebody probably knows your password: if it was not you, change it. If you cannot sign in any more, the service desk helps.',
  'mail.factor_locked_known.subject': 'Second factor locked',
  'mail.factor_locked_known.text':
    'After too many wrong attempts in browsers in which you have signed in before, a second factor of your account is locked there. Set it up again in your account. If you cannot sign in any more, the service desk helps.',
  'mail.password_guesses.subject': 'Many wrong passwords for your account',
  'mail.password_guesses.text':
    'A wrong password was entered very often with your username. Nobody has signed in by that.',
  'mail.password_guesses.if_not':
    'Then somebody is guessing at your password. You need to do nothing: the attempts are slowed down. If your password is short, or if you use it elsewhere too, choose another one in your account.',
  'mail.factor_failures.subject': 'Sign-ins that were not confirmed',
  'mail.factor_failures.text':
    'Somebody entered your password correctly and then several times did not confirm that it was you. Nobody was signed in by that. If you mistyped or cancelled yourself, you need to do nothing.',
  'mail.caller_refused.subject': 'Call to the service desk in your name',
  'mail.caller_refused.text':
    'Somebody called the service desk and said that they were you. The request to your phone was denied or not answered correctly. So the caller was not taken for you.',
  'mail.test.subject': 'Test of the e-mails of {brand}',
  'mail.test.text': 'This e-mail was sent by “einlass mail test”. It has arrived.',
}
