/** What the app says in German. The other languages have the same members. */

export const german = {
  title: 'Einlass Authenticator',
  accounts: 'Ihre Konten',
  none: 'Noch kein Konto',
  noneHelp:
    'Öffnen Sie am Computer die Anmeldung und wählen Sie „Einlass Authenticator“. Scannen Sie dann den QR-Code, den die Seite zeigt.',
  noneElsewhere:
    'Ist die App schon auf dem Home-Bildschirm oder in einem anderen Browser eingerichtet? Dann öffnen Sie sie dort.',
  absentTitle: 'Hier wartet diese Anmeldung nicht',
  absentOther:
    'Die Anmeldeseite nennt das Telefon, das gefragt wird. Öffnen Sie dort den Einlass Authenticator.',
  absentAsk: 'Ist es dieses Telefon?',
  absentApp:
    'Dann liegt die App auf dem Home-Bildschirm oder in einem anderen Browser. Öffnen Sie sie dort; neu einrichten müssen Sie nichts.',
  absentOver:
    'Dann ist die Zeit abgelaufen, oder die Anmeldung wurde abgebrochen. Gehen Sie zur Anmeldeseite zurück.',
  scan: 'Code scannen',
  scanHelp: 'Richten Sie die Kamera auf den QR-Code der Anmeldeseite.',
  scanNoCamera: 'Hier ist keine Kamera.',
  scanRefused:
    'Die App darf die Kamera nicht benutzen. Erlauben Sie es in den Einstellungen des Browsers.',
  scanPaste: 'Sie können auch unten die Adresse aus der Anmeldeseite einfügen.',
  scanType: 'Sie können auch hier abbrechen und den Code eintippen.',
  scanStale:
    'Diese Anmeldung wartet nicht auf dieses Telefon. Sie ist abgelaufen, oder ein anderes wird gefragt.',
  scanOther: 'Das ist kein Code von Einlass. Suchen Sie den QR-Code auf der Anmeldeseite.',
  paste: 'Adresse einfügen',
  pasteLabel: 'Adresse aus der Anmeldeseite',
  pasteWrong: 'Das ist keine Adresse von Einlass.',
  go: 'Weiter',
  back: 'Zurück',
  cancel: 'Abbrechen',
  close: 'Fertig',
  retry: 'Noch einmal versuchen',
  waiting: (app: string) => `Anmeldung bei ${app} bestätigen`,
  waitingPlain: 'Anmeldung bestätigen',
  nothingWaits: 'Es wartet keine Anmeldung.',
  waitingUnknown: 'Ob eine Anmeldung wartet, ist gerade nicht bekannt.',
  checking: 'Wird geprüft …',
  showCode: 'Einmalcode zeigen',
  hideCode: 'Einmalcode verbergen',
  codeFor: (seconds: number) => `Noch ${seconds} ${seconds === 1 ? 'Sekunde' : 'Sekunden'} gültig`,
  offline: 'Keine Verbindung. Einmalcodes gehen auch ohne.',
  down: 'Der Anmeldedienst antwortet gerade nicht. Versuchen Sie es in ein paar Minuten noch einmal.',
  intercepted:
    'Statt des Anmeldedienstes antwortet das Netz. Melden Sie sich im Browser beim WLAN an, oder schalten Sie es aus.',
  slow: 'Das dauert länger als sonst. Lassen Sie die App offen.',
  unknownHere: 'Der Anmeldedienst kennt dieses Konto nicht. Richten Sie es am Computer neu ein.',
  offlineNow: 'Keine Verbindung. Prüfen Sie das Netz.',
  ended: 'Dieses Konto ist hier nicht mehr angemeldet.',
  endedHelp: 'Es wurde entfernt. Sie können es am Computer neu einrichten.',
  notFinished:
    'Die Einrichtung ist noch nicht fertig. Gehen Sie zur Anmeldeseite zurück: Sie zeigt, wie es weitergeht.',
  setupOver: 'Die Einrichtung wurde nicht abgeschlossen.',
  setupOverHelp: 'Die nächste Anmeldung setzt sie fort oder beginnt sie neu.',
  requestTitle: 'Wollen Sie sich gerade anmelden?',
  callerHelp:
    'Dann zeigt dieses Telefon sechs Ziffern, die Sie dort vorlesen. Haben Sie nicht selbst angerufen, lehnen Sie ab.',
  callerShow: 'Ja, Ziffern zeigen',
  callerRead: 'Lesen Sie diese Ziffern vor',
  callerReadHelp:
    'Nur dem Service Desk, den Sie selbst angerufen haben. Die Ziffern melden niemanden an.',
  factAccount: 'Konto',
  factApp: 'Anwendung',
  factBrowser: 'Browser',
  factPlace: 'Ort',
  factTime: 'Zeit',
  codeLabel: 'Code von der Anmeldeseite',
  codeHint: (digits: number) => `${digits} Ziffern, wie sie die Anmeldeseite zeigt`,
  enrolmentHint: (digits: number) =>
    `${digits} Ziffern. Die Anmeldeseite zeigt sie jetzt. Ist sie auf diesem Telefon, wechseln Sie zu ihrem Tab, merken Sie sich den Code und kommen Sie hierher zurück.`,
  codeShort: (digits: number) => `Geben Sie alle ${digits} Ziffern ein.`,
  approve: 'Bestätigen',
  scanInstead: 'Code scannen statt eintippen',
  scanned: 'Der Code wurde gescannt.',
  deny: 'Ablehnen',
  report: 'Das war ich nicht',
  reportAsk: 'Hat jemand anderes diese Anmeldung begonnen?',
  reportHelp:
    'Dann kennt jemand Ihr Passwort. Die Anmeldung wird abgelehnt, und Ihr Konto wird geschützt.',
  reportSure: 'Ja, das war ich nicht',
  approved: 'Bestätigt',
  approvedHelp:
    'Auf der Anmeldeseite geht es weiter. Ist sie auf diesem Telefon offen, gehen Sie zu ihr zurück; diesen Tab können Sie schließen.',
  enrolled: 'Ihr Telefon ist verbunden',
  answeredTitle: 'Schon beantwortet',
  approvedHere: 'Sie haben auf diesem Telefon schon bestätigt. Diesen Tab können Sie schließen.',
  deniedHere: 'Auf diesem Telefon wurde schon abgelehnt. Diesen Tab können Sie schließen.',
  denied: 'Abgelehnt',
  notApproved: 'Nicht bestätigt',
  deniedHelp: 'Niemand wurde angemeldet.',
  reported: 'Danke für den Hinweis',
  reportedHelp: 'Niemand wurde angemeldet. Ihr Konto wird geschützt; Sie erhalten eine E-Mail.',
  wrongCode: (left: number) =>
    left === 1
      ? 'Das ist nicht der Code der Anmeldeseite. Ein Versuch ist noch möglich.'
      : `Das ist nicht der Code der Anmeldeseite. Noch ${left} Versuche.`,
  wrongCodeEnd: 'Das war nicht der Code der Anmeldeseite. Beginnen Sie die Anmeldung neu.',
  expired: 'Die Zeit ist abgelaufen. Auf der Anmeldeseite können Sie es noch einmal versuchen.',
  superseded: 'Diese Anfrage gilt nicht mehr. Es gibt eine neuere, oder sie wurde abgebrochen.',
  answered: 'Diese Anfrage wurde schon beantwortet.',
  notVerified: 'Ihr Telefon hat Sie nicht erkannt. Versuchen Sie es noch einmal.',
  notVerifiedHelp: 'Ist der Passkey gelöscht? Dann richten Sie das Konto am Computer neu ein.',
  denyNotVerified:
    'Ihr Telefon hat Sie nicht erkannt. Solange Sie nicht bestätigen, wird niemand hereingelassen.',
  lockHelp:
    'Ihr Telefon fragt gleich nach Finger, Gesicht oder PIN, auch später bei jeder Bestätigung. So kann kein anderer damit bestätigen.',
  lockMissing:
    'Dieser Dienst verlangt eine Bildschirmsperre. Richten Sie in den Einstellungen Ihres Telefons PIN, Finger oder Gesicht ein, und versuchen Sie es noch einmal.',
  addWithout: 'Ohne Bildschirmsperre hinzufügen',
  factLock: 'Bestätigen mit',
  lockOn: 'Finger, Gesicht oder PIN',
  lockOff: 'Code, ohne Bildschirmsperre',
  copied:
    'Dieses Konto wird auf einer Kopie dieses Telefons benutzt und wurde zu Ihrem Schutz beendet. Richten Sie es am Computer neu ein.',
  broken: 'Die Antwort kam nicht von Ihrem Anmeldedienst. Versuchen Sie es später noch einmal.',
  clockOff:
    'Die Uhr dieses Telefons geht falsch. Stellen Sie Datum und Uhrzeit auf automatisch, und versuchen Sie es noch einmal.',
  notAccepted:
    'Der Anmeldedienst nimmt nicht an, was die App geschickt hat. Schließen Sie die App und öffnen Sie sie noch einmal. Hilft das nicht, fragen Sie den Service Desk.',
  limit: (seconds: number) =>
    seconds > 90
      ? `Zu viele Versuche. Warten Sie ${Math.ceil(seconds / 60)} Minuten.`
      : `Zu viele Versuche. Warten Sie ${seconds === 1 ? 'eine Sekunde' : `${seconds} Sekunden`}.`,
  addTitle: 'Dieses Konto hinzufügen?',
  addIssuer: 'Dienst',
  deviceName: 'Name dieses Telefons',
  deviceNameHint: 'So heißt es in Ihrem Konto, zum Beispiel „Diensttelefon“.',
  add: 'Konto hinzufügen',
  adding: 'Wird hinzugefügt …',
  linkOver: 'Dieser Code geht nicht',
  linkLater: 'Das Konto ist noch nicht hinzugefügt',
  linkUsed: 'Diesen Code hat schon ein anderes Telefon benutzt. Beginnen Sie am Computer neu.',
  linkUnknown: 'Der Code ist abgelaufen. Die Anmeldeseite kann einen neuen zeigen.',
  linkWrong: 'Diese Adresse ist nicht vollständig. Scannen Sie den QR-Code noch einmal.',
  installTitle: 'Zuerst auf den Home-Bildschirm',
  installHelp:
    'Auf dem iPhone bleibt das Konto nur erhalten, wenn die App auf dem Home-Bildschirm liegt. Nur dann kann sie sich auch melden.',
  installStepOpen: 'Öffnen Sie „Einlass“ dort und scannen Sie den Code noch einmal.',
  installSkip: 'Ohne Home-Bildschirm weiter',
  installOffer: 'Auf den Home-Bildschirm',
  installWhy: 'Dort ist die App mit einem Tipp offen, und der Browser behält Ihre Konten sicher.',
  installNow: 'Hinzufügen',
  installAppleShare: 'Tippen Sie unten auf „Teilen“',
  installPadShare: 'Tippen Sie oben auf „Teilen“',
  installAppleAdd: 'Wählen Sie „Zum Home-Bildschirm“',
  installMenu: 'Öffnen Sie das Menü des Browsers',
  installAdd: 'Wählen Sie „App installieren“ oder „Zum Startbildschirm“',
  elsewhereTitle: 'Ein Konto eines anderen Dienstes',
  elsewhereHelp: (host: string) =>
    `Es gehört zu ${host} und wird dort geführt, in der App dieses Dienstes.`,
  elsewhereOpen: (host: string) => `${host} öffnen`,
  alreadyHere:
    'Dieses Konto ist schon auf diesem Telefon. Es wird ein zweites Mal eingerichtet; das alte können Sie danach entfernen.',
  copyCode: 'Kopieren',
  copiedCode: 'Der Code ist kopiert.',
  copyFailed: 'Kopieren ging nicht. Tippen Sie den Code ab.',
  copiedAddress: 'Die Adresse ist kopiert.',
  copyAddressFailed: 'Kopieren ging nicht. Markieren Sie die Adresse.',
  settings: 'Einstellungen',
  appLockTitle: 'App sperren',
  appLockHelp:
    'Die App fragt dann beim Öffnen nach Ihrem Finger, Ihrem Gesicht oder der PIN des Telefons, und wieder nach einer Minute ohne sie.',
  appLockIsOn:
    'Die Sperre ist eingeschaltet. Beim Öffnen zeigt die App erst etwas, wenn das Telefon Sie erkannt hat.',
  appLockLimits:
    'Das schützt vor anderen, die Ihr Telefon entsperrt in der Hand haben. Es schützt nicht vor jemandem, der die Daten des Browsers kopiert.',
  appLockImpossible:
    'Dieses Telefon kann Sie nicht erkennen. Richten Sie in seinen Einstellungen zuerst eine Bildschirmsperre ein.',
  appLockOn: 'Sperre einschalten',
  appLockOff: 'Sperre ausschalten',
  appLockRefused: 'Das Telefon hat Sie nicht erkannt. Versuchen Sie es noch einmal.',
  appLockedTitle: 'Die App ist gesperrt',
  appLockedHelp: 'Entsperren Sie sie mit Finger, Gesicht oder PIN.',
  appLockOpen: 'Entsperren',
  appLockLost: 'Entsperren geht nicht mehr?',
  appLockLostHelp:
    'Dann bleibt nur, alle Konten von diesem Telefon zu löschen. Danach richten Sie sie am Computer neu ein.',
  appLockForget: 'Alle Konten löschen',
  notifyTitle: 'Soll sich Ihr Telefon melden?',
  notifyHelp:
    'Dann erscheint eine Mitteilung, sobald eine Anmeldung wartet. Sie nennt weder Konto noch Anwendung. Ohne Mitteilungen öffnen Sie die App selbst.',
  notifyAllow: 'Mitteilungen erlauben',
  later: 'Später',
  account: 'Konto',
  rename: 'Namen ändern',
  ownName: 'Ihr Name für das Konto',
  save: 'Speichern',
  remove: 'Von diesem Telefon entfernen',
  removeAsk: (account: string) => `${account} von diesem Telefon entfernen?`,
  removeHelp:
    'Danach können Sie damit keine Anmeldung mehr bestätigen, und keine wartet auf dieses Telefon. In der Liste Ihres Kontos am Computer bleibt es, bis Sie es auch dort entfernen.',
  removeEndedHelp:
    'Danach steht es hier nicht mehr. Bestätigen können Sie damit ohnehin nichts mehr.',
  removeNewHelp: 'Danach steht es hier nicht mehr. Bestätigen können Sie damit noch nichts.',
  removeSure: 'Entfernen',
  notificationsOn: 'Mitteilungen sind an',
  notificationsOff: 'Mitteilungen sind aus',
  notificationsBlocked:
    'Mitteilungen sind aus. Der Browser erlaubt sie nicht; das ändern Sie in seinen Einstellungen.',
  notifyFailed:
    'Mitteilungen sind weiter aus. Versuchen Sie es noch einmal, und erlauben Sie sie, wenn der Browser fragt.',
  wokenByOther: (other: string) =>
    `Mitteilungen kann nur ein Dienst schicken, zurzeit „${other}“. Was hier wartet, sehen Sie, wenn Sie die App öffnen.`,
  notifyInstead: 'Stattdessen von diesem Dienst',
  noStorage:
    'Dieser Browser bewahrt nichts auf. Öffnen Sie die Adresse außerhalb eines privaten Fensters.',
  storageLost:
    'Die App kann Ihre Konten gerade nicht lesen. Laden Sie die App neu. Hilft das nicht, schließen Sie alle Fenster der App und öffnen Sie sie wieder.',
  reload: 'Neu laden',
  full: 'Der Speicher dieses Telefons ist voll. Löschen Sie, was Sie nicht brauchen, zum Beispiel alte Videos. Versuchen Sie es dann noch einmal.',
  lost: 'Telefon verloren?',
  lostOldHelp:
    'Melden Sie sich mit Benutzername und Passwort an. Wählen Sie dann „Telefon nicht zur Hand?“: Dort steht, wie Sie hineinkommen und dieses Telefon verbinden.',
  lostOtherHelp:
    'Entfernen Sie ein anderes Telefon, das Sie verloren haben, in Ihrem Konto. Die Anmeldung dort bestätigen Sie mit diesem.',
  lostLogin: 'Anmeldung öffnen',
  lostAccount: 'Konto öffnen',
  moveOffer: 'Auf ein neues Telefon umziehen',
  moveElsewhere: (host: string) =>
    `Dieses Konto gehört zu ${host}. Ziehen Sie es dort um: Öffnen Sie am Computer Ihr Konto und ersetzen Sie dieses Telefon.`,
  moveStepScan: 'Scannen Sie mit dem neuen Telefon den QR-Code, den dieses zeigt',
  moveStepType: 'Geben Sie hier die Zahl ein, die das neue zeigt',
  moveStepDone: 'Das neue Telefon gilt, dieses nicht mehr',
  movePassword: 'Passwort',
  movePasswordHint: 'Damit niemand umzieht, der nur Ihr Telefon hat',
  movePasswordMissing: 'Geben Sie Ihr Passwort ein.',
  moveWrongPassword: 'Das Passwort ist nicht richtig.',
  moveRefused:
    'Gerade geht das nicht. Versuchen Sie es in zehn Minuten noch einmal, oder fragen Sie den Service Desk.',
  moveShow: 'QR-Code zeigen',
  moveScanTitle: 'Mit dem neuen Telefon scannen',
  moveScanHelp:
    'Öffnen Sie dort die Kamera und richten Sie sie auf diesen Code. Er gilt fünf Minuten und für ein Telefon.',
  moveQr: 'QR-Code für das neue Telefon',
  moveWaiting: 'Wartet auf das neue Telefon …',
  moveNoCamera: 'Die Kamera geht nicht?',
  moveAddress: 'Öffnen Sie diese Adresse auf dem neuen Telefon. Sie ist geheim wie ein Passwort.',
  moveExpired: 'Der Code ist abgelaufen',
  moveStillHere: 'Es hat sich nichts geändert: Dieses Telefon bestätigt weiter Ihre Anmeldungen.',
  moveAgain: 'Noch einmal beginnen',
  factDevice: 'Neues Telefon',
  moveCodeLabel: 'Zahl auf dem neuen Telefon',
  moveCodeHint: (digits: number) =>
    `${digits} Ziffern. Zeigt Ihr neues Telefon keine Zahl, hat ein anderes den QR-Code benutzt: Lehnen Sie ab.`,
  moveApprove: 'Umziehen',
  moveDenied: 'Das andere Telefon wurde nicht verbunden. Dieses bleibt, wie es war.',
  moveWrong: (left: number) =>
    left === 1
      ? 'Das ist nicht die Zahl des neuen Telefons. Ein Versuch ist noch möglich.'
      : `Das ist nicht die Zahl des neuen Telefons. Noch ${left} Versuche.`,
  moveOver: 'Der Umzug gilt nicht mehr. Beginnen Sie ihn noch einmal.',
  moveFinishing: 'Gleich fertig',
  moveFinishingHelp: (name: string) => `Lassen Sie die App auf „${name}“ offen.`,
  moveDone: 'Umzug fertig',
  moveDoneHelp: (name: string) =>
    `Ihr neues Telefon, „${name}“, bestätigt jetzt Ihre Anmeldungen. Dieses alte kann es nicht mehr. Am Computer melden Sie sich neu an.`,
  moveNext: (account: string) => `Auch ${account} umziehen`,
  moveForget: 'Konto von diesem Telefon löschen',
  moveUnfinished: 'Das neue Telefon hat sich nicht gemeldet',
  moveUnknown: 'Ob der Umzug fertig ist, ist nicht bekannt',
  movedTo: (name: string) => `Umgezogen auf Ihr neues Telefon, „${name}“.`,
  arriveOffer: 'Konto auf dieses Telefon holen?',
  arriveOfferHelp: (from: string) => `Es nimmt den Platz von „${from}“ ein.`,
  arriveTitle: 'Diese Zahl auf dem alten Telefon eingeben',
  arriveHelp: (from: string) => `„${from}“ fragt, ob das Ihr neues Telefon ist.`,
  arriveWaiting: 'Wartet auf das alte Telefon …',
  arriveConfirm: 'Bestätigen Sie hier',
  arriveConfirmHelp: 'Damit zeigt dieses Telefon, dass Sie es sind.',
  arriveDoneHelp: (from: string) =>
    `Dieses neue Telefon bestätigt jetzt Ihre Anmeldungen. Das alte, „${from}“, kann es nicht mehr. Am Computer melden Sie sich neu an.`,
  arriveRefused: 'Der Umzug wurde beendet',
  arriveRefusedHelp:
    'Das alte Telefon hat abgelehnt, oder die Zeit ist abgelaufen. Beginnen Sie dort noch einmal.',
  factPurpose: 'Wofür',
  /** Words that replace those of a login: by who asks, by what is confirmed, or by the kind of request. */
  byRequest: {
    app: {
      waiting: (app: string) => `Anfrage von ${app}`,
      requestTitle: 'Wollen Sie das bestätigen?',
      codeLabel: 'Code der Anwendung',
      codeHint: (digits: number) =>
        `${digits} Ziffern: Die Anwendung zeigt sie, oder wer sie bedient, nennt sie Ihnen. Haben Sie das nicht erwartet, lehnen Sie ab.`,
      reportAsk: 'Hat jemand anderes in Ihrem Namen gefragt?',
      reportHelp: 'Dann wird die Anfrage abgelehnt, und Ihr Konto wird geschützt.',
      approvedHelp: 'In der Anwendung geht es weiter. Diesen Tab können Sie schließen.',
      deniedHelp: 'Nichts wurde bestätigt.',
      reportedHelp: 'Nichts wurde bestätigt. Ihr Konto wird geschützt; Sie erhalten eine E-Mail.',
      wrongCode: (left: number) =>
        left === 1
          ? 'Das ist nicht der Code der Anwendung. Ein Versuch ist noch möglich.'
          : `Das ist nicht der Code der Anwendung. Noch ${left} Versuche.`,
      wrongCodeEnd: 'Das war nicht der Code der Anwendung. Sie kann noch einmal fragen.',
      expired: 'Die Zeit ist abgelaufen. Die Anwendung kann noch einmal fragen.',
      superseded: 'Diese Anfrage gilt nicht mehr. Es gibt eine neuere.',
    },
    login: {
      offlineNow:
        'Keine Verbindung. Prüfen Sie das Netz. Zeigt Ihre Liste der Konten einen Einmalcode, geht der auch ohne.',
    },
    account: {
      waiting: () => 'Änderung an Ihrem Konto bestätigen',
      waitingPlain: 'Änderung an Ihrem Konto bestätigen',
      requestTitle: 'Wollen Sie gerade Ihr Konto ändern?',
      reportAsk: 'Hat jemand anderes diese Änderung begonnen?',
      reportHelp:
        'Dann kennt jemand Ihr Passwort. Die Änderung wird abgelehnt, und Ihr Konto wird geschützt.',
      deniedHelp: 'An Ihrem Konto wurde nichts geändert.',
      reportedHelp:
        'An Ihrem Konto wurde nichts geändert. Es wird geschützt; Sie erhalten eine E-Mail.',
    },
    enrolment: {
      waitingPlain: 'Ist das Telefon richtig verbunden?',
      requestTitle: 'Ist das Telefon richtig verbunden?',
      deniedHelp: 'Die Anmeldeseite zeigt, wie es weitergeht.',
      wrongCodeEnd: 'Das war nicht der Code der Anmeldeseite. Sie zeigt, wie es weitergeht.',
    },
    test: {
      waitingPlain: 'Das ist eine Probe.',
      requestTitle: 'Das ist eine Probe.',
      approvedHelp: 'Die Probe kam an. Diesen Tab können Sie schließen.',
      deniedHelp:
        'Die Probe ist beendet. Haben nicht Sie sie begonnen, ist jemand anderes in Ihrem Konto: Sagen Sie es dem Service Desk.',
      wrongCodeEnd: 'Das war nicht der Code der Seite. Beginnen Sie die Probe neu.',
      expired: 'Die Zeit ist abgelaufen. Beginnen Sie die Probe neu.',
    },
    move: {
      waitingPlain: 'Ist das Ihr neues Telefon?',
      requestTitle: 'Ist das Ihr neues Telefon?',
    },
    caller: {
      waitingPlain: 'Service Desk: Anruf bestätigen',
      requestTitle: 'Telefonieren Sie gerade mit dem Service Desk?',
      deniedHelp: 'Der Service Desk weiß jetzt, dass nicht Sie angerufen haben.',
      expired: 'Die Zeit ist abgelaufen. Der Service Desk kann noch einmal fragen.',
    },
  },
}

export type Words = typeof german
