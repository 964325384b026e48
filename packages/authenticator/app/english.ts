/** What the app says in English. */
import type { Words } from './german.ts'

export const english: Words = {
  title: 'Einlass Authenticator',
  accounts: 'Your accounts',
  none: 'No account yet',
  noneHelp:
    'Open the sign-in on your computer and choose “Einlass Authenticator”. Then scan the QR code that the page shows.',
  noneElsewhere:
    'Is the app set up on the home screen or in another browser already? Then open it there.',
  absentTitle: 'This sign-in does not wait here',
  absentOther:
    'The sign-in page names the phone that is asked. Open the Einlass Authenticator on that phone.',
  absentAsk: 'Is it this phone?',
  absentApp:
    'Then the app is on the home screen or in another browser. Open it there; you need not set it up again.',
  absentOver:
    'Then the time has run out, or the sign-in was cancelled. Go back to the sign-in page.',
  scan: 'Scan a code',
  scanHelp: 'Point the camera at the QR code of the sign-in page.',
  scanNoCamera: 'There is no camera here.',
  scanRefused: 'The app may not use the camera. Allow it in the settings of the browser.',
  scanPaste: 'You can also paste the address from the sign-in page below.',
  scanType: 'You can also cancel here and type in the code.',
  scanStale:
    'This sign-in does not wait for this phone. It has expired, or another phone is asked.',
  scanOther: 'This is not a code of Einlass. Look for the QR code on the sign-in page.',
  paste: 'Paste the address',
  pasteLabel: 'Address from the sign-in page',
  pasteWrong: 'This is not an address of Einlass.',
  go: 'Continue',
  back: 'Back',
  cancel: 'Cancel',
  close: 'Done',
  retry: 'Try again',
  waiting: (app) => `Approve the sign-in to ${app}`,
  waitingPlain: 'Approve the sign-in',
  nothingWaits: 'No sign-in is waiting.',
  waitingUnknown: 'Right now it is not known whether a sign-in is waiting.',
  checking: 'Checking …',
  showCode: 'Show one-time code',
  hideCode: 'Hide one-time code',
  codeFor: (seconds) => `Valid for ${seconds} more ${seconds === 1 ? 'second' : 'seconds'}`,
  offline: 'No connection. One-time codes work without one.',
  down: 'The sign-in service does not answer right now. Try again in a few minutes.',
  intercepted:
    'The network answers instead of the sign-in service. Sign in to the Wi-Fi in your browser, or turn it off.',
  slow: 'This takes longer than usual. Keep the app open.',
  unknownHere: 'The sign-in service does not know this account. Set it up again on your computer.',
  offlineNow: 'No connection. Check your network.',
  ended: 'This account is no longer signed in here.',
  endedHelp: 'It was removed. You can set it up again on your computer.',
  notFinished:
    'The setup is not finished yet. Go back to the sign-in page: it shows what comes next.',
  setupOver: 'The setup was not finished.',
  setupOverHelp: 'The next sign-in goes on with it or begins it again.',
  requestTitle: 'Are you signing in right now?',
  callerHelp:
    'Then this phone shows six digits, which you read out there. If you did not call them yourself, deny.',
  callerShow: 'Yes, show the digits',
  callerRead: 'Read these digits out',
  callerReadHelp: 'Only to the service desk that you have called. The digits let nobody in.',
  factAccount: 'Account',
  factApp: 'App',
  factBrowser: 'Browser',
  factPlace: 'Place',
  factTime: 'Time',
  codeLabel: 'Code from the sign-in page',
  codeHint: (digits) => `${digits} digits, as the sign-in page shows them`,
  enrolmentHint: (digits) =>
    `${digits} digits. The sign-in page shows them now. If it is on this phone, switch to its tab, remember the code and come back here.`,
  codeShort: (digits) => `Enter all ${digits} digits.`,
  approve: 'Approve',
  scanInstead: 'Scan the code instead',
  scanned: 'The code was scanned.',
  deny: 'Deny',
  report: 'This was not me',
  reportAsk: 'Did somebody else begin this sign-in?',
  reportHelp:
    'Then somebody knows your password. The sign-in is denied, and your account is protected.',
  reportSure: 'Yes, this was not me',
  approved: 'Approved',
  approvedHelp:
    'The sign-in page goes on by itself. If it is open on this phone, go back to it; you can close this tab.',
  enrolled: 'Your phone is connected',
  answeredTitle: 'Already answered',
  approvedHere: 'You have approved on this phone already. You can close this tab.',
  deniedHere: 'It was denied on this phone already. You can close this tab.',
  denied: 'Denied',
  notApproved: 'Not approved',
  deniedHelp: 'Nobody was let in.',
  reported: 'Thank you for telling us',
  reportedHelp: 'Nobody was let in. Your account is being protected; you will get an e-mail.',
  wrongCode: (left) =>
    left === 1
      ? 'This is not the code of the sign-in page. One attempt is left.'
      : `This is not the code of the sign-in page. ${left} attempts are left.`,
  wrongCodeEnd: 'This was not the code of the sign-in page. Begin the sign-in again.',
  expired: 'The time has run out. You can try again on the sign-in page.',
  superseded: 'This request is not valid any more. There is a newer one, or it was cancelled.',
  answered: 'This request was answered already.',
  notVerified: 'Your phone did not recognise you. Try again.',
  notVerifiedHelp: 'Is the passkey deleted? Then set the account up again on your computer.',
  denyNotVerified:
    'Your phone did not recognise you. As long as you do not approve, nobody is let in.',
  lockHelp:
    'Your phone will ask for your finger, face or PIN now, and later whenever you confirm. So nobody else can confirm with it.',
  lockMissing:
    'This service asks for a screen lock. Set up a PIN, a finger or a face in the settings of your phone, and try again.',
  addWithout: 'Add without a screen lock',
  factLock: 'Confirm with',
  lockOn: 'Finger, face or PIN',
  lockOff: 'Code, without a screen lock',
  copied:
    'This account is used on a copy of this phone and was ended to protect you. Set it up again on your computer.',
  broken: 'The reply did not come from your sign-in service. Try again later.',
  clockOff: 'The clock of this phone is wrong. Set its date and time to automatic, and try again.',
  notAccepted:
    'The sign-in service does not accept what the app has sent. Close the app and open it again. If that does not help, ask the service desk.',
  limit: (seconds) =>
    seconds > 90
      ? `Too many attempts. Wait ${Math.ceil(seconds / 60)} minutes.`
      : `Too many attempts. Wait ${seconds === 1 ? 'one second' : `${seconds} seconds`}.`,
  addTitle: 'Add this account?',
  addIssuer: 'Service',
  deviceName: 'Name of this phone',
  deviceNameHint: 'As it is called in your account, for example “Work phone”.',
  add: 'Add account',
  adding: 'Adding …',
  linkOver: 'This code does not work',
  linkLater: 'The account is not added yet',
  linkUsed: 'Another phone has used this code. Begin again on your computer.',
  linkUnknown: 'The code has expired. The sign-in page can show a new one.',
  linkWrong: 'This address is not complete. Scan the QR code again.',
  installTitle: 'First to the home screen',
  installHelp:
    'On an iPhone the account is kept only when the app is on the home screen. Only there can it notify you.',
  installStepOpen: 'Open “Einlass” there and scan the code again.',
  installSkip: 'Continue without the home screen',
  installOffer: 'On the home screen',
  installWhy: 'There the app is one tap away, and the browser keeps your accounts safely.',
  installNow: 'Add',
  installAppleShare: 'Tap “Share” at the bottom',
  installPadShare: 'Tap “Share” at the top',
  installAppleAdd: 'Choose “Add to Home Screen”',
  installMenu: 'Open the menu of the browser',
  installAdd: 'Choose “Install app” or “Add to Home screen”',
  elsewhereTitle: 'An account of another service',
  elsewhereHelp: (host: string) =>
    `It belongs to ${host} and is kept there, in the app of that service.`,
  elsewhereOpen: (host: string) => `Open ${host}`,
  alreadyHere:
    'This account is on this phone already. It is set up a second time; you can remove the old one afterwards.',
  copyCode: 'Copy',
  copiedCode: 'The code is copied.',
  copyFailed: 'It could not be copied. Type the code instead.',
  copiedAddress: 'The address is copied.',
  copyAddressFailed: 'It could not be copied. Select the address.',
  settings: 'Settings',
  appLockTitle: 'Lock the app',
  appLockHelp:
    'The app then asks for your finger, your face or the PIN of the phone when you open it, and again after a minute without it.',
  appLockIsOn:
    'The lock is on. When it is opened, the app shows nothing before the phone has recognised you.',
  appLockLimits:
    'This protects you from others who have your unlocked phone in their hands. It does not protect you from somebody who copies the data of the browser.',
  appLockImpossible: 'This phone cannot recognise you. Set up a screen lock in its settings first.',
  appLockOn: 'Turn on the lock',
  appLockOff: 'Turn off the lock',
  appLockRefused: 'The phone did not recognise you. Try again.',
  appLockedTitle: 'The app is locked',
  appLockedHelp: 'Unlock it with your finger, face or PIN.',
  appLockOpen: 'Unlock',
  appLockLost: 'Unlocking does not work any more?',
  appLockLostHelp:
    'Then the only way is to delete all accounts from this phone. Afterwards you set them up again on your computer.',
  appLockForget: 'Delete all accounts',
  notifyTitle: 'Shall your phone notify you?',
  notifyHelp:
    'It then shows a notification when a sign-in is waiting. It names neither account nor app. Without notifications you open the app yourself.',
  notifyAllow: 'Allow notifications',
  later: 'Later',
  account: 'Account',
  rename: 'Change the name',
  ownName: 'Your name for the account',
  save: 'Save',
  remove: 'Remove from this phone',
  removeAsk: (account) => `Remove ${account} from this phone?`,
  removeHelp:
    'You can then confirm no sign-in with it any more, and none waits for this phone. It stays in the list of your account on the computer until you remove it there too.',
  removeEndedHelp: 'It is then no longer listed here. You cannot confirm with it any more anyway.',
  removeNewHelp: 'It is then no longer listed here. You could not confirm with it yet.',
  removeSure: 'Remove',
  notificationsOn: 'Notifications are on',
  notificationsOff: 'Notifications are off',
  notificationsBlocked:
    'Notifications are off. The browser does not allow them; you can change that in its settings.',
  notifyFailed: 'Notifications are still off. Try again, and allow them when the browser asks.',
  wokenByOther: (other) =>
    `Only one service can send notifications, at present “${other}”. You see what waits here when you open the app.`,
  notifyInstead: 'From this service instead',
  noStorage: 'This browser keeps nothing. Open the address outside of a private window.',
  storageLost:
    'The app cannot read your accounts now. Reload the app. If that does not help, close all windows of the app and open it again.',
  reload: 'Reload',
  full: 'The storage of this phone is full. Delete what you do not need, such as old videos. Then try again.',
  lost: 'Lost a phone?',
  lostOldHelp:
    'Sign in with your name and password. Then choose “Don’t have your phone?”: it says how you get in and connect this phone.',
  lostOtherHelp:
    'Remove another phone that you have lost in your account. Confirm the sign-in there with this one.',
  lostLogin: 'Open the sign-in',
  lostAccount: 'Open the account',
  moveOffer: 'Move to a new phone',
  moveElsewhere: (host: string) =>
    `This account belongs to ${host}. Move it there: open your account on a computer and replace this phone.`,
  moveStepScan: 'Scan with the new phone the QR code that this one shows',
  moveStepType: 'Enter here the number that the new one shows',
  moveStepDone: 'The new phone is valid, this one is not any more',
  movePassword: 'Password',
  movePasswordHint: 'So that nobody moves who only has your phone',
  movePasswordMissing: 'Enter your password.',
  moveWrongPassword: 'The password is not right.',
  moveRefused: 'This is not possible right now. Try again in ten minutes, or ask the service desk.',
  moveShow: 'Show the QR code',
  moveScanTitle: 'Scan with the new phone',
  moveScanHelp:
    'Open the camera there and point it at this code. It is valid for five minutes and for one phone.',
  moveQr: 'QR code for the new phone',
  moveWaiting: 'Waiting for the new phone …',
  moveNoCamera: 'No camera?',
  moveAddress: 'Open this address on the new phone. It is as secret as a password.',
  moveExpired: 'The code has expired',
  moveStillHere: 'Nothing has changed: this phone still confirms your sign-ins.',
  moveAgain: 'Begin again',
  factDevice: 'New phone',
  moveCodeLabel: 'Number on the new phone',
  moveCodeHint: (digits: number) =>
    `${digits} digits. If your new phone shows no number, another phone has used the QR code: deny.`,
  moveApprove: 'Move',
  moveDenied: 'The other phone was not connected. This one stays as it was.',
  moveWrong: (left: number) =>
    left === 1
      ? 'That is not the number of the new phone. One attempt is left.'
      : `That is not the number of the new phone. ${left} attempts are left.`,
  moveOver: 'The move is not valid any more. Begin it again.',
  moveFinishing: 'Almost done',
  moveFinishingHelp: (name: string) => `Keep the app open on “${name}”.`,
  moveDone: 'Move done',
  moveDoneHelp: (name: string) =>
    `Your new phone, “${name}”, now confirms your sign-ins. This old one cannot any more. On the computer you sign in again.`,
  moveNext: (account: string) => `Move ${account} too`,
  moveForget: 'Delete the account from this phone',
  moveUnfinished: 'The new phone did not answer',
  moveUnknown: 'It is not known whether the move is done',
  movedTo: (name: string) => `Moved to your new phone, “${name}”.`,
  arriveOffer: 'Bring the account to this phone?',
  arriveOfferHelp: (from: string) => `It takes the place of “${from}”.`,
  arriveTitle: 'Enter this number on the old phone',
  arriveHelp: (from: string) => `“${from}” asks whether this is your new phone.`,
  arriveWaiting: 'Waiting for the old phone …',
  arriveConfirm: 'Confirm here',
  arriveConfirmHelp: 'With this the phone shows that it is you.',
  arriveDoneHelp: (from: string) =>
    `This new phone now confirms your sign-ins. The old one, “${from}”, cannot any more. On the computer you sign in again.`,
  arriveRefused: 'The move was ended',
  arriveRefusedHelp: 'The old phone denied, or the time ran out. Begin there again.',
  factPurpose: 'For',
  byRequest: {
    app: {
      waiting: (app) => `Request from ${app}`,
      requestTitle: 'Do you want to approve this?',
      codeLabel: 'Code of the app',
      codeHint: (digits) =>
        `${digits} digits: the app shows them, or its operator tells you. If you did not expect this, deny.`,
      reportAsk: 'Did somebody else ask in your name?',
      reportHelp: 'Then the request is denied, and your account is protected.',
      approvedHelp: 'The app goes on by itself. You can close this tab.',
      deniedHelp: 'Nothing was approved.',
      reportedHelp:
        'Nothing was approved. Your account is being protected; you will get an e-mail.',
      wrongCode: (left) =>
        left === 1
          ? 'This is not the code of the app. One attempt is left.'
          : `This is not the code of the app. ${left} attempts are left.`,
      wrongCodeEnd: 'This was not the code of the app. It can ask again.',
      expired: 'The time has run out. The app can ask again.',
      superseded: 'This request is not valid any more. There is a newer one.',
    },
    login: {
      offlineNow:
        'No connection. Check your network. A one-time code in your list of accounts works without it.',
    },
    account: {
      waiting: () => 'Approve the change to your account',
      waitingPlain: 'Approve the change to your account',
      requestTitle: 'Are you changing your account right now?',
      reportAsk: 'Did somebody else begin this change?',
      reportHelp:
        'Then somebody knows your password. The change is denied, and your account is protected.',
      deniedHelp: 'Nothing was changed in your account.',
      reportedHelp:
        'Nothing was changed in your account. It is being protected; you will get an e-mail.',
    },
    enrolment: {
      waitingPlain: 'Is the phone connected?',
      requestTitle: 'Is the phone connected?',
      deniedHelp: 'The sign-in page shows what comes next.',
      wrongCodeEnd: 'This was not the code of the sign-in page. It shows what comes next.',
    },
    test: {
      waitingPlain: 'This is a test.',
      requestTitle: 'This is a test.',
      approvedHelp: 'The test arrived. You can close this tab.',
      deniedHelp:
        'The test has ended. If it was not you who began it, somebody else is in your account: tell the service desk.',
      wrongCodeEnd: 'This was not the code of the page. Begin the test again.',
      expired: 'The time has run out. Begin the test again.',
    },
    move: { waitingPlain: 'Is this your new phone?', requestTitle: 'Is this your new phone?' },
    caller: {
      waitingPlain: 'Service desk: confirm your call',
      requestTitle: 'Are you on the telephone with the service desk?',
      deniedHelp: 'The service desk now knows that it was not you who called.',
      expired: 'The time has run out. The service desk can ask again.',
    },
  },
}
