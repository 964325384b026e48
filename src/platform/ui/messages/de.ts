/**
 * The German catalogue, and the list of all keys. Placeholders: `{name}`, `{n, plural, one {…} other {… #}}`,
 * `{at, date}`, `{at, time}`, `{at, moment}`, `{at, stamp}` (milliseconds since the epoch) and `{wait, duration}` (seconds).
 * Texts say *Sie*, what happened, and what to do next.
 */
export const de = {
  // Frame
  'chrome.skip_link': 'Zum Inhalt springen',
  'chrome.language': 'Sprache',
  'chrome.german': 'Deutsch',
  'chrome.english': 'English',
  'chrome.help': 'Hilfe',
  'chrome.phone': 'Telefon {phone}',
  'chrome.imprint': 'Impressum',
  'chrome.privacy': 'Datenschutz',
  'chrome.footer': 'Hilfe und Rechtliches',
  'chrome.support': 'Der Service Desk hilft Ihnen weiter: {contact}',
  'chrome.error_prefix': 'Fehler: ',

  // On pages of several kinds
  'action.cancel': 'Abbrechen',
  'action.other': 'Anderer Weg',
  'password.hint': 'Mindestens {min} Zeichen. Ein Satz ist leichter zu merken als Sonderzeichen.',

  // Login
  'login.title': 'Anmelden',
  'login.lead': 'Eine Anmeldung für alle Ihre Anwendungen.',
  'login.lead.account':
    'Sie ändern gleich, womit Sie sich anmelden. Dafür prüfen wir noch einmal, dass Sie es sind.',
  'login.username': 'Benutzername',
  'login.password': 'Passwort',
  'login.remember': 'Benutzernamen auf diesem Gerät merken',
  'login.greeting': 'Guten Tag, {name}',
  'login.not_you': 'Nicht Sie?',
  'login.submit': 'Anmelden',
  'login.forgot': 'Passwort vergessen?',
  'login.show_password': 'Anzeigen',
  'login.hide_password': 'Verbergen',
  'login.show_password.label': 'Passwort anzeigen',
  'login.hide_password.label': 'Passwort verbergen',
  'login.open_apps.text':
    'Nicht abgemeldet sind Sie bei: {apps}. Melden Sie sich dort selbst ab, oder schließen Sie alle Fenster des Browsers.',
  'login.ended.idle':
    'Ihre Anmeldung ist abgelaufen, weil hier längere Zeit nichts geschehen ist. Bitte melden Sie sich noch einmal an.',
  'login.ended.absolute':
    'Ihre Anmeldung ist nach ihrer Höchstdauer abgelaufen. Bitte melden Sie sich noch einmal an.',
  'login.ended.desk':
    'Der Service Desk hat Ihre Anmeldung beendet. Sie können sich wieder anmelden.',
  'login.ended.owner': 'Sie haben diese Anmeldung von einem anderen Gerät aus beendet.',
  'login.ended.password_set':
    'Ihre Anmeldung ist beendet, weil der Service Desk ein neues Passwort gesetzt hat. Melden Sie sich mit diesem an.',
  'login.ended.password':
    'Ihre Anmeldung ist beendet, weil Ihr Passwort geändert wurde. Melden Sie sich mit dem neuen an.',
  'login.ended.report':
    'Nach der Meldung, dass eine Anmeldung nicht von Ihnen war, sind alle Ihre Anmeldungen beendet.',
  'login.ended.restored':
    'Der Server wurde aus einer Sicherung wiederhergestellt. Alle Anmeldungen haben deshalb geendet.',
  'login.ended.factor':
    'Ihre Anmeldung ist beendet, weil ein zweiter Faktor entfernt wurde, auf dem sie beruhte.',
  'login.ended.other': 'Ihre Anmeldung ist beendet. Bitte melden Sie sich noch einmal an.',
  'login.wrong.title': 'Das hat nicht geklappt',
  'login.wrong.text':
    'Benutzername oder Passwort ist nicht richtig. Prüfen Sie beides und melden Sie sich noch einmal an.',
  'login.change_elsewhere.title': 'Ihr Passwort muss geändert werden',
  'login.change_elsewhere.text':
    'Hier ist das nicht möglich. Ändern Sie es an Ihrem Arbeitsplatz und melden Sie sich dann noch einmal an.',
  'login.refused.title': 'Anmeldung nicht möglich',
  'login.refused.disabled':
    'Ihr Benutzerkonto ist deaktiviert. Wenden Sie sich an den Service Desk.',
  'login.refused.account_expired':
    'Ihr Benutzerkonto ist abgelaufen. Wenden Sie sich an den Service Desk.',
  'login.refused.outside_hours':
    'Um diese Zeit oder von diesem Ort aus ist Ihr Benutzerkonto nicht zugelassen. Der Service Desk hilft Ihnen.',
  'login.refused.locked':
    'Ihr Benutzerkonto ist nach zu vielen falschen Passwörtern gesperrt. Versuchen Sie es später noch einmal, oder wenden Sie sich an den Service Desk.',
  'login.refused.removed':
    'Ihr Benutzerkonto gibt es nicht mehr. Wenden Sie sich an den Service Desk.',
  'ticket.button': 'Mit diesem Computer anmelden',
  'ticket.refused.title': 'Die Anmeldung mit diesem Computer hat nicht geklappt',
  'ticket.refused.text': 'Melden Sie sich mit Benutzername und Passwort an.',
  'ticket.refused.clock':
    'Die Uhr dieses Computers geht falsch. Melden Sie sich mit Benutzername und Passwort an.',
  'ticket.refused.unknown':
    'Das Konto, mit dem dieser Computer angemeldet ist, gehört hier zu keinem Benutzer. Melden Sie sich mit Benutzername und Passwort an.',
  'ticket.refused.other':
    'An diesem Computer ist ein anderes Konto angemeldet. Melden Sie sich mit Benutzername und Passwort an.',
  'ticket.refused.locked':
    'Ihr Benutzerkonto ist zurzeit gesperrt. Warten Sie einige Minuten oder wenden Sie sich an den Service Desk.',
  'ticket.refused.password':
    'Ihr Passwort muss geändert werden. Melden Sie sich mit Benutzername und Passwort an. Danach können Sie ein neues wählen.',
  'ticket.refused.busy':
    'Das ist gerade nicht möglich. Melden Sie sich mit Benutzername und Passwort an.',
  'ticket.password.lead':
    'Sie richten gleich einen zweiten Faktor ein. Dafür prüfen wir, dass Sie es sind.',
  'ticket.none.title': 'Die Anmeldung mit diesem Computer hat nicht geklappt',
  'ticket.none.text':
    'Dieser Computer ist nicht bei Ihrer Organisation angemeldet, oder der Browser gibt die Anmeldung nicht weiter. Versuchen Sie es noch einmal, oder melden Sie sich mit Benutzername und Passwort an.',
  'ticket.none.again': 'Noch einmal versuchen',
  'ticket.none.form': 'Mit Passwort anmelden',
  'login.throttled.title': 'Zu viele Versuche',
  'login.throttled.text':
    'Bitte warten Sie {wait, duration}. Danach können Sie sich wieder anmelden.',
  'login.throttled.name':
    'Bitte warten Sie {wait, duration}. Danach können Sie sich wieder anmelden. Ohne zu warten geht es mit einem Passkey, in einem Browser, in dem Sie sich schon angemeldet haben, oder über „Passwort vergessen?“.',
  'busy.title': 'Gerade melden sich sehr viele an',
  'busy.text':
    'Sie sind noch nicht an der Reihe, aber Ihr Platz bleibt Ihnen. Geben Sie Ihr Passwort in {wait, duration} noch einmal ein.',
  'busy.waits':
    'Gerade melden sich sehr viele an. Ihr Platz bleibt Ihnen. Lassen Sie diese Seite offen: Es geht von selbst weiter.',
  'login.missing.title': 'Eine Angabe fehlt',
  'login.missing.text': 'Geben Sie Ihren Benutzernamen und Ihr Passwort ein.',
  'login.missing.username': 'Geben Sie Ihren Benutzernamen ein.',
  'login.missing.password': 'Geben Sie Ihr Passwort ein.',
  'login.again.title': 'Bitte bestätigen Sie Ihr Passwort',
  'login.again.lead':
    'Sie sind angemeldet. Für diesen Schritt prüfen wir noch einmal, dass Sie es sind.',
  'login.again.app': 'Sie sind angemeldet. {app} verlangt zur Sicherheit noch einmal Ihr Passwort.',

  // A new password in the login
  'password.change.title': 'Neues Passwort wählen',
  'password.change.lead':
    'Mit dem neuen Passwort geht die Anmeldung weiter. Das bisherige gilt dann nicht mehr.',
  'password.change.lead.must_change':
    'Ihr bisheriges Passwort galt nur für diese Anmeldung. Mit dem neuen geht sie weiter.',
  'password.change.lead.expired':
    'Ihr bisheriges Passwort ist abgelaufen. Mit dem neuen geht die Anmeldung weiter.',
  'password.longer.lead':
    'Sie melden sich ohne zweiten Faktor an. Dafür braucht Ihr Passwort mindestens {min} Zeichen, und Ihres ist kürzer. Mit dem neuen geht die Anmeldung weiter.',
  'password.change.new': 'Neues Passwort',
  'password.change.again': 'Neues Passwort wiederholen',
  'password.change.submit': 'Passwort ändern',
  'password.change.refused.title': 'Das Passwort ist noch nicht geändert',
  'password.change.missing': 'Geben Sie das neue Passwort zweimal ein.',
  'password.change.mismatch':
    'Die beiden Eingaben sind verschieden. Geben Sie das neue Passwort zweimal gleich ein.',
  'password.typed.short': 'Noch zu kurz: {typed} von {min} Zeichen',
  'password.typed.long': 'Lang genug',
  'password.typed.fair': 'Lang genug. Ein Wort mehr macht es sicherer.',
  'password.typed.strong': 'Lang genug und schwer zu erraten',
  'password.typed.same': 'Beide Eingaben sind gleich',
  'password.typed.different': 'Die beiden Eingaben sind noch verschieden',
  'password.change.outdated':
    'Ihr Passwort wurde inzwischen anderswo geändert. Wählen Sie hier noch einmal eines, wenn Sie das nicht waren.',
  'password.own.title': 'Passwort ändern',
  'password.own.lead': 'Danach sind Sie in allen anderen Browsern abgemeldet.',
  'password.confirm.submit': 'Bestätigen',
  'password.own.current': 'Bisheriges Passwort',
  'password.own.current.missing': 'Geben Sie auch Ihr bisheriges Passwort ein.',
  'password.own.current.wrong':
    'Das bisherige Passwort ist nicht richtig. Geben Sie es noch einmal ein.',
  'password.own.done': 'Ihr Passwort ist geändert. In anderen Browsern sind Sie abgemeldet.',
  'password.change.same': 'Das ist Ihr bisheriges Passwort. Wählen Sie ein anderes.',
  'password.change.policy':
    'Ihre Organisation nimmt dieses Passwort nicht an. Meist hilft ein längerer Satz mit großen und kleinen Buchstaben und einer Zahl, ohne Ihren Namen.',
  'password.change.policy_or_history':
    'Ihre Organisation nimmt dieses Passwort nicht an. Vielleicht hatten Sie es schon einmal. Sonst hilft meist ein längerer Satz mit großen und kleinen Buchstaben und einer Zahl, ohne Ihren Namen.',
  'password.change.current':
    'Das bisherige Passwort ist nicht richtig. Geben Sie es noch einmal ein.',
  'password.change.history':
    'Dieses Passwort hatten Sie schon einmal. Wählen Sie eines, das Sie noch nicht hatten.',
  'password.change.too_young':
    'Sie haben Ihr Passwort erst vor Kurzem geändert. Wenden Sie sich an den Service Desk.',
  'password.change.locked':
    'Ihr Benutzerkonto ist nach zu vielen falschen Passwörtern vorübergehend gesperrt. Versuchen Sie es später noch einmal, oder wenden Sie sich an den Service Desk.',
  'password.change.elsewhere':
    'Hier ist das nicht möglich. Ändern Sie Ihr Passwort an Ihrem Arbeitsplatz.',

  'password.expiry.title': 'Ihr Passwort läuft bald ab',
  'password.expiry.lead':
    'Es gilt bis {at, moment}. Ändern Sie es jetzt, oder später bei einer anderen Anmeldung.',
  'password.expiry.elsewhere':
    'Es gilt bis {at, moment}. Ändern Sie es vorher an Ihrem Arbeitsplatz.',
  'password.expiry.change': 'Jetzt ändern',
  'password.expiry.later': 'Später',
  'password.expiry.go_on': 'Weiter',
  'password.grace.title': 'Ihr Passwort ist abgelaufen',
  'password.grace.some':
    'Sie können sich damit {left, plural, one {noch einmal} other {noch #-mal}} anmelden. Ändern Sie es an Ihrem Arbeitsplatz.',
  'password.grace.last':
    'Das war die letzte Anmeldung damit. Ändern Sie es jetzt an Ihrem Arbeitsplatz.',

  // Second factor: the choice
  'choice.title': 'Schützen Sie Ihr Konto',
  'choice.lead.optional':
    '{app} empfiehlt eine Bestätigung auf Ihrem Telefon. Die Einrichtung dauert zwei Minuten.',
  'choice.lead.optional.plain':
    'Wir empfehlen eine Bestätigung auf Ihrem Telefon. Die Einrichtung dauert zwei Minuten.',
  'choice.lead.required':
    '{app} verlangt eine Bestätigung auf Ihrem Telefon. Die Einrichtung dauert zwei Minuten.',
  'choice.lead.required.plain':
    'Diese Anmeldung verlangt eine Bestätigung auf Ihrem Telefon. Die Einrichtung dauert zwei Minuten.',
  'choice.lead.soon':
    '{app} verlangt künftig eine Bestätigung auf Ihrem Telefon. Die Einrichtung dauert zwei Minuten.',
  'choice.lead.soon.plain':
    'Künftig brauchen Sie zur Anmeldung eine Bestätigung auf Ihrem Telefon. Die Einrichtung dauert zwei Minuten.',
  'choice.lead.passkey': '{app} verlangt einen Passkey. Die Einrichtung dauert eine Minute.',
  'choice.lead.passkey.plain':
    'Ihr Konto verlangt einen Passkey. Die Einrichtung dauert eine Minute.',
  'choice.lead.until':
    '{app} verlangt ab dem {date, date} eine Bestätigung auf Ihrem Telefon. Die Einrichtung dauert zwei Minuten.',
  'choice.lead.until.plain':
    'Ab dem {date, date} brauchen Sie zur Anmeldung eine Bestätigung auf Ihrem Telefon. Die Einrichtung dauert zwei Minuten.',
  'choice.any.optional':
    '{app} empfiehlt, dass Sie Ihr Konto mit mehr als dem Passwort schützen. Die Einrichtung dauert zwei Minuten.',
  'choice.any.optional.plain':
    'Wir empfehlen, Ihr Konto mit mehr als dem Passwort zu schützen. Die Einrichtung dauert zwei Minuten.',
  'choice.any.required':
    '{app} verlangt nach dem Passwort einen zweiten Faktor. Die Einrichtung dauert zwei Minuten.',
  'choice.any.required.plain':
    'Diese Anmeldung verlangt nach dem Passwort einen zweiten Faktor. Die Einrichtung dauert zwei Minuten.',
  'choice.any.soon':
    '{app} verlangt künftig nach dem Passwort einen zweiten Faktor. Die Einrichtung dauert zwei Minuten.',
  'choice.any.soon.plain':
    'Künftig brauchen Sie zur Anmeldung nach dem Passwort einen zweiten Faktor. Die Einrichtung dauert zwei Minuten.',
  'choice.any.until':
    '{app} verlangt ab dem {date, date} nach dem Passwort einen zweiten Faktor. Die Einrichtung dauert zwei Minuten.',
  'choice.any.until.plain':
    'Ab dem {date, date} brauchen Sie zur Anmeldung nach dem Passwort einen zweiten Faktor. Die Einrichtung dauert zwei Minuten.',
  'choice.again.title': 'Richten Sie einen neuen zweiten Faktor ein',
  'choice.again':
    'Ihr bisheriger ist entfernt, und {app} verlangt nach dem Passwort einen. Die Einrichtung dauert zwei Minuten.',
  'choice.again.plain': 'Ihr bisheriger ist entfernt. Die Einrichtung dauert zwei Minuten.',
  'choice.nothing': '{app} verlangt mehr als Ihr Passwort.',
  'choice.nothing.plain': 'Diese Anmeldung verlangt mehr als Ihr Passwort.',
  'choice.nothing.title': 'Ihr Passwort reicht hier nicht',
  'choice.nothing.text':
    'Etwas, das ausreicht, lässt sich hier zurzeit nicht einrichten. Es liegt nicht an Ihnen. Der Service Desk hilft Ihnen weiter.',
  'choice.authenticator': 'Einlass Authenticator benutzen',
  'choice.authenticator.hint': 'Ihr Telefon öffnet ihn im Browser, ohne App-Store.',
  'choice.register': 'Gerät registrieren',
  'choice.register.hint': 'Der ForgeRock Authenticator ist schon auf Ihrem Telefon.',
  'choice.get_app': 'App herunterladen',
  'choice.get_app.hint': 'Der ForgeRock Authenticator für iPhone und Android, kostenlos.',
  'choice.totp': 'Code-App benutzen',
  'choice.totp.hint': 'Eine App auf Ihrem Telefon zeigt Einmalcodes, die Sie eintippen.',
  'choice.skip': 'Überspringen',
  'choice.skip.hint':
    '{left, plural, one {Noch einmal möglich. Danach ist die Einrichtung nötig.} other {Noch #-mal möglich. Wir fragen bei der nächsten Anmeldung wieder.}}',
  'choice.later': 'Später einrichten',
  'choice.later.hint':
    'Bei der nächsten Anmeldung brauchen Sie dann wieder einen Code vom Service Desk oder einen für den Notfall.',
  'choice.decline': 'Ablehnen',
  'choice.decline.hint':
    'Wir fragen nicht mehr. Nicht empfohlen: Nur das Passwort schützt Ihr Konto.',
  'choice.decline.hint.days':
    'Wir fragen {days, plural, one {nach 1 Tag} other {nach # Tagen}} wieder. Nicht empfohlen: Nur das Passwort schützt Ihr Konto.',
  'decline.title': 'Ohne zweiten Faktor?',
  'decline.lead':
    'Dann schützt nur das Passwort Ihr Konto. Wir fragen nicht mehr; in der Übersicht können Sie es sich anders überlegen.',
  'decline.lead.days':
    'Dann schützt nur das Passwort Ihr Konto. Das gilt {days, plural, one {für 1 Tag} other {für # Tage}}, danach fragen wir wieder. In der Übersicht können Sie es sich vorher anders überlegen.',
  'decline.reason': 'Warum nicht? (freiwillig)',
  'decline.submit': 'Ablehnen',
  'decline.back': 'Zurück zur Auswahl',
  'choice.none_left':
    'Überspringen ist nicht mehr möglich. Bitte richten Sie jetzt einen zweiten Faktor ein.',

  // Second factor: what is missing before the first one can be set up
  'first.title': 'Zum Einrichten fehlt noch etwas',
  'first.invitation':
    'Ihren ersten zweiten Faktor richten Sie mit einer Einladung ein: Öffnen Sie den Link in der E-Mail, oder scannen Sie den Code auf Ihrem Brief. Haben Sie keine Einladung, gibt sie Ihnen der Service Desk.',
  'first.network':
    'Ihren ersten zweiten Faktor richten Sie nur vor Ort ein: {places}. Melden Sie sich dort noch einmal an. Ist das nicht möglich, hilft Ihnen der Service Desk.',
  'first.network.unnamed':
    'Ihren ersten zweiten Faktor können Sie von hier aus nicht einrichten. Der Service Desk hilft Ihnen weiter.',
  'first.pass':
    'Ihren ersten zweiten Faktor richten Sie mit einem Code vom Service Desk ein: 12 Ziffern, die er Ihnen nennt, wenn er Sie erkannt hat.',
  'first.invitation.other_person':
    'Diese Einladung ist für ein anderes Konto. Benutzen Sie Ihre eigene, und geben Sie diese dem Service Desk zurück.',
  'first.invitation.over':
    'Diese Einladung gilt nicht mehr: Sie ist abgelaufen, schon benutzt oder durch eine neuere ersetzt.',
  'first.account.again': 'Neu anmelden und einrichten',
  'invitation.gone.title': 'Diese Einladung gilt nicht mehr',
  'invitation.gone.text':
    'Sie ist abgelaufen, schon benutzt oder durch eine neuere ersetzt. Eine neue gibt Ihnen der Service Desk.',
  'invitation.again.title': 'Öffnen Sie Ihre Einladung noch einmal',
  'invitation.again.text':
    'Rufen Sie den Link in der E-Mail oder auf Ihrem Brief noch einmal auf. Er gilt weiter.',

  // Second factor: getting the app
  'store.app': 'ForgeRock Authenticator',
  'store.title': 'App herunterladen',
  'store.lead': 'Installieren Sie die App „ForgeRock Authenticator“ auf Ihrem Telefon.',
  'store.ios': 'Im App Store für iPhone öffnen',
  'store.lead.here': 'Installieren Sie die App „ForgeRock Authenticator“ auf diesem Telefon.',
  'store.ios.here': 'App im App Store laden',
  'store.android.here': 'App bei Google Play laden',
  'store.ios.qr': 'QR-Code zum App Store für iPhone',
  'store.android': 'Bei Google Play für Android öffnen',
  'store.android.qr': 'QR-Code zu Google Play für Android',
  'store.next': 'Ich habe die App',
  'store.back': 'Zurück',

  // Second factor: connecting the phone
  'enrol.phone.title': 'Telefon verbinden',
  'push.enrol.lead': 'Der Code gilt nur für kurze Zeit und nur für ein Gerät.',
  'push.enrol.lead.codes':
    'Der QR-Code gilt nur für kurze Zeit und nur für ein Gerät. Danach zeigt die App auch Codes zum Eintippen, falls einmal keine Mitteilung ankommt.',
  'push.enrol.step.open': 'Öffnen Sie auf dem Telefon die App „ForgeRock Authenticator“.',
  'push.enrol.step.scan': 'Tippen Sie auf das Plus und scannen Sie den Code.',
  'push.enrol.step.allow': 'Erlauben Sie Mitteilungen, wenn die App danach fragt.',
  'enrol.mobile_link': 'Auf einem mobilen Endgerät?',
  'enrol.mobile_button': 'Auf diesem Telefon öffnen',
  'enrol.mobile_hint':
    'Die App „ForgeRock Authenticator“ muss installiert sein. Erlauben Sie Mitteilungen, wenn sie danach fragt.',
  'enrol.other_phone': 'Mit einem anderen Telefon scannen',
  'enrol.phone.qr.alt': 'QR-Code, der Ihr Telefon mit Ihrem Konto verbindet',
  'enrol.manual.back': 'Zurück zum QR-Code',
  'enrol.manual.title': 'QR-Code lässt sich nicht scannen?',
  'enrol.manual.text': 'Öffnen Sie diese Adresse auf dem Telefon. Sie ist geheim wie ein Passwort.',
  'copy.address': 'Adresse kopieren',
  'copy.key': 'Schlüssel kopieren',
  'copy.done': 'Kopiert',
  'push.enrol.waiting': 'Warten, bis Ihr Telefon den Code scannt …',
  'enrol.phone.renew': 'Neuen Code anzeigen',
  'enrol.back': 'Zurück',
  'enrol.get_app': 'App herunterladen',
  'enrol.phone.expired.title': 'Der Code ist abgelaufen',
  'enrol.phone.expired.text':
    'Es wurde nichts geändert. Lassen Sie sich einen neuen Code anzeigen.',
  'enrol.phone.limit.title': 'Zu viele Codes in kurzer Zeit',
  'enrol.phone.limit.text':
    'In zehn Minuten sind zehn Codes möglich. Den nächsten gibt es in {wait, duration}.',
  'push.enrol.old_entry.title': 'Steht „{entry}“ in der App schon in der Liste?',
  'push.enrol.old_entry.text':
    'Löschen Sie den Eintrag dort zuerst, sonst liest die App den Code nicht: lange darauf tippen (Android) oder nach links wischen (iPhone).',
  'push.enrol.old_entry.title.new': 'Steht „{entry}“ auf dem neuen Telefon schon in der Liste?',
  'push.enrol.old_entry.text.new':
    'Löschen Sie den Eintrag auf dem neuen Telefon zuerst, sonst liest die App den Code nicht: lange darauf tippen (Android) oder nach links wischen (iPhone). Auf dem alten bleibt er.',
  'resume.title': 'Ihr Telefon ist fast verbunden',
  'resume.lead': 'Dieses Telefon hat den Code schon gescannt. Es fehlt nur noch die Probe.',
  'resume.phone': 'Telefon',
  'resume.unnamed': 'Ohne Namen',
  'resume.begun': 'Gescannt',
  'resume.at': '{at, moment}',
  'resume.go_on': 'Mit diesem Telefon weitermachen',
  'resume.go_on.hint': 'Wir senden eine Probe dorthin.',
  'resume.renew': 'Neuen Code zeigen',
  'resume.renew.hint': 'Für ein anderes Telefon, oder wenn dort kein Eintrag in der App steht.',
  'resume.not_mine': 'Nicht meins',
  'resume.not_mine.hint':
    'Das Telefon wird entfernt. Jemand kennt dann Ihr Passwort: Ändern Sie es gleich danach.',
  'resume.ended.title': 'Dieses Telefon wurde nicht verbunden',
  'resume.ended.text':
    'Dort wurde abgelehnt oder eine andere Zahl gewählt. Verbinden Sie Ihr Telefon mit einem neuen Code.',
  'push.enrol.second_phone.title': 'Ein zweites Telefon wollte sich verbinden',
  'push.enrol.second_phone.text':
    'Es wurde abgewiesen. Wenn Sie das nicht selbst waren, hat jemand Ihren Code gesehen: Brechen Sie ab und melden Sie sich beim Service Desk.',

  // Second factor: the test of a new phone
  'test.title': 'Probe: Bestätigen Sie auf dem Telefon',
  'test.lead': 'Auf {device} kommt eine Mitteilung an. Tippen Sie dort auf diese Zahl:',
  'test.lead.plain': 'Auf {device} kommt eine Mitteilung an. Tippen Sie dort auf „Bestätigen“.',
  'test.number': 'Diese Zahl antippen',
  'test.denied.title': 'Auf dem Telefon wurde abgelehnt',
  'test.denied.text':
    'Das Telefon ist noch nicht verbunden. Senden Sie noch einmal und bestätigen Sie, oder beginnen Sie von vorn.',
  'test.wrong_number.title': 'Das war eine andere Zahl',
  'test.wrong_number.text':
    'Senden Sie noch einmal und tippen Sie auf die Zahl, die dann hier steht.',
  'test.expired.title': 'Keine Antwort erhalten',
  'test.expired.text':
    'Die Zeit für die Antwort ({wait, duration}) ist um. Prüfen Sie, ob das Telefon online ist und die App Mitteilungen zeigen darf. Senden Sie dann noch einmal.',
  'test.limit.day':
    'In den letzten 24 Stunden gingen zehn Proben an Ihre Telefone. Die nächste ist möglich ab: {at, moment}.',

  // Second factor: the approval
  'phone_code.resume.lead':
    'Dieses Telefon hat den QR-Code schon benutzt. Es fehlt nur noch der Code.',
  'phone_code.resume.go_on': 'Die nächste Seite zeigt den Code. Geben Sie ihn dort in der App ein.',
  'phone_code.resume.renew':
    'Für ein anderes Telefon, oder wenn Ihr Konto dort fehlt. Dieses wird entfernt.',
  'phone_code.enrol.lead': 'Der QR-Code gilt nur für kurze Zeit und nur für ein Gerät.',
  'phone_code.enrol.step.scan': 'Scannen Sie den QR-Code mit der Kamera des Telefons.',
  'phone_code.enrol.step.add': 'Fügen Sie das Konto auf dem Telefon hinzu.',
  'phone_code.enrol.step.code': 'Geben Sie dort den Code ein, den diese Seite danach zeigt.',
  'phone_code.enrol.waiting': 'Warten auf Ihr Telefon …',
  'phone_code.enrol.open_hint':
    'Öffnet sich in einem neuen Tab. Den Code zeigt danach diese Seite.',
  'phone_code.account.title': 'Bestätigen Sie die Änderung auf dem Telefon',
  'phone_code.test.title': 'Probe: Geben Sie den Code auf dem Telefon ein',
  'phone_code.test.lead': 'Auf „{device}“ wartet eine Anfrage. Geben Sie dort diesen Code ein:',
  'phone_code.test.denied':
    'Das Telefon ist noch nicht verbunden. Lassen Sie sich einen neuen Code anzeigen, oder beginnen Sie von vorn.',
  'phone_code.test.wrong':
    'Auf dem Telefon wurde dreimal ein anderer Code eingegeben. Lassen Sie sich einen neuen anzeigen.',
  'phone_code.lead': 'Öffnen Sie auf „{device}“ den Einlass Authenticator und geben Sie ein:',
  'phone_code.lead.phone': 'Merken Sie sich {code}. Öffnen Sie auf „{device}“ den Authenticator.',
  'phone_code.trial.lead':
    'Auf „{device}“ erscheint eine Anfrage, wenn Sie den Einlass Authenticator öffnen. Sie meldet niemanden an.',
  'phone_code.trial.approved':
    'Auf „{device}“ wurde der richtige Code eingegeben. Anfragen kommen an.',
  'phone_code.trial.denied': 'Die Anfrage kam auf „{device}“ an und wurde dort abgelehnt.',
  'phone_code.trial.wrong':
    'Die Anfrage kam auf „{device}“ an. Dort wurde mehrmals ein anderer Code eingegeben.',
  'phone_code.trial.expired':
    'Auf „{device}“ wurde die Anfrage nicht beantwortet. Öffnen Sie dort den Einlass Authenticator und prüfen Sie, ob das Telefon online ist.',
  'phone_code.code': 'Code für das Telefon',
  'phone_code.scan': 'oder mit dem Telefon scannen',
  'phone_code.open': 'Authenticator öffnen',
  'phone_code.open.hint': 'Öffnet sich in einem neuen Tab.',
  'phone_code.scan.alt': 'QR-Code, der das Eintippen des Codes ersetzt',
  'phone_code.status.sent': 'Gesendet an „{device}“. Warten auf Ihre Antwort …',
  'phone_code.status.open': 'Warten auf Ihre Antwort …',
  'phone_code.status.undelivered': 'Die Mitteilung kam nicht an. Öffnen Sie die App selbst.',
  'phone_code.wrong_code.title': 'Das war ein anderer Code',
  'phone_code.wrong_code.text':
    'Auf dem Telefon wurde dreimal ein anderer Code eingegeben als der, der hier stand. Zur Sicherheit beginnt die Anmeldung neu. Haben nicht Sie getippt, hat jemand anders Ihr Telefon: Sagen Sie es sofort dem Service Desk.',
  'phone_code.reported.title': 'Diese Anmeldung wurde als fremd gemeldet',
  'phone_code.reported.text':
    'Niemand wurde eingelassen. Wenn Sie selbst diese Anmeldung begonnen haben, fragen Sie den Service Desk.',
  'phone_code.expired.text':
    'Die Zeit für die Antwort ({wait, duration}) ist um. Kommt keine Mitteilung, öffnen Sie den Einlass Authenticator selbst. Versuchen Sie es dann noch einmal.',
  'push.used_up.text': 'Mehr Anfragen sind hier nicht möglich. Beginnen Sie von vorn.',
  'phone_code.copied.title': 'Ihr Telefon wurde zu Ihrem Schutz entfernt',
  'phone_code.copied.text':
    'Es gibt eine Kopie von „{device}“, und sie wurde benutzt. Zu Ihrem Schutz bestätigen beide keine Anmeldung mehr. Ändern Sie Ihr Passwort. Der Service Desk hilft Ihnen, wieder ein Telefon einzurichten.',
  'phone_code.second.title': 'Zwei Telefone wollten sich verbinden',
  'phone_code.second.text':
    'Beide wurden abgewiesen, weil nicht zu erkennen ist, welches Ihres ist. Wenn nicht Sie beide benutzt haben, hat jemand Ihren QR-Code gesehen: Melden Sie sich beim Service Desk.',
  'phone_code.gone.text':
    'Dieses Telefon wurde entfernt, bevor es fertig verbunden war. Lassen Sie sich einen neuen Code anzeigen.',

  'push.title': 'Bestätigen Sie auf dem Telefon',
  'push.lead': 'Tippen Sie in der Mitteilung auf diese Zahl:',
  'push.lead.phone': 'Merken Sie sich die {number}. Öffnen Sie dann die Mitteilung.',
  'push.lead.plain': 'Öffnen Sie die Mitteilung und tippen Sie auf „Bestätigen“.',
  'push.number': 'Diese Zahl antippen',
  'push.status.sending': 'Wird an {device} gesendet …',
  'push.status.sent': 'Gesendet an {device}. Warten auf Ihre Antwort …',
  'push.status.sent_again': 'Noch einmal gesendet an {device}. Warten auf Ihre Antwort …',
  'push.status.slow': 'Noch nicht unterwegs. Ein anderer Weg ist auch möglich.',
  'push.status.answered': 'Antwort erhalten. Es geht weiter …',
  'push.cancelled.login':
    'Die Anfrage auf dem Telefon lässt sich nicht mehr bestätigen, und niemand wurde eingelassen.',
  'push.cancelled.step_up':
    'Die Anfrage auf dem Telefon lässt sich nicht mehr bestätigen. Ihre Anmeldung bleibt, wie sie war.',
  'push.denied.title': 'Auf dem Telefon wurde abgelehnt',
  'push.denied.text':
    'Wenn Sie das waren, können Sie sich neu anmelden. Wenn nicht, hat jemand anders Ihr Telefon: Sagen Sie es sofort dem Service Desk.',
  'push.wrong_number.title': 'Das war eine andere Zahl',
  'push.wrong_number.text':
    'Auf dem Telefon wurde nicht die Zahl gewählt, die hier stand. Zur Sicherheit beginnt die Anmeldung neu. Haben nicht Sie gewählt, hat jemand anders Ihr Telefon: Sagen Sie es sofort dem Service Desk.',
  'push.expired.title': 'Keine Antwort erhalten',
  'push.expired.text':
    'Die Zeit für die Antwort ({wait, duration}) ist um. Prüfen Sie, ob das Telefon online ist und die App Mitteilungen zeigen darf. Senden Sie dann noch einmal.',
  'push.expired.text.held':
    'Die Zeit für die Antwort ({wait, duration}) ist um. Zu Ihrem Schutz senden wir im Moment keine weitere Anfrage.',
  'push.undelivered.title': 'Die Mitteilung kam nicht an',
  'push.undelivered.text': 'Ist „{device}“ eingeschaltet und mit dem Internet verbunden?',
  'push.undelivered.text.plain': 'Ist Ihr Telefon eingeschaltet und mit dem Internet verbunden?',
  'push.superseded.title': 'Es gibt eine neuere Anfrage',
  'push.superseded.text':
    'Diese Seite gilt nicht mehr. Die neuere Anfrage gehört zu einer weiteren Anmeldung oder kommt vom Service Desk. Haben Sie keine erwartet, lehnen Sie sie ab.',
  'approval.limit.title': 'Zu viele Anfragen an Ihr Telefon',
  'approval.limit.text':
    'Zu Ihrem Schutz senden wir im Moment keine weitere. Die nächste ist möglich ab: {at, moment}.',
  'push.no_device.title': 'Kein Telefon erreichbar',
  'push.no_device.text':
    'Mitteilungen erreichen derzeit keines Ihrer Telefone. Der Service Desk hilft Ihnen weiter.',
  'push.disabled.title': 'Ihr Telefon „{device}“ ist nicht mehr erreichbar',
  'push.disabled.title.plain': 'Ihr Telefon ist nicht mehr erreichbar',
  'push.disabled.text':
    'Mitteilungen kommen dort nicht mehr an. Öffnen Sie die App auf dem Telefon, damit sie sich neu meldet. Versuchen Sie es dann noch einmal.',
  'push.disabled.text.register':
    'Mitteilungen kommen dort nicht mehr an. Öffnen Sie die App auf dem Telefon, und versuchen Sie es noch einmal. Ist das Telefon oder die App weg, verbinden Sie ein neues.',
  'push.disabled.news':
    'Mitteilungen kommen dort nicht mehr an. Öffnen Sie die App auf dem Telefon, damit sie sich neu meldet. Haben Sie das Telefon oder die App nicht mehr, entfernen Sie es unter „Ihr Konto“. Jetzt melden Sie sich auf einem anderen Weg an.',
  'push.disabled.status':
    '{device} ist für Mitteilungen nicht mehr erreichbar. Es wurde nichts gesendet.',
  'approval.blocked.title': 'Mitteilungen sind angehalten',
  'approval.blocked.text':
    'Für Ihr Konto wurde eine fremde Anmeldung gemeldet. Mitteilungen sind wieder möglich ab: {at, moment}.',
  'approval.blocked.text.other':
    'Für Ihr Konto wurde eine fremde Anmeldung gemeldet. Bis zum {at, moment} bestätigen Sie auf einem anderen Weg.',
  'push.register_anew': 'Neues Telefon verbinden',
  'push.register_anew.hint': 'Das bisherige Telefon wird dabei entfernt.',
  'push.old_app.title': 'Die App auf Ihrem Telefon ist zu alt',
  'push.old_app.text':
    'Sie kann keine Zahlen zeigen. Aktualisieren Sie die App und verbinden Sie das Telefon neu. Der Service Desk hilft Ihnen dabei.',
  'approval.from': '{label} (ab\u00a0{at, time})',
  'approval.from.day': '{label} (ab {at, moment})',
  'approval.again_from': 'Wieder möglich ab {at, time}.',
  'approval.again_from.day': 'Wieder möglich ab {at, moment}.',
  'approval.pause.title': 'Einen Moment noch',
  'approval.pause.text':
    'In {wait, duration} können Sie wieder eine Anfrage an Ihr Telefon senden.',
  'approval.busy.text':
    'Auf Ihrem Telefon wartet noch eine andere Anfrage. In {wait, duration} können Sie eine für diese Anmeldung senden.',
  'approval.send_to': 'An „{device}“ senden',
  'approval.send_elsewhere': 'An mein anderes Telefon senden',
  'push.no_sender.title': 'Ihr Telefon kann hier nicht benutzt werden',
  'push.no_sender.text':
    'Diese Installation kann den Mitteilungsdienst der App nicht erreichen. Warten hilft nicht: Wenden Sie sich an den Service Desk.',
  'push.resend': 'Noch einmal senden',
  'approval.retry': 'Noch einmal versuchen',
  'approval.restart': 'Zurück zur Anmeldung',

  // Second factor: what it needs is not at hand
  'trouble.title.phone': 'Telefon nicht zur Hand?',
  'trouble.title.totp': 'Einmalcode nicht zur Hand?',
  'trouble.away.totp': 'Nicht dabei oder Akku leer',
  'trouble.steps.totp':
    'Laden Sie das Gerät, das die Einmalcodes zeigt, ein paar Minuten. Ein Netz braucht es nicht.',
  'trouble.renewed.totp': 'Ein neues Gerät',
  'trouble.renewed.lead.totp': 'Zeigt das alte noch Codes? Dann geht es so:',
  'trouble.use_old.totp': 'Code vom alten Gerät eingeben',
  'trouble.title.passkey': 'Passkey nicht zur Hand?',
  'trouble.away.passkey': 'Gerade nicht dabei',
  'trouble.steps.passkey.phone':
    'Ist der Passkey auf Ihrem Telefon? Wählen Sie im Fenster des Browsers ein anderes Gerät, und scannen Sie den Code mit dem Telefon.',
  'trouble.steps.passkey.key':
    'Ist er auf einem Sicherheitsschlüssel? Stecken Sie ihn ein, und versuchen Sie es hier noch einmal.',
  'trouble.renewed.passkey': 'Ein neuer Passkey',
  'trouble.renewed.lead.passkey': 'Haben Sie den alten noch? Dann geht es so:',
  'trouble.use_old.passkey': 'Mit dem alten Passkey bestätigen',
  'trouble.lead': 'Was trifft zu?',
  'trouble.away.phone': 'Zu Hause, Akku leer, kein Netz',
  'trouble.lost': 'Verloren oder gestohlen',
  'trouble.lost.named': '{device} verloren oder gestohlen',
  'trouble.renewed.phone': 'Ein neues Telefon',
  'trouble.leave': 'Zurück',
  'trouble.back': 'Zurück zur Auswahl',
  'trouble.away.other': 'Bestätigen Sie diesmal anders:',
  'trouble.away.on_phone': 'Das Telefon zeigt ihn auch ohne Netz. Es muss da sein und Strom haben.',
  'trouble.away.none': 'Für Ihr Konto ist kein anderer Weg eingerichtet. So geht es meistens doch:',
  'trouble.away.strong':
    'Für {app} genügt kein Code, auch nicht vom Service Desk. So geht es meistens:',
  'trouble.away.strong.plain':
    'Hier genügt kein Code, auch nicht vom Service Desk. So geht es meistens:',
  'trouble.steps.replace': 'Haben Sie Ersatz? Zurück zur Auswahl: Zum Einrichten genügt ein Code.',
  'trouble.steps.power': 'Laden Sie das Telefon ein paar Minuten, oder schalten Sie WLAN ein.',
  'trouble.steps.again': 'Öffnen Sie die App, und versuchen Sie es hier noch einmal.',
  'trouble.lost.other':
    'Bestätigen Sie auf einem anderen Weg. Danach wird {device} entfernt, und Sie richten einen Ersatz ein.',
  'trouble.lost.device': 'das verlorene Gerät',
  'trouble.lost.too_weak': 'Zu schwach, um es zu entfernen.',
  'trouble.lost.only_weak':
    'So kommen Sie hinein, {device} wird damit aber nicht entfernt: Dafür schützt es zu schwach. Rufen Sie den Service Desk an.',
  'trouble.lost.desk':
    'Auf einem anderen Gerät ist für Ihr Konto nichts eingerichtet. Rufen Sie den Service Desk an: Er entfernt, was verloren ist, und hilft Ihnen hinein. Ohne Ihr Passwort kommt niemand in Ihr Konto.',
  'trouble.lost.account':
    'Bestätigen Sie auf einem anderen Weg. Danach entfernen oder ersetzen Sie {device} in Ihrem Konto, unter „Geräte und Passkeys“.',
  'trouble.lost.account.only_weak':
    'So geht es hier weiter, {device} können Sie damit aber nicht entfernen: Dafür schützt es zu schwach. Rufen Sie den Service Desk an.',
  'trouble.lost.account.desk':
    'Auf einem anderen Gerät ist für Ihr Konto nichts eingerichtet. Rufen Sie den Service Desk an: Er entfernt, was verloren ist, und hilft Ihnen, Ersatz einzurichten.',
  'trouble.renewed.lead.phone': 'Haben Sie das alte noch? Dann geht es so:',
  'trouble.use_old.phone': 'Mit dem alten Telefon bestätigen',
  'trouble.renewed.confirm.phone': 'Sie bestätigen auf dem alten Telefon.',
  'trouble.renewed.connect.phone': 'Sie verbinden das neue.',
  'trouble.renewed.confirm.totp': 'Sie geben einen Code vom alten Gerät ein.',
  'trouble.renewed.connect.totp': 'Sie verbinden die Code-App auf dem neuen.',
  'trouble.renewed.confirm.passkey': 'Sie bestätigen mit dem alten Passkey.',
  'trouble.renewed.connect.passkey': 'Sie richten den neuen ein.',
  'trouble.renewed.removed': 'Danach wird {device} entfernt.',
  'trouble.renewed.removed.device': 'Danach wird das alte entfernt.',
  'trouble.renewed.removed.passkey': 'Danach wird der alte entfernt.',
  'trouble.renewed.too_weak':
    '{device} kann sich nicht selbst ersetzen: Etwas anderes in Ihrem Konto schützt stärker. Bestätigen Sie damit oder mit einem Code.',
  'trouble.renewed.other': 'Sonst auf einem anderen Weg:',
  'trouble.renewed.desk': 'Sonst hilft Ihnen der Service Desk.',
  'trouble.again': 'Noch einmal versuchen',
  'desk.call': 'Service Desk anrufen: {phone}',
  'desk.help': 'Der Service Desk hilft Ihnen weiter.',
  'desk.reference': 'Kennung dieser Anmeldung:',
  'desk.reference.say': 'Nennen Sie dabei die Kennung',

  'other.title': 'Anderer Weg',
  'other.next': 'Weiter',
  'other.lead': 'Wie möchten Sie bestätigen, dass Sie es sind?',
  'other.authenticator': 'Einlass Authenticator',
  'other.authenticator.named': 'Einlass Authenticator auf „{device}“',
  'other.authenticator.hint': 'Sie geben auf dem Telefon den Code ein, der hier steht.',
  'other.push': 'Mitteilung auf dem Telefon',
  'other.push.named': 'Mitteilung an „{device}“',
  'other.push.used': 'Zuletzt benutzt: {at, stamp}',
  'other.push.hint': 'Sie bestätigen in der App auf Ihrem Telefon.',
  'other.totp': 'Einmalcode',
  'other.totp.hint': 'Sie tippen den Einmalcode ein, den Ihre App zeigt.',
  'other.totp.hint.named': 'Sie tippen den Einmalcode ein, den „{device}“ zeigt.',

  // Second factor: recovery codes
  'other.recovery': 'Code für den Notfall',
  'other.recovery.hint':
    'Von Ihrem Ausdruck. {left, plural, one {1 Code ist noch unbenutzt.} other {# Codes sind noch unbenutzt.}}',
  'recovery.title': 'Code für den Notfall',
  'recovery.lead': 'Geben Sie einen unbenutzten Code von Ihrem Ausdruck ein. Er gilt nur einmal.',
  'recovery.code': 'Code, 16 Zeichen',
  'recovery.lead.foreign':
    'Geben Sie einen unbenutzten Code von Ihrem Ausdruck ein, auch von dem der früheren Anmeldung. Er gilt nur einmal.',
  'recovery.code.foreign': 'Code, 16 oder 10 Zeichen',
  'recovery.submit': 'Anmelden',
  'recovery.wrong.title': 'Dieser Code stimmt nicht',
  'recovery.wrong.text':
    'Prüfen Sie, ob Sie ihn richtig abgetippt haben. Jeder Code gilt nur einmal, und neue Codes ersetzen die alten.',
  'recovery.malformed.text':
    'Ein Code hat 16 Zeichen, zum Beispiel ABCD-EFGH-JKMN-PQRS. Auf Groß- und Kleinschreibung und auf die Striche kommt es nicht an.',
  'recovery.malformed.foreign':
    'Ein Code hat 16 Zeichen, zum Beispiel ABCD-EFGH-JKMN-PQRS, oder 10, wenn er von der früheren Anmeldung ist. Bei 10 Zeichen kommt es auf Groß- und Kleinschreibung an.',
  'recovery.left.title': 'Code angenommen',
  'codes.left': 'Sie haben noch {left, plural, one {1 Code} other {# Codes}} für den Notfall.',
  'recovery.create.title': 'Codes für den Notfall',
  'recovery.create.lead':
    'Mit diesen Codes melden Sie sich an, wenn Ihr Gerät fehlt. Sie sehen sie nur hier.',
  'recovery.create.list': 'Ihre Codes',
  'recovery.create.note':
    'Für {username}, vom {day, date}. Jeder Code gilt einmal, zusammen mit Ihrem Passwort. Bewahren Sie die Codes an einem sicheren Ort auf, nicht bei Ihrem Gerät.',
  'recovery.create.used':
    'Sie haben einen Code benutzt. {left, plural, one {Einer ist noch übrig.} other {# sind noch übrig.}} Hier sind neue. Wenn Sie sie gespeichert haben, gelten die alten nicht mehr.',
  'recovery.create.used_last': 'Sie haben Ihren letzten Code benutzt. Hier sind neue.',
  'recovery.create.replaces':
    '{left, plural, one {Von Ihren früheren Codes ist noch 1 unbenutzt.} other {Von Ihren früheren Codes sind noch # unbenutzt.}} Wenn Sie die neuen gespeichert haben, gelten sie nicht mehr.',
  'recovery.create.saved': 'Ich habe die Codes gespeichert',
  'recovery.create.later': 'Später',
  'recovery.sheet.title': 'Codes für den Notfall',
  'recovery.sheet.lead':
    'So melden Sie sich bei {brand} an, wenn Ihr Telefon fehlt. Für {username}, gedruckt am {day, date}. Bewahren Sie dieses Blatt sicher auf, nicht bei Ihrem Gerät.',
  'recovery.sheet.open': 'Öffnen Sie {address} und geben Sie Benutzername und Passwort ein.',
  'recovery.sheet.choose': 'Wählen Sie „{other}“, dann „{code}“.',
  'recovery.sheet.enter': 'Geben Sie einen der Codes ein und kreuzen Sie ihn hier an.',
  'recovery.sheet.say':
    'Sagen Sie auf der nächsten Seite, was mit Ihrem Telefon ist: verloren, ersetzt oder nur nicht zur Hand.',
  'recovery.sheet.codes': 'Jeder Code gilt einmal, zusammen mit Ihrem Passwort.',
  'recovery.sheet.help': 'Der Service Desk hilft: {contact}',
  'codes.copy': 'Kopieren',
  'codes.print': 'Drucken',

  // Second factor: a pass of the service desk
  'other.desk-pass': 'Code vom Service Desk',
  'other.desk-pass.hint': 'Der Service Desk hat Ihnen am Telefon 12 Ziffern genannt.',
  'desk_pass.title': 'Code vom Service Desk eingeben',
  'desk_pass.lead': 'Geben Sie die Ziffern ein, die Ihnen der Service Desk genannt hat.',
  'desk_pass.code': 'Code vom Service Desk, 12 Ziffern',
  'desk_pass.submit': 'Anmelden',
  'desk_pass.submit.reset': 'Weiter',
  'desk_pass.wrong.title': 'Dieser Code gilt nicht',
  'desk_pass.wrong.text':
    'Vergleichen Sie die Ziffern. Ein Code vom Service Desk gilt nur kurze Zeit, und ein neuer ersetzt den alten.',
  'desk_pass.malformed.text':
    'Ein Code vom Service Desk hat 12 Ziffern. Auf die Abstände kommt es nicht an.',

  // After an enrolment
  'done.title': 'Fertig',
  'done.text': 'Es ist eingerichtet.',
  'done.text.named': '„{device}“ ist eingerichtet.',
  'done.text.codes': 'Ihre neuen Codes gelten ab jetzt.',
  'done.text.replaced': 'Es ist eingerichtet. Das alte Gerät wurde entfernt.',
  'done.text.replaced.same': '„{device}“ ist eingerichtet. Das alte „{device}“ wurde entfernt.',
  'done.text.replaced.named': '„{device}“ ist eingerichtet. „{old}“ wurde entfernt.',
  'done.next.authenticator':
    'Ab jetzt: Passwort eingeben, dann auf dem Telefon den Code eingeben, der hier steht.',
  'done.next.push':
    'Ab jetzt: Passwort eingeben, dann auf dem Telefon die Zahl antippen, die die Anmeldung zeigt.',
  'done.next.totp': 'Ab jetzt: Passwort eingeben, dann den Einmalcode aus Ihrer App.',
  'done.next.passkey': 'Ab jetzt: Passwort eingeben, dann den Passkey bestätigen.',
  'done.sheet': 'Codes für den Notfall drucken',
  'done.sheet.hint': 'Zehn Codes, falls Ihr Gerät fehlt.',
  'done.computer': 'Diesen Computer als zweiten Weg einrichten',
  'done.computer.windows': 'Mit Windows Hello, auch ohne Telefon.',
  'done.computer.mac': 'Mit Touch ID, auch ohne Telefon.',
  'done.computer.any': 'Mit einem Passkey, auch ohne Telefon.',
  'done.left': 'Weiter',
  'done.left.app': 'Weiter zu {app}',

  // The address for a letter
  'start.title': 'Zweiten Faktor einrichten',
  'start.lead': 'Es dauert etwa fünf Minuten. Das brauchen Sie:',
  'start.need.password': 'Ihren Benutzernamen und Ihr Passwort',
  'start.need.app': 'Ihr Telefon, für den {app}',
  'start.need.apps': 'Ihr Telefon, für den {app} oder den {other}',
  'start.need.device': 'Ihr Telefon, oder den Computer, an dem Sie arbeiten',
  'start.need.printer': 'Einen Drucker für die Codes für den Notfall, wenn Sie einen haben',
  'start.app': '{app} holen',
  'start.app.qr': 'QR-Code zur App im passenden Store',
  'start.app.scan':
    'Noch kein {app} auf dem Telefon? Scannen Sie den Code mit der Kamera des Telefons.',
  'start.begin': 'Jetzt einrichten',
  'start.check': 'Schon eingerichtet: jetzt prüfen',
  'start.ready.title': 'Alles bereit',
  'start.ready.lead': 'Damit bestätigen Sie Ihre Anmeldungen. Mehr ist nicht zu tun.',
  'start.ready.unmade': '{codes} haben Sie nicht. Sie helfen, wenn Ihr Gerät fehlt.',
  'start.ready.apps': 'Zu Ihren Anwendungen',

  // What happened to a device, after a code took its place
  'missing.title.phone': 'Was ist mit Ihrem Telefon?',
  'missing.title.passkey': 'Was ist mit Ihrem Passkey?',
  'missing.lead': 'Es geht um {device}.',
  'missing.name': '„{name}“',
  'missing.lost': 'Verloren oder gestohlen',
  'missing.lost.hint':
    '{device} wird sofort entfernt. Anmeldungen, die damit bestätigt wurden, enden. Dann richten Sie Ersatz ein.',
  'missing.lost.hint.only':
    '{device} wird sofort entfernt. Anmeldungen, die damit bestätigt wurden, enden.',
  'missing.new': 'Ich habe Ersatz',
  'missing.new.hint':
    'Das neue Gerät ersetzt {device}. Das alte wird entfernt, sobald das neue geprüft ist.',
  'missing.home': 'Nur gerade nicht zur Hand',
  'missing.home.hint': 'Zu Hause, Akku leer, kein Netz. Es bleibt alles, wie es ist.',
  'missing.home.hint.asked':
    'Es bleibt alles, wie es ist. Diese Anmeldung verlangt das Gerät dann doch.',
  'missing.have': 'Ich habe mein Telefon',
  'missing.have.hint': 'Es ging nur gerade keine Anfrage hinaus. Es bleibt alles, wie es ist.',
  'missing.renew.title': 'Womit geht es weiter?',
  'missing.renew.lead': '{device} bleibt, bis das neue Telefon geprüft ist.',
  'missing.renew.later.hint': 'Es bleibt alles, wie es ist: Sie bestätigen weiter mit {device}.',
  'missing.renew.back': 'Andere App oder später',
  'missing.too_weak.lost': '{device} ist noch nicht entfernt',
  'missing.too_weak.renewed': '{device} ist noch nicht ersetzt',
  'missing.too_weak':
    'Womit Sie eben bestätigt haben, schützt schwächer und genügt dafür nicht. Mit einem Code für den Notfall oder vom Service Desk geht es.',
  'missing.too_weak.stronger':
    'Womit Sie eben bestätigt haben, schützt schwächer als {stronger} und genügt dafür nicht. Mit einem Code für den Notfall oder vom Service Desk geht es.',
  'missing.too_weak.next': 'Später, jetzt weiter',
  'missing.other': 'Es geht um ein anderes Gerät',
  'missing.which': 'Um welches Gerät geht es?',
  'missing.which.hint': '{kind}, eingerichtet am {day, date}',
  'lost.text.named':
    '„{device}“ ist entfernt, Anmeldungen damit sind beendet. Wurde es gestohlen, bitten Sie den Service Desk danach um ein neues Passwort.',
  'lost.text':
    'Das verlorene Gerät ist entfernt, Anmeldungen damit sind beendet. Wurde es gestohlen, bitten Sie den Service Desk danach um ein neues Passwort.',
  'no_code.why':
    'Ihr zweiter Faktor wurde am {day, date} entfernt. Zu Ihrem Schutz richtet niemand nur mit dem Passwort einen neuen ein. {lead}',
  'no_code.button': 'Ich habe keinen Code',
  'no_code.title': 'Kein Code zur Hand',
  'no_code.other': 'Bestätigen Sie auf einem anderen Weg, oder rufen Sie den Service Desk an.',
  'no_code.desk':
    'Der Service Desk nennt Ihnen am Telefon einen Code: 12 Ziffern. Lassen Sie diese Seite offen.',

  // Second factors that were tried too often
  'factor.authenticator': 'Einlass Authenticator',
  'factor.push': 'Mitteilung auf dem Telefon',
  'factor.totp': 'Code-App',
  'factor.passkey': 'Passkey',
  'factor.recovery': 'Codes für den Notfall',
  'factor.desk-pass': 'Code vom Service Desk',
  'factor.wait.title': 'Zu viele Versuche',
  'factor.later.text': 'Bitte warten Sie {wait, duration}. Versuchen Sie es danach noch einmal.',
  'factor.wait.text': 'Bitte warten Sie {wait, duration}. Danach geht es wieder, auf jedem Weg.',
  'factor.wait.text.new':
    'Bitte warten Sie {wait, duration}. Ohne zu warten geht es in einem Browser, in dem Sie sich schon angemeldet haben, oder mit einem Code vom Service Desk.',
  'factor.off.title': 'Dieser Weg ist gesperrt',
  'factor.off.text':
    'Es gab zu viele falsche Versuche. Nehmen Sie einen anderen Weg, oder wenden Sie sich an den Service Desk.',
  'factor.all_removed.title': 'Rufen Sie den Service Desk an',
  'factor.all_removed.text':
    'Ihr zweiter Faktor wurde am {day, date} entfernt. Für einen neuen brauchen Sie einen Code: 12 Ziffern, die Ihnen der Service Desk am Telefon nennt. Lassen Sie diese Seite offen.',
  'code.too_little.title': 'Ein Code genügt hier nicht',
  'code.too_little':
    'Diese Anmeldung verlangt mehr. Es wurde kein Code verbraucht. Er hilft, wenn Ihr Gerät verloren ist oder Sie Ersatz haben.',
  'factor.have_pass': 'Code vom Service Desk eingeben',
  'factor.still_nothing.title': 'Es liegt noch kein Code vor',
  'factor.still_nothing.text': 'Der Service Desk stellt ihn während des Gesprächs aus.',
  'factor.off.text.new':
    'Aus Browsern, in denen Sie sich noch nicht angemeldet haben, gab es zu viele falsche Versuche. Nehmen Sie einen anderen Weg oder einen Browser, den Sie schon benutzt haben. Sonst hilft der Service Desk.',
  'factor.off.text.new.only':
    'Aus Browsern, in denen Sie sich noch nicht angemeldet haben, gab es zu viele falsche Versuche. Nehmen Sie einen Browser, den Sie schon benutzt haben. Sonst hilft der Service Desk.',
  'factor.off.text.only': 'Es gab zu viele falsche Versuche. Der Service Desk hilft Ihnen weiter.',
  'factor.all_lost.title': 'Ihr Passkey gilt hier nicht mehr',
  'factor.all_lost.text':
    'Die Adresse der Anmeldung hat sich geändert. Zu Ihrem Schutz muss der Passkey neu eingerichtet werden. Der Service Desk hilft Ihnen weiter.',
  'factor.all_off.title': 'Ihr zweiter Faktor ist gesperrt',
  'factor.all_off.text':
    'Es gab zu viele falsche Versuche. In einem Browser, in dem Sie sich schon angemeldet haben, geht er vielleicht noch. Sonst muss er zu Ihrem Schutz neu eingerichtet werden: Der Service Desk hilft Ihnen weiter.',

  // Second factor: codes of an app
  'totp.title': 'Einmalcode eingeben',
  'totp.lead': 'Öffnen Sie Ihre Code-App und tippen Sie den Einmalcode ab.',
  'totp.lead.named':
    'Öffnen Sie die App auf „{device}“ und tippen Sie den Einmalcode ab, den sie zeigt.',
  'totp.code': 'Einmalcode',
  'totp.submit': 'Bestätigen',
  'totp.wrong.title': 'Dieser Code stimmt nicht',
  'totp.wrong.text':
    'Geben Sie den Einmalcode ein, den die App gerade zeigt. Stimmt er wieder nicht, prüfen Sie die Uhrzeit auf dem Telefon.',
  'totp.malformed.text': 'Ein Einmalcode hat {digits} Ziffern.',
  'totp.used.title': 'Dieser Code wurde schon benutzt',
  'totp.used.text': 'Jeder Code gilt nur einmal. Warten Sie, bis die App den nächsten zeigt.',
  'totp.enrol.title': 'Code-App verbinden',
  'totp.enrol.lead': 'Danach geben Sie bei der Anmeldung einen Einmalcode aus der App ein.',
  'totp.enrol.step.open':
    'Öffnen Sie auf dem Telefon Ihre Code-App, zum Beispiel Google oder Microsoft Authenticator.',
  'totp.enrol.step.scan': 'Fügen Sie ein Konto hinzu und scannen Sie den QR-Code.',
  'totp.enrol.step.type': 'Tippen Sie hier die Ziffern ein, die die App zeigt.',
  'totp.enrol.qr': 'QR-Code, der eine Code-App mit Ihrem Konto verbindet',
  'totp.enrol.secret':
    'Tippen Sie diesen Schlüssel in die App ein. Er ist geheim wie ein Passwort.',
  'totp.enrol.mobile_hint': 'Eine Code-App muss installiert sein.',
  'totp.enrol.code': 'Einmalcode',
  'totp.enrol.submit': 'Verbinden',
  'totp.name': 'Code-App',

  // Waiting
  'wait.title': 'Einen Moment',
  'wait.moved': 'Diese Anmeldung geht in einem anderen Fenster weiter.',
  'wait.time_left': 'Noch {seconds, duration}',
  'wait.time_left.label': 'Verbleibende Zeit',
  'pause.over': 'Jetzt geht es wieder.',
  'pause.left': 'Noch',
  'wait.check': 'Jetzt prüfen',
  'wait.no_script': 'Diese Seite lädt sich alle paar Sekunden neu.',
  'wait.offline': 'Keine Verbindung. Wir versuchen es weiter …',

  // Passkeys
  'choice.passkey': 'Passkey einrichten',
  'choice.passkey.hint': 'Fingerabdruck, Gesicht oder PIN dieses Geräts genügt dann.',
  'other.passkey': 'Passkey',
  'other.passkey.hint': 'Sie bestätigen mit Fingerabdruck, Gesicht, PIN oder Sicherheitsschlüssel.',
  'passkey.title': 'Mit Passkey bestätigen',
  'passkey.lead': 'Ihr Browser fragt nach Ihrem Passkey.',
  'passkey.submit': 'Passkey benutzen',
  'passkey.failed':
    'Es wurde kein Passkey benutzt. Versuchen Sie es noch einmal oder wählen Sie einen anderen Weg.',
  'passkey.failed.only':
    'Es wurde kein Passkey benutzt. Versuchen Sie es noch einmal. Klappt es nicht, hilft der Service Desk.',
  'passkey.known': 'Auf diesem Gerät gibt es schon einen Passkey für Ihr Konto.',
  'passkey.unable': 'Dieser Browser kann keine Passkeys. Wählen Sie einen anderen Weg.',
  'passkey.no_script':
    'Ein Passkey braucht JavaScript, das in Ihrem Browser ausgeschaltet ist. Wählen Sie einen anderen Weg.',
  'passkey.unable.only':
    'Dieser Browser kann keine Passkeys. Melden Sie sich in einem anderen Browser an, oder rufen Sie den Service Desk an.',
  'passkey.no_script.only':
    'Ein Passkey braucht JavaScript, das in Ihrem Browser ausgeschaltet ist. Schalten Sie es ein und laden Sie die Seite neu.',
  'passkey.refused.text.only':
    'Versuchen Sie es noch einmal. Hilft das nicht, wenden Sie sich an den Service Desk.',
  'passkey.cloned.text.only':
    'Von diesem Passkey könnte es eine Kopie geben. Melden Sie sich beim Service Desk.',
  'passkey.of_phone.title': 'Dieser Passkey meldet Sie nicht an',
  'passkey.of_phone.text':
    'Er gehört zum Einlass Authenticator auf Ihrem Telefon. Melden Sie sich mit Ihrem Passwort an, und bestätigen Sie dann auf dem Telefon.',
  'passkey.refused.title': 'Dieser Passkey wurde abgewiesen',
  'passkey.refused.text':
    'Versuchen Sie es noch einmal. Hilft das nicht, wählen Sie einen anderen Weg.',
  'passkey.cloned.title': 'Dieser Passkey wurde abgewiesen',
  'passkey.cloned.text':
    'Von diesem Passkey könnte es eine Kopie geben. Nehmen Sie einen anderen Weg und melden Sie sich beim Service Desk.',
  'passkey.expired': 'Das hat zu lange gedauert. Versuchen Sie es noch einmal.',
  'passkey.login': 'Mit Passkey anmelden',
  'passkey.login.failed':
    'Es wurde kein Passkey benutzt. Sie können sich mit Ihrem Passwort anmelden.',
  'passkey.enrol.title': 'Passkey einrichten',
  'passkey.enrol.lead':
    'Ein Passkey gilt nur für diese Seite. Niemand kann ihn erraten oder auf einer nachgemachten Seite abfangen.',
  'passkey.enrol.step.place':
    'Ihr Browser fragt, wo der Passkey liegen soll: auf diesem Gerät, auf Ihrem Telefon oder auf einem Sicherheitsschlüssel.',
  'passkey.enrol.step.confirm': 'Bestätigen Sie mit Fingerabdruck, Gesicht oder PIN.',
  'passkey.enrol.submit': 'Passkey einrichten',
  'passkey.enrol.failed':
    'Es wurde kein Passkey eingerichtet. Versuchen Sie es noch einmal oder gehen Sie zurück.',
  'passkey.enrol.refused.title': 'Der Passkey wurde nicht eingerichtet',
  'passkey.enrol.refused.text': 'Versuchen Sie es noch einmal oder gehen Sie zurück.',

  // Facts
  'facts.purpose': 'Wofür',
  'facts.app': 'Anwendung',
  'facts.browser': 'Browser',
  'facts.place': 'Ort',
  'facts.time': 'Zeit',
  'facts.device': 'Gerät',
  'facts.address': 'IP-Adresse',
  'facts.moment': '{at, moment}',
  'browser.unknown': 'Unbekannter Browser',
  'browser.named': '{browser}',
  'browser.on': '{browser} auf {system}',
  'device.unnamed': 'Ihr Telefon',
  'app.account': 'Ihr Konto',
  'app.password': 'Neues Passwort',
  'app.home': 'Übersicht Ihrer Anwendungen',

  // An app that wants more than the session shows
  'stepup.title': 'Noch eine Bestätigung',
  'stepup.lead': '{app} verlangt eine Bestätigung auf Ihrem Telefon.',
  'stepup.lead.plain': 'Für diesen Schritt brauchen wir eine Bestätigung auf Ihrem Telefon.',
  'stepup.lead.on': '{app} verlangt eine Bestätigung auf „{device}“.',
  'stepup.lead.on.plain': 'Für diesen Schritt brauchen wir eine Bestätigung auf „{device}“.',
  'stepup.weaker': '{lead} „{device}“ genügt dafür nicht.',
  'stepup.begin.code': 'Code anzeigen',
  'stepup.added.lead':
    'Bei dieser Anmeldung haben Sie das neue Gerät noch nicht benutzt. Bestätigen Sie sie einmal damit, dann geht es weiter.',
  'stepup.begin': 'Mitteilung senden',
  'stepup.other.lead': '{app} verlangt noch einmal eine Bestätigung, dass Sie es sind.',
  'stepup.other.lead.plain': 'Bestätigen Sie für diesen Schritt noch einmal, dass Sie es sind.',
  'stepup.other.begin': 'Jetzt bestätigen',
  'stepup.lost': 'Gerät verloren oder nicht mehr nutzbar?',
  'too_weak.title': 'Das reicht hier nicht',
  'too_weak.lead': '{app} verlangt mehr, als Sie eingerichtet haben.',
  'too_weak.lead.plain': 'Dieser Schritt verlangt mehr, als Sie eingerichtet haben.',
  'too_weak.text':
    'Melden Sie sich noch einmal an. Danach können Sie einrichten, was ausreicht. Es gibt:',
  'too_weak.none':
    'Etwas Stärkeres kann hier niemand einrichten. Der Service Desk hilft Ihnen weiter.',
  'too_weak.go': 'Anmelden und einrichten',
  'too_weak.account': 'Zu Ihrem Konto',

  // On to the app
  'forward.title': 'Weiter zu {app}',
  'forward.text': 'Sie sind angemeldet. Die Anwendung öffnet sich gleich.',
  'forward.form':
    'Sie sind angemeldet. Öffnet sich die Anwendung nicht von selbst, öffnen Sie sie mit der Taste.',
  'forward.link': 'Jetzt öffnen',
  'forward.error': 'Die Anmeldung ist nicht zustande gekommen. Die Anwendung erfährt den Grund.',
  'forward.back': 'Zur Anwendung',

  // Ends of a journey
  'journey.expired.title': 'Die Anmeldung ist abgelaufen',
  'journey.expired.text': 'Sie war zu lange offen. Beginnen Sie bitte neu.',
  'journey.expired.again': 'Neu anmelden',
  'journey.ended.title': 'Diese Anmeldung ist schon beendet',
  'journey.ended.text':
    'Sie wurde abgeschlossen, abgebrochen oder von anderer Stelle beendet. Sie können eine neue beginnen.',
  'journey.ended.not_me':
    'Sie wurde mit „Das war ich nicht“ als fremd gemeldet und deshalb beendet. Sie können eine neue beginnen.',
  'journey.ended.with_sessions':
    'Sie wurde mit anderen Anmeldungen dieses Kontos beendet. Sie können eine neue beginnen.',
  'journey.ended.restored':
    'Der Server wurde gerade aus einer Sicherung wiederhergestellt. Alle Anmeldungen haben deshalb geendet.',
  'journey.ended.logout':
    'Sie wurde beendet, als Sie sich in diesem Browser abgemeldet haben. Sie können eine neue beginnen.',
  'journey.ended.again': 'Zur Anmeldung',
  'journey.moved.title': 'Diese Seite ist nicht mehr aktuell',
  'journey.moved.text':
    'Die Anmeldung ist inzwischen weiter, vielleicht in einem anderen Fenster. Ihre letzte Eingabe wurde nicht übernommen.',
  'cancelled.login.title': 'Anmeldung abgebrochen',
  'cancelled.login.text': 'Niemand wurde eingelassen. Sie können sich neu anmelden.',
  'cancelled.step_up.title': 'Abgebrochen',
  'cancelled.step_up.text': 'Ihre Anmeldung bleibt, wie sie war.',
  'cancelled.back.text': 'Zurück zu {app}.',
  'cancelled.at_app.text':
    '{app} wurde nicht geöffnet. Sie können dieses Fenster schließen oder sich doch noch anmelden.',
  'cancelled.at_app.again': 'Doch anmelden',
  'cancelled.reset.title': 'Abgebrochen',
  'cancelled.reset.text':
    'Ihr Passwort wurde nicht geändert. Solange der Link aus der E-Mail gilt, können Sie ihn noch einmal öffnen.',
  'journey.closed.title': 'Das ist schon beendet',
  'journey.closed.text': 'Es wurde abgeschlossen oder abgebrochen.',
  'journey.closed.again': 'Zu Geräten und Passkeys',

  // Forgotten password
  'forgot.title': 'Passwort vergessen',
  'forgot.text':
    'Der Service Desk setzt Ihr Passwort zurück. Halten Sie Ihren Benutzernamen bereit.',
  'forgot.lead':
    'Wir schicken Ihnen einen Link, mit dem Sie ein neues Passwort wählen. Er geht an die E-Mail-Adresse Ihres Kontos.',
  'forgot.submit': 'Link anfordern',
  'forgot.throttled.title': 'Zu viele Anfragen',
  'forgot.throttled.text':
    'Bitte warten Sie {wait, duration}. Danach können Sie wieder einen Link anfordern.',
  'forgot.sent.title': 'Sehen Sie in Ihr Postfach',
  'forgot.sent.text':
    'Gibt es dieses Konto und hat es eine E-Mail-Adresse, ist ein Link dorthin unterwegs. Er gilt 30 Minuten und nur einmal.',
  'forgot.sent.none':
    'Nach einigen Minuten noch keine E-Mail? Sehen Sie im Spam-Ordner nach, und prüfen Sie die Schreibweise Ihres Benutzernamens.',
  'forgot.sent.again': 'Noch einmal anfordern',
  'forgot.gone.title': 'Kein neues Passwort',
  'forgot.gone.text':
    'Hier wurde nichts geändert. Ein Link gilt 30 Minuten und nur einmal, und nur der aus der neuesten E-Mail. Gilt er noch, öffnen Sie ihn dort noch einmal.',
  'forgot.gone.again': 'Neuen Link anfordern',
  'reset.title': 'Neues Passwort',
  'reset.lead': 'Für das Konto {username}.',
  'reset.lead.factor':
    'Für das Konto {username}. Zuerst bestätigen Sie mit Ihrem zweiten Faktor, dass Sie es sind.',
  'reset.begin': 'Neues Passwort wählen',
  'reset.begin.factor': 'Mit dem zweiten Faktor bestätigen',
  'reset.password.lead':
    'Danach gilt nur noch das neue Passwort. Sie werden überall abgemeldet und melden sich damit neu an.',
  'reset.done.title': 'Ihr Passwort ist geändert',
  'reset.done.text':
    'Sie sind überall abgemeldet. Melden Sie sich jetzt mit dem neuen Passwort an.',
  'reset.done.login': 'Zur Anmeldung',
  'forgot.back': 'Zurück zur Anmeldung',

  // Home and account
  'home.title': 'Guten Tag, {name}',
  'home.lead': 'Ihre Anwendungen',
  'home.empty.title': 'Hier steht keine Anwendung',
  'home.empty':
    'Hier stehen Anwendungen, die sich von hier aus öffnen lassen. Alle anderen öffnen Sie wie gewohnt.',
  'home.search': 'Anwendung suchen',
  'home.search.submit': 'Suchen',
  'home.recent': 'Zuletzt geöffnet',
  'home.all': 'Alle Anwendungen',
  'home.found': 'Gefunden zu „{search}“',
  'home.none': 'Keine Ihrer Anwendungen heißt so. Fehlt Ihnen eine, hilft der Service Desk.',
  'home.show_all': 'Alle zeigen',
  'home.arrange': 'Reihenfolge ändern',
  'home.said.one': 'Eine Anwendung',
  'home.said.some': '# Anwendungen',
  'home.foreseen.verify': 'Fragt nach Ihrem zweiten Faktor',
  'home.foreseen.enrol': 'Verlangt einen zweiten Faktor',
  'home.foreseen.enrol_stronger': 'Verlangt einen stärkeren zweiten Faktor',
  'arrange.title': 'Reihenfolge ändern',
  'arrange.lead': 'So stehen Ihre Anwendungen auf der Startseite.',
  'arrange.up': '{app} nach oben',
  'arrange.down': '{app} nach unten',
  'arrange.moved': '{app} steht jetzt an Stelle {place} von {count}.',
  'arrange.by_name': 'Nach Namen ordnen',
  'arrange.done': 'Zu den Anwendungen',
  'home.open': '{app} öffnen',
  'home.decline.title': 'Nur das Passwort schützt Ihr Konto',
  'home.decline.text': 'Sie haben den zweiten Faktor am {at, date} abgelehnt.',
  'home.decline.undo': 'Doch einrichten',
  'home.decline.ask.title': 'Zweiten Faktor wieder anbieten?',
  'home.decline.ask.text':
    'Ihre Ablehnung gilt dann nicht mehr. Bei der nächsten Anmeldung bieten wir Ihnen die Einrichtung wieder an.',
  'home.decline.ask.submit': 'Wieder anbieten',
  'home.decline.ask.keep': 'Bei der Ablehnung bleiben',
  'home.declined_undone': 'Bei der nächsten Anmeldung bieten wir Ihnen die Einrichtung wieder an.',
  'home.logout': 'Abmelden',
  'home.account': 'Konto',

  // A person's account
  'account.title': 'Ihr Konto',
  'account.username': 'Benutzername',
  'account.email': 'E-Mail',
  'account.signed_in': 'Angemeldet seit',
  'account.method': 'Angemeldet mit',
  'account.method.approval': 'Telefon ohne Passwort',
  'account.method.password': 'Passwort',
  'account.method.possession': 'Passwort und zweiter Faktor',
  'account.method.number': 'Passwort und Telefon mit Zahl',
  'account.method.phone_code': 'Passwort und Telefon mit Code',
  'account.method.verified_phone': 'Telefon mit Bildschirmsperre',
  'account.method.verified_code': 'Passwort und Telefon mit Code und Bildschirmsperre',
  'account.method.code': 'Passwort und Code',
  'account.method.passkey': 'Passkey',
  'account.method.with_passkey': 'Passwort und Passkey',
  'account.stronger.deferred': 'Sie haben die Einrichtung eines zweiten Faktors übersprungen.',
  'account.stronger.own_possession': 'Stärker ginge mit Ihrem zweiten Faktor.',
  'account.stronger.own_number': 'Stärker ginge mit Ihrem Telefon.',
  'account.stronger.own_code': 'Stärker ginge mit dem Einlass Authenticator auf Ihrem Telefon.',
  'account.stronger.own_verified_code':
    'Stärker ginge mit dem Einlass Authenticator und der Bildschirmsperre Ihres Telefons.',
  'account.stronger.own_passkey': 'Stärker ginge mit Ihrem Passkey.',
  'account.stronger.passkey': 'Stärker ginge mit einem Passkey.',
  'account.stronger.phone': 'Stärker ginge mit einem Telefon.',
  'account.skips_left':
    '{left, plural, one {Sie können die Einrichtung eines zweiten Faktors noch einmal überspringen.} other {Sie können die Einrichtung eines zweiten Faktors noch #-mal überspringen.}}',
  'account.authenticators': 'Geräte und Passkeys',
  'account.authenticators.none': 'Noch nichts eingerichtet',
  'account.and_more': '{names} und {more} weitere',
  'account.desk_pass': 'Code vom Service Desk',
  'account.desk_pass.left': 'Ein Code ist gültig',
  'account.recovery': 'Codes für den Notfall',
  'account.recovery.left': '{left, plural, one {Noch 1 Code übrig} other {Noch # Codes übrig}}',
  'account.password': 'Passwort',
  'account.password.changed': 'Zuletzt geändert: {at, stamp}',
  'account.password.here': 'Sie können es hier ändern',
  'account.sessions': 'Anmeldungen',
  'account.sessions.count':
    '{count, plural, one {In 1 Browser angemeldet} other {In # Browsern angemeldet}}',
  'account.activity': 'Verlauf',
  'account.activity.hint': 'Was in letzter Zeit mit Ihrem Konto geschah',
  'account.device.registered': 'Hinzugefügt am {at, date}',
  'account.device.used': 'Zuletzt benutzt: {at, stamp}',
  'account.back': 'Zu Ihren Anwendungen',
  'account.to_account': 'Ihr Konto',
  'account.to_authenticators': 'Geräte und Passkeys',
  'authenticators.lead': 'Womit Sie nach dem Passwort bestätigen, dass Sie es sind.',
  'authenticators.empty':
    'Richten Sie einen zweiten Faktor ein. Dann genügt Ihr Passwort allein niemandem mehr.',
  'authenticators.add': 'Hinzufügen',
  'authenticators.recovery.text': 'Damit kommen Sie hinein, wenn Sie Ihr Gerät verloren haben.',
  'authenticators.recovery.create': 'Codes erstellen',
  'authenticators.recovery.renew': 'Neue Codes erstellen',
  'authenticators.desk_pass.text':
    'Vom Service Desk für Sie ausgestellt. Haben Sie nicht darum gebeten, entfernen Sie ihn, und rufen Sie dort an.',
  'authenticators.done.added': 'Hinzugefügt. Ab jetzt können Sie es beim Anmelden benutzen.',
  'authenticators.done.replaced': 'Das neue Gerät funktioniert. Das alte wurde entfernt.',
  'authenticators.done.removed':
    'Entfernt. Steht der Eintrag noch in einer App auf Ihrem Telefon, löschen Sie ihn auch dort.',
  'authenticators.done.renamed': 'Name geändert.',
  'authenticators.done.codes': 'Die neuen Codes gelten ab jetzt.',
  'authenticator.left': 'Übrig',
  'authenticator.kind': 'Art',
  'authenticator.kind.push': 'Telefon',
  'authenticator.kind.totp': 'Code-App',
  'authenticator.kind.passkey': 'Passkey',
  'authenticator.kind.recovery': 'Codes für den Notfall',
  'authenticator.kind.desk_pass': 'Code vom Service Desk',
  'authenticator.until': 'Gilt bis',
  'authenticator.until.value': '{at, moment}',
  'authenticator.added': 'Hinzugefügt',
  'authenticator.used': 'Zuletzt benutzt',
  'authenticator.never_used': 'Noch nie',
  'authenticator.strength': 'Schutz',
  'authenticator.codes': 'Zeigt auch Einmalcodes',
  'authenticator.codes.label': 'Einmalcodes',
  'authenticator.codes.value': 'Auf diesem Gerät, werden mit ihm entfernt',
  'authenticator.push': 'Mitteilungen',
  'authenticator.push.on': 'Kommen an',
  'authenticator.removed_there':
    'Das Konto wurde auf dem Telefon entfernt. Entfernen Sie es auch hier.',
  'authenticator.wake.off': 'Aus, Sie öffnen die App selbst',
  'authenticator.push.off': 'Kommen nicht an',
  'authenticator.reach.password': 'einfacher Schutz',
  'authenticator.reach.possession': 'guter Schutz',
  'authenticator.reach.number': 'starker Schutz',
  'authenticator.reach.code': 'starker Schutz',
  'authenticator.reach.verified_code': 'starker Schutz',
  'authenticator.reach.phishing_resistant': 'sehr starker Schutz',
  'authenticator.reach.password.text': 'Einfach: nicht mehr als Ihr Passwort',
  'authenticator.reach.possession.text': 'Gut: auch wer Ihr Passwort kennt, kommt nicht hinein',
  'authenticator.reach.number.text':
    'Stark: Sie bestätigen mit der Zahl, die auf dem Bildschirm steht',
  'authenticator.reach.code.text':
    'Stark: Sie bestätigen mit dem Code, der auf dem Bildschirm steht',
  'authenticator.reach.verified_code.text':
    'Stark: Sie bestätigen mit dem Code vom Bildschirm und mit Finger, Gesicht oder PIN',
  'authenticator.reach.phishing_resistant.text':
    'Sehr stark: schützt auch vor nachgemachten Anmeldeseiten',
  'authenticator.state.cannot_be_reached': 'Mitteilungen kommen nicht an',
  'authenticator.state.off': 'Gesperrt nach zu vielen falschen Versuchen',
  'authenticator.state.other_host': 'Gilt nicht für diese Adresse',
  'authenticator.state.other_host.text':
    'Dieser Passkey gehört zu einer früheren Adresse der Anmeldung. Er kann entfernt werden.',
  'authenticator.state.cannot_be_reached.text':
    'Mitteilungen erreichen dieses Telefon nicht mehr. Öffnen Sie dort die App. Hilft das nicht, ersetzen Sie das Gerät.',
  'authenticator.state.off.text':
    'Nach zu vielen falschen Versuchen ist es gesperrt. Richten Sie es neu ein.',
  'authenticator.rename': 'Umbenennen',
  'authenticator.replace': 'Gerät ersetzen',
  'authenticator.replace.hint': 'Erst das neue verbinden, dann wird dieses entfernt',
  'authenticator.remove': 'Entfernen',
  'add.title': 'Gerät hinzufügen',
  'add.lead': 'Was möchten Sie einrichten?',
  'add.fresh':
    'Sie bestätigen dafür noch einmal, dass Sie es sind. Haben Sie Ihr einziges Gerät verloren, hilft dabei ein Code für den Notfall oder der Service Desk.',
  'sessions.place_unknown': 'Ort unbekannt',
  'add.authenticator.hint': 'Sie geben auf dem Telefon einen Code ein, ohne App aus dem Store.',
  'add.push.hint': 'Sie bestätigen jede Anmeldung in dieser App auf dem Telefon.',
  'add.totp.hint': 'Sie tippen einen Einmalcode ab, den eine App zeigt.',
  'add.passkey.hint': 'Ihr Gerät bestätigt mit Finger, Gesicht oder PIN.',
  'rename.title': 'Umbenennen',
  'rename.name': 'Name',
  'rename.hint': 'So erkennen Sie es wieder, zum Beispiel „Diensttelefon“.',
  'rename.submit': 'Namen speichern',
  'rename.refused': 'Geben Sie einen Namen mit 1 bis {max} Zeichen ein, ohne Steuerzeichen.',
  'remove.title': '{device} entfernen?',
  'remove.text':
    'Danach können Sie sich damit nicht mehr anmelden. Was damit noch bestätigt werden sollte, gilt nicht mehr.',
  'remove.last': 'Es ist das letzte. Danach schützt nur noch Ihr Passwort das Konto.',
  'remove.last.length':
    'Hat es weniger als {min} Zeichen, wählen Sie bei der nächsten Anmeldung ein längeres.',
  'remove.last.lost':
    'Es ist das letzte. Danach melden Sie sich mit einem Code für den Notfall oder einem Code vom Service Desk an, bis Sie etwas Neues verbunden haben.',
  'remove.together': 'Die Codes, die es zeigt, gelten dann auch nicht mehr.',
  'remove.submit': 'Entfernen',
  'remove.keep': 'Behalten',
  'refused.title': '{device} wird gebraucht',
  'refused.form.title': 'Es wird noch gebraucht',
  'refused.form.why': 'Warum?',
  'refused.text': 'Ohne dieses Gerät könnten Sie nicht mehr alles öffnen. Es wurde nicht entfernt.',
  'refused.by': 'Verlangt von',
  'refused.instead':
    'Fügen Sie zuerst ein anderes Gerät hinzu, das ebenso stark schützt. Danach können Sie dieses entfernen.',
  'refused.add': 'Anderes Gerät hinzufügen',
  'refused.back': 'Zurück zum Gerät',
  'app.own': 'Ihr Konto',
  'app.gone': 'eine frühere Anwendung',
  'sessions.lead': 'Browser und Anwendungen, in denen Sie gerade angemeldet sind.',
  'sessions.by_app': '{app}, ohne Browser',
  'sessions.no_browser': 'Ohne Browser',
  'sessions.on_phone': 'Auf dem Telefon bestätigt',
  'sessions.this': 'Dieser Browser',
  'sessions.since': 'Angemeldet: {at, stamp}',
  'sessions.seen': 'Zuletzt gesehen: {at, stamp}',
  'sessions.end': 'Abmelden',
  'sessions.end.label': 'Abmelden: {browser}, {place}',
  'sessions.end_others': 'Überall sonst abmelden',
  'sessions.ended':
    'Abgemeldet. Auch die Anwendungen, die diese Anmeldung nutzten, sind benachrichtigt.',
  'activity.lead':
    'Die letzten {days} Tage. Kommt Ihnen etwas fremd vor, melden Sie sich beim Service Desk.',
  'activity.empty': 'In dieser Zeit ist nichts geschehen.',
  'activity.older': 'Ältere zeigen',
  'activity.newest': 'Neueste zeigen',
  'activity.time': '{at, time}',
  'event.login': 'Angemeldet, um {app} zu öffnen',
  'event.login_by_app': 'Anmeldung für {app} auf dem Telefon bestätigt',
  'event.login_failed': 'Falsches Passwort eingegeben',
  'event.ticket_refused': 'Anmeldung mit einem Computer abgewiesen',
  'event.login_throttled': 'Zu viele falsche Passwörter, Anmeldung gebremst',
  'event.login_locked': 'Anmeldung abgewiesen, weil Ihr Konto vorübergehend gesperrt war',
  'event.login_refused': 'Anmeldung abgewiesen, obwohl das Passwort richtig war',
  'event.app_entered': '{app} geöffnet',
  'event.phone_asked': '{app} bat um eine Bestätigung auf dem Telefon',
  'event.device_denied': 'Anmeldung eines Geräts bei {app} abgelehnt',
  'event.entry_refused': 'Kein Zugang zu {app}',
  'event.app_logout_given_up': 'Abmeldung bei {app} nicht möglich',
  'event.step_up': 'Zusätzlich bestätigt',
  'event.session_ended': 'Anmeldung beendet',
  'event.logout': 'Abgemeldet',
  'event.session_ended_by_owner': 'Anmeldung von Ihnen beendet',
  'event.session_ended_removed':
    'Anmeldung beendet, weil der zweite Faktor entfernt wurde, mit dem sie bestätigt war',
  'event.session_ended_codes':
    'Anmeldung beendet, weil sie mit einem früheren Code für den Notfall bestätigt war',
  'event.session_ended_reused':
    'Anmeldung beendet, weil der Schlüssel, den die Anwendung dafür bekam, zweimal benutzt wurde',
  'event.session_ended_by_app': 'Anmeldung von der Anwendung beendet',
  'event.session_ended_restored':
    'Anmeldung beendet, weil der Server aus einer Sicherung wiederhergestellt wurde',
  'event.skipped': 'Einrichtung eines zweiten Faktors übersprungen',
  'event.declined': 'Zweiten Faktor abgelehnt',
  'event.enrolment_invitation_created':
    'Einladung zum Einrichten eines zweiten Faktors ausgestellt',
  'event.enrolment_invitation_used': 'Einladung zum Einrichten eines zweiten Faktors benutzt',
  'event.enrolment_invitation_revoked': 'Einladung zum Einrichten eines zweiten Faktors beendet',
  'event.decline_undone': 'Ablehnung zurückgenommen',
  'event.imported': 'Zweiter Faktor aus dem bisherigen System übernommen',
  'event.push_registered': '{device} hat den QR-Code gescannt',
  'event.push_activated': 'Telefon hinzugefügt',
  'event.renamed': 'Gerät umbenannt in „{device}“',
  'event.push_removed': 'Telefon entfernt',
  'event.authenticator_left': 'Konto auf dem Telefon „{device}“ entfernt',
  'event.push_removed.of': 'Telefon „{device}“ entfernt',
  'event.second_phone': 'Ein zweites Telefon wurde abgewiesen',
  'event.push_approved': 'Auf dem Telefon bestätigt',
  'event.move_opened': 'Umzug auf ein neues Telefon begonnen',
  'event.move_refused': 'Umzug auf das Telefon „{device}“ abgelehnt',
  'event.moved': 'Auf das Telefon „{device}“ umgezogen',
  'event.phone_copied': 'Eine Kopie der App von „{device}“ wurde benutzt',
  'event.phone_wrong_code': 'Auf dem Telefon falsche Codes eingegeben',
  'event.phone_wrong_code.of':
    'Auf dem Telefon falsche Codes eingegeben: Anmeldung bei {app} um {at, time}',
  'event.test_wrong_code': 'Bei einer Probe auf dem Telefon falsche Codes eingegeben',
  'event.push_denied': 'Auf dem Telefon abgelehnt',
  'event.push_wrong_number': 'Auf dem Telefon eine falsche Zahl gewählt',
  'event.push_denied.of': 'Auf dem Telefon abgelehnt: Anmeldung bei {app} um {at, time}',
  'event.push_wrong_number.of':
    'Auf dem Telefon eine falsche Zahl gewählt: Anmeldung bei {app} um {at, time}',
  'event.test_denied': 'Probe auf dem Telefon abgelehnt',
  'event.test_wrong_number': 'Bei einer Probe auf dem Telefon eine falsche Zahl gewählt',
  'event.push_rejected': 'Telefon „{device}“, das nicht Ihres war, entfernt',
  'event.push_refreshed': 'Telefon hat eine neue Adresse für Mitteilungen',
  'event.push_disabled': 'Mitteilungen erreichen das Telefon nicht mehr',
  'event.totp_added': 'Code-App hinzugefügt',
  'event.totp_used': 'Mit Code bestätigt',
  'event.totp_removed': 'Code-App entfernt',
  'event.totp_removed.of': 'Code-App „{device}“ entfernt',
  'event.passkey_added': 'Passkey „{device}“ hinzugefügt',
  'event.passkey_used': 'Mit Passkey bestätigt',
  'event.passkey_cloned': 'Passkey abgewiesen: Es könnte eine Kopie davon geben',
  'event.passkey_refused': 'Passkey abgewiesen',
  'event.passkey_removed': 'Passkey entfernt',
  'event.login_abandoned': 'Richtiges Passwort, danach abgebrochen',
  'event.login_abandoned.of': 'Richtiges Passwort um {at, time}, Anmeldung nicht abgeschlossen',
  'event.held_back.limit': 'Keine Anfrage ans Telefon geschickt: zu viele ohne Bestätigung',
  'event.held_back.blocked': 'Keine Anfrage ans Telefon geschickt: nach einer Meldung gesperrt',
  'event.held_back.failures': 'Keine Anfrage ans Telefon geschickt: zu viele falsche Versuche',
  'event.held_back.unreachable': 'Keine Anfrage ans Telefon geschickt: Es ist nicht erreichbar',
  'event.factor_wrong': 'Richtiges Passwort, aber falscher zweiter Faktor',
  'event.factor_throttled': 'Richtiges Passwort, aber zu viele falsche Versuche danach',
  'event.factor_off': 'Richtiges Passwort, aber der zweite Faktor war gesperrt',
  'event.unlocked': 'Wartezeiten und Sperren vom Service Desk aufgehoben',
  'event.caller_verified': 'Am Telefon vom Service Desk erkannt',
  'event.caller_refused':
    'Jemand hat in Ihrem Namen beim Service Desk angerufen und wurde nicht erkannt',
  'event.caller_no_answer': 'Prüfung am Telefon durch den Service Desk blieb ohne Antwort',
  'event.session_ended_by_admin': 'Anmeldung vom Service Desk beendet',
  'event.passkey_removed.of': 'Passkey „{device}“ entfernt',
  'event.locked': 'Ein zweiter Faktor wurde gesperrt',
  'event.recovery_created': 'Codes für den Notfall erstellt',
  'event.recovery_removed': 'Codes für den Notfall entfernt',
  'event.recovery_restored':
    'Codes für den Notfall ungültig, weil der Server aus einer Sicherung wiederhergestellt wurde',
  'event.recovery_dropped':
    'Frühere Codes für den Notfall ungültig, weil sie älter als Ihr erster zweiter Faktor waren',
  'event.lost': 'Als verloren gemeldet und entfernt',
  'event.reset': 'Zweiter Faktor vom Service Desk zurückgesetzt',
  'event.recovery_used':
    '{left, plural, one {Code für den Notfall benutzt, noch 1 übrig} other {Code für den Notfall benutzt, noch # übrig}}',
  'event.desk_pass_issued': 'Code vom Service Desk ausgestellt',
  'event.desk_pass_used': 'Mit einem Code vom Service Desk bestätigt',
  'event.desk_pass_revoked': 'Code vom Service Desk entfernt',
  'event.exported': 'Gespeicherte Daten exportiert',
  'event.disabled': 'Konto gesperrt',
  'event.enabled': 'Konto freigegeben',
  'event.changed': 'Name, E-Mail-Adresse oder Angaben für Apps geändert',
  'event.password_reset_link_sent': 'Link für ein neues Passwort per E-Mail geschickt',
  'event.password_reset_link_sent.desk':
    'Der Service Desk hat einen Link für ein neues Passwort per E-Mail geschickt',
  'event.password_reset_link_not_sent': 'Neues Passwort angefordert, kein Link geschickt',
  'event.password_reset': 'Neues Passwort mit einem Link aus einer E-Mail gewählt',
  'event.password_removed':
    'Früheres Passwort ungültig, weil der Server aus einer Sicherung wiederhergestellt wurde',
  'event.password_set': 'Neues Passwort gesetzt',
  'event.password_guesses': 'Sehr viele falsche Passwörter, E-Mail an Sie',
  'event.not_me': 'Fremde Anmeldung gemeldet',

  // A person's own pages: adding, replacing and trying what they confirm with
  'enrol.begin.phone.title': 'Telefon hinzufügen',
  'enrol.begin.authenticator.lead':
    'Sie verbinden den Einlass Authenticator auf dem Telefon mit Ihrem Konto und geben dort einen Code ein. Danach gehört das Telefon dazu.',
  'enrol.begin.push.lead':
    'Sie verbinden die App „ForgeRock Authenticator“ auf dem Telefon mit Ihrem Konto und bestätigen eine Probe. Danach gehört das Telefon dazu.',
  'enrol.begin.totp.title': 'Code-App hinzufügen',
  'enrol.begin.totp.lead':
    'Sie verbinden eine App, die Codes anzeigt, mit Ihrem Konto und tippen einen ersten Code ein.',
  'enrol.begin.passkey.title': 'Passkey hinzufügen',
  'enrol.begin.passkey.lead':
    'Ihr Gerät fragt nach Finger, Gesicht oder PIN und legt einen Passkey für Ihr Konto an.',
  'enrol.begin.recovery.title': 'Codes für den Notfall erstellen',
  'enrol.begin.recovery.lead.first':
    'Sie erhalten zehn Codes für den Tag, an dem Ihr Gerät fehlt. Halten Sie einen Drucker oder einen sicheren Ort bereit.',
  'enrol.begin.recovery.lead': 'Sie erhalten neue Codes. Frühere Codes gelten dann nicht mehr.',
  'enrol.begin.replace.title': 'Gerät ersetzen',
  'enrol.begin.replace.lead':
    'Zuerst verbinden Sie das neue Gerät. Sobald es funktioniert, wird „{device}“ entfernt.',
  'binding.why.factor':
    'Danach bestätigen Sie mit Ihrem zweiten Faktor, dass Sie es sind. Angemeldet zu sein genügt für diese Änderung nicht.',
  'binding.why.password':
    'Danach geben Sie Ihr Passwort ein. Angemeldet zu sein genügt für diese Änderung nicht.',
  'enrol.begin.submit': 'Beginnen',
  'enrol.full.phone':
    'Zu Ihrem Konto gehören {most} Telefone, mehr sind nicht möglich. Entfernen Sie zuerst eines, das Sie nicht mehr benutzen.',
  'enrol.full.totp':
    'Zu Ihrem Konto gehören {most} Code-Apps, mehr sind nicht möglich. Entfernen Sie zuerst eine, die Sie nicht mehr benutzen.',
  'enrol.full.passkey':
    'Zu Ihrem Konto gehören {most} Passkeys, mehr sind nicht möglich. Entfernen Sie zuerst einen, den Sie nicht mehr benutzen.',
  'enrol.full.back': 'Zu Ihren Geräten',
  'trial.title': 'Probe: Bestätigen Sie auf dem Telefon',
  'trial.lead': 'Wir senden eine Mitteilung an {device}. Sie meldet niemanden an.',
  'trial.send': 'Probe senden',
  'trial.again': 'Noch eine Probe senden',
  'trial.back': 'Zurück',
  'trial.done': 'Fertig',
  'trial.approved.title': 'Die Probe kam an',
  'trial.approved.text': 'Auf {device} wurde die richtige Zahl gewählt. Mitteilungen kommen an.',
  'trial.approved.text.plain': 'Auf {device} wurde bestätigt. Mitteilungen kommen an.',
  'trial.denied.title': 'Die Probe wurde abgelehnt',
  'trial.denied.text': 'Die Mitteilung kam auf {device} an und wurde dort abgelehnt.',
  'trial.wrong_number.title': 'Das war eine andere Zahl',
  'trial.wrong_number.text':
    'Die Mitteilung kam auf {device} an. Dort wurde eine andere Zahl gewählt als die auf dem Bildschirm.',
  'trial.superseded.title': 'Die Probe wurde abgelöst',
  'trial.superseded.text':
    'Inzwischen ging eine andere Mitteilung an Ihr Telefon. Es gilt immer nur die neueste.',
  'trial.refused.title': 'Die Mitteilung wurde nicht angenommen',
  'trial.refused.text':
    'Der Dienst, der Mitteilungen zum Telefon bringt, hat sie nicht angenommen. Versuchen Sie es später noch einmal.',
  'trial.gone.text':
    '{device} ist für Mitteilungen nicht mehr erreichbar. Öffnen Sie dort die App oder ersetzen Sie das Gerät.',
  'trial.expired.title': 'Übergeben, aber keine Antwort',
  'trial.expired.text':
    'Die Mitteilung an {device} wurde übergeben. Es kam keine Antwort. Ist das Telefon online?',
  'trial.limit.title': 'Gerade keine weitere Probe',
  'trial.limit.tests':
    'In zehn Minuten sind fünf Proben möglich. Die nächste geht in {wait, duration}.',
  'trial.limit.busy':
    'Auf Ihrem Telefon wartet noch eine andere Anfrage. Beantworten Sie zuerst diese, oder lehnen Sie sie ab, wenn sie nicht von Ihnen ist.',
  'trial.limit.blocked':
    'Für Ihr Konto wurde eine fremde Anmeldung gemeldet. Mitteilungen, auch Proben, sind wieder möglich ab: {at, moment}.',

  // What is new on the account
  'recent.title': 'Neu an Ihrem Konto',
  'recent.lead': 'Das wurde vor Kurzem eingerichtet. Waren Sie das?',
  'recent.item': '„{device}“, {at, moment}',
  'recent.mine': 'Ja, das war ich',
  'recent.then':
    'Waren Sie es nicht, entfernen wir es mit allem, was danach eingerichtet wurde, und melden Sie überall ab.',

  // A login that the user did not start
  'not_me.title': 'War das nicht Ihre Anmeldung?',
  'not_me.lead':
    'Jemand hat Ihren Benutzernamen und Ihr Passwort richtig eingegeben. Waren Sie das nicht, melden Sie es hier.',
  'not_me.lead.app':
    'Eine Anwendung hat in Ihrem Namen um eine Bestätigung auf dem Telefon gebeten. Wissen Sie davon nichts, melden Sie es hier.',
  'not_me.title.bound': 'Waren das nicht Sie?',
  'not_me.lead.bound':
    'An Ihrem Konto wurde etwas eingerichtet, womit sich jemand als Sie anmelden kann. Waren Sie das nicht, melden Sie es hier.',
  'not_me.then': 'Das geschieht dann:',
  'not_me.then.bound': 'Wir entfernen: {names}.',
  'not_me.then.none_left':
    'Danach hat Ihr Konto keinen zweiten Faktor. Mit dem Passwort allein richtet niemand einen neuen ein.',
  'not_me.then.attempt': 'Diese Anmeldung wird beendet.',
  'not_me.then.sessions': 'Sie werden überall abgemeldet.',
  'not_me.then.password': 'Bei der nächsten Anmeldung wählen Sie ein neues Passwort.',
  'not_me.then.password.elsewhere':
    'Ihr Passwort ändern Sie danach an Ihrem Arbeitsplatz. Hier ist das nicht möglich.',
  'not_me.then.push': 'Für {wait, duration} senden wir keine Mitteilungen an Ihr Telefon.',
  'not_me.submit': 'Das war ich nicht',
  'not_me.hint': 'Waren Sie es doch, schließen Sie diese Seite. Dann geschieht nichts.',
  'not_me.done.title': 'Danke, das ist gemeldet',
  'not_me.done.text': 'Die fremde Anmeldung ist beendet.',
  'not_me.done.password':
    'Die fremde Anmeldung ist beendet. Bei Ihrer nächsten Anmeldung wählen Sie ein neues Passwort.',
  'not_me.done.password.elsewhere':
    'Jemand kennt Ihr Passwort. Ändern Sie es jetzt an Ihrem Arbeitsplatz. Hier ist das nicht möglich.',
  'not_me.done.bound': 'Es ist entfernt, und alle Anmeldungen sind beendet.',
  'not_me.done.bound.password':
    'Es ist entfernt, und alle Anmeldungen sind beendet. Bei Ihrer nächsten Anmeldung wählen Sie ein neues Passwort.',
  'not_me.done.push':
    'Mitteilungen an Ihr Telefon sind wieder möglich ab: {at, moment}. Bis dahin melden Sie sich auf einem anderen Weg an, oder der Service Desk hilft Ihnen.',
  'not_me.done.login': 'Zur Anmeldung',
  'not_me.used.title': 'Das haben Sie schon gemeldet',
  'not_me.used.text':
    'Dieser Link gilt nur einmal, und er wurde benutzt. Sie brauchen hier nichts mehr zu tun. Haben Sie ihn nicht benutzt, rufen Sie den Service Desk an.',
  'not_me.expired.title': 'Dieser Link ist abgelaufen',
  'not_me.expired.text':
    'Er gilt nur für einige Zeit. Waren Sie es nicht, rufen Sie den Service Desk an und lassen Sie sich ein neues Passwort geben.',
  'not_me.removed.title': 'Das ist schon entfernt',
  'not_me.removed.text':
    'Was damals eingerichtet wurde, gehört nicht mehr zu Ihrem Konto. Waren Sie es nicht, rufen Sie den Service Desk an und lassen Sie sich ein neues Passwort geben.',
  'not_me.unknown.title': 'Diesen Link kennen wir nicht',
  'not_me.unknown.text':
    'Öffnen Sie ihn noch einmal aus der E-Mail. Vielleicht ist er beim Kopieren unvollständig geblieben.',

  // Logout
  'logout.title': 'Abmelden?',
  'logout.text': 'Sie melden sich bei allen Anwendungen ab, die diese Anmeldung nutzen.',
  'logout.text_of_app':
    '{app} möchte Sie abmelden. Sie melden sich dann bei allen Anwendungen ab, die diese Anmeldung nutzen.',
  'logout.submit': 'Abmelden',
  'logout.cancel': 'Angemeldet bleiben',
  'logout.done.title': 'Sie sind abgemeldet',
  'logout.done.text': 'An einem fremden Gerät schließen Sie bitte auch das Browserfenster.',
  'logout.done.again': 'Neu anmelden',
  'logout.at_app.title': 'Abmelden bei {app}',
  'logout.at_app.link': 'Jetzt weiter',
  'logout.at_app.form': 'Geht es nicht von selbst weiter, gehen Sie mit der Taste weiter.',
  'logout.done.form':
    'Sie sind abgemeldet. Öffnet sich die Anwendung nicht von selbst, öffnen Sie sie mit der Taste.',
  'logout.apps.lead': 'Bei diesen Anwendungen waren Sie mit dieser Anmeldung.',
  'logout.close.title': 'Noch nicht überall abgemeldet',
  'logout.close.text':
    'Melden Sie sich in den übrigen Anwendungen selbst ab, oder schließen Sie alle Fenster des Browsers.',
  'logout.look': 'Noch einmal nachsehen',
  'logout.app.logged_out': 'Abgemeldet',
  'logout.app.under_way': 'Wird abgemeldet …',
  'logout.app.tried_again': 'Noch nicht erreicht. Wir versuchen es weiter.',
  'logout.app.not_reached': 'Nicht abgemeldet',
  'logout.app.asked': 'Zum Abmelden aufgefordert. Eine Antwort gibt diese Anwendung nicht.',
  'logout.app.window': 'Bei {app} in neuem Fenster abmelden',

  // Cookies off
  'cookies.title': 'Ihr Browser nimmt keine Cookies an',
  'cookies.text':
    'Zur Anmeldung brauchen wir ein Cookie, das nur bis zum Abmelden gilt. Erlauben Sie Cookies für diese Seite und beginnen Sie neu.',
  'cookies.again': 'Neu beginnen',
  'link.cookies.text':
    'Deshalb kann diese Seite nicht mit Ihrem Link arbeiten. Hier wurde nichts gemeldet oder geändert.',
  'link.cookies.more':
    'Öffnen Sie den Link in einem anderen Browser: Kopieren Sie ihn dazu aus der E-Mail, oder öffnen Sie die E-Mail auf einem anderen Gerät. Geht das nicht oder eilt es, rufen Sie den Service Desk an.',
  'link.closed.title': 'Öffnen Sie den Link noch einmal',
  'link.closed.text':
    'Diese Seite gehört zu einem Link, der in diesem Browser nicht mehr offen ist. Gemeldet oder geändert wurde jetzt nichts.',
  'link.closed.more':
    'Öffnen Sie den Link noch einmal dort, wo Sie ihn bekommen haben, zum Beispiel in der E-Mail.',

  // First start
  'setup.title': 'Erstes Konto anlegen',
  'setup.lead':
    'Damit melden Sie sich an. Weitere Konten kommen danach auf dem Server dazu: einzeln mit „einlass user add“, viele mit „einlass import users“, oder aus einem Verzeichnis wie Active Directory.',
  'setup.username': 'Benutzername',
  'setup.username_hint': 'Damit melden Sie sich an, zum Beispiel erika.mustermann.',
  'setup.display_name': 'Ihr Name',
  'setup.display_name_hint': 'So spricht die Anmeldung Sie an.',
  'setup.email': 'E-Mail-Adresse (freiwillig)',
  'setup.email_hint': 'Dorthin schreibt Einlass, wenn sich an Ihrem Konto etwas ändert.',
  'setup.email_hint.no_mail': 'Für später: Diese Installation verschickt noch keine E-Mails.',
  'setup.password': 'Passwort',
  'setup.submit': 'Konto anlegen',
  'setup.missing.username': 'Geben Sie einen Benutzernamen ein.',
  'setup.missing.display_name': 'Geben Sie Ihren Namen ein.',
  'setup.missing.email': 'Prüfen Sie die E-Mail-Adresse, oder lassen Sie das Feld leer.',
  'setup.error.title': 'Das Konto ist noch nicht angelegt',
  'setup.used.title': 'Dieser Link gilt nicht mehr',
  'setup.used.text':
    'Er wurde schon benutzt oder ist abgelaufen. Solange es kein Konto gibt, zeigt jeder Start des Servers einen neuen.',
  'setup.done.title': 'Das Konto ist angelegt',
  'setup.done.text': 'Melden Sie sich jetzt damit an.',
  'setup.done.submit': 'Zur Anmeldung',
  'password.refused.too_short':
    'Das Passwort ist zu kurz. Es braucht mindestens {min, plural, one {1 Zeichen} other {# Zeichen}}.',
  'password.refused.too_long': 'Das Passwort ist zu lang. Höchstens 256 Zeichen sind möglich.',
  'password.refused.common':
    'Dieses Passwort ist leicht zu erraten, zum Beispiel als bekanntes Wort mit wenigen Zeichen dazu. Nehmen Sie mehrere Wörter, die nicht zusammengehören.',
  'password.refused.contains_username':
    'Das Passwort enthält Ihren Benutzernamen. Wählen Sie eines ohne ihn.',
  'password.refused.only_names':
    'Das Passwort besteht fast nur aus Namen, die zu Ihnen oder zu dieser Seite gehören. Nehmen Sie andere Wörter dazu.',

  // Apps that ask wrongly, access that is not granted
  'oidc.error.title': 'Die Anwendung hat falsch angefragt',
  'oidc.error.text':
    'Sie haben nichts falsch gemacht. Gehen Sie zurück und versuchen Sie es noch einmal. Wenn es wieder geschieht, nennen Sie dem Service Desk „{code}“.',
  'oidc.error.logout.title': 'Sie sind noch nicht abgemeldet',
  'oidc.error.logout.text':
    'Sie haben nichts falsch gemacht: Die Anwendung hat falsch angefragt. Melden Sie sich hier ab, und nennen Sie dem Service Desk „{code}“.',
  'oidc.error.detail': 'Für die Entwicklung: {description}',
  'claim_missing.title': 'Ihrem Konto fehlt eine Angabe für {app}',
  'claim_missing.text':
    'Sie haben nichts falsch gemacht, doch ein neuer Versuch hilft nicht: Die Angabe muss in Ihrem Konto {username} ergänzt werden. Wenden Sie sich an den Service Desk und nennen Sie dort „missing_claim“.',
  'level_missing.title': 'Dieser Teil von {app} öffnet sich nicht',
  'level_missing.text':
    'Er verlangt einen stärkeren zweiten Faktor, als Sie benutzt haben und hier einrichten können. Wenden Sie sich an den Service Desk.',
  'not_allowed.title': 'Kein Zugang zu {app}',
  'not_allowed.text':
    'Das Konto {username} ist für diese Anwendung nicht freigegeben. Wenn Sie die Anwendung brauchen, wenden Sie sich an den Service Desk.',
  'not_allowed.other': 'Mit einem anderen Konto anmelden',
  'not_allowed.back': 'Zurück zu {app}',
  'over.signed_in.title': 'Sie sind schon angemeldet',
  'over.signed_in.text':
    'Diese Seite gehört zu einer Anmeldung, die abgeschlossen ist. Hier geht es weiter.',
  'select.title': 'Weiter zu {app}',
  'select.text': 'Sie sind als {name} ({username}) angemeldet.',
  'select.continue': 'Mit diesem Konto weiter',
  'select.other': 'Mit einem anderen Konto anmelden',
  'select.cancel': 'Abbrechen',
  'over.text':
    'Sie wurde abgeschlossen oder abgebrochen, oder sie war zu lange offen. Öffnen Sie die Anwendung noch einmal.',

  // An app that registered itself
  'unknown_app.title': 'Bei {app} anmelden?',
  'unknown_app.lead':
    'Diese Anwendung hat sich selbst eingetragen. Niemand in Ihrer Organisation hat sie geprüft, und ihr Name ist der, den sie sich selbst gibt.',
  'unknown_app.place': 'Führt zu',
  'unknown_app.place.device': 'eine Anwendung auf diesem Gerät ({place})',
  'unknown_app.account': 'Ihr Konto',
  'unknown_app.learns': 'Erfährt',
  'unknown_app.learns.id': 'nur eine Kennung Ihres Kontos',
  'unknown_app.learns.profile': 'Ihren Namen',
  'unknown_app.learns.email': 'Ihre E-Mail-Adresse',
  'unknown_app.learns.address': 'Ihre Anschrift',
  'unknown_app.learns.phone': 'Ihre Telefonnummer',
  'unknown_app.learns.groups': 'Ihre Gruppen',
  'unknown_app.warning':
    'Melden Sie sich nur an, wenn Sie diese Adresse kennen und die Anwendung gerade selbst geöffnet haben.',
  'unknown_app.allow': 'Anmelden',
  'unknown_app.cancel': 'Nicht anmelden',
  'unknown_app.policy': 'Datenschutzerklärung der Anwendung',
  'unknown_app.terms': 'Nutzungsbedingungen der Anwendung',
  'unknown_app.leaving.title': 'Weiter zu {app}?',
  'unknown_app.leaving.lead':
    'Dieser Link führt weiter zu einer Anwendung, die sich selbst eingetragen hat. Niemand in Ihrer Organisation hat sie geprüft.',
  'unknown_app.leaving.logged_out':
    'Hier geht es weiter zu einer Anwendung, die sich selbst eingetragen hat. Niemand in Ihrer Organisation hat sie geprüft. Geben Sie dort nicht Ihr Passwort ein.',
  'unknown_app.leaving.go': 'Weiter zu dieser Anwendung',
  'unknown_app.login':
    'Sie melden sich bei {app} an. Diese Anwendung hat sich selbst eingetragen, und niemand in Ihrer Organisation hat sie geprüft. Danach geht es weiter zu {place}.',

  // A device that asks for a login and has no browser of its own
  'device.code.title': 'Gerät anmelden',
  'device.code.lead': 'Geben Sie den Code ein, den das Gerät zeigt.',
  'device.code.label': 'Code auf dem Gerät',
  'device.code.hint': 'Acht Buchstaben, zum Beispiel WDJB‑MJHT.',
  'device.code.submit': 'Weiter',
  'device.code.unknown':
    'Dieser Code ist nicht richtig, oder er gilt nicht mehr. Prüfen Sie ihn, oder lassen Sie sich am Gerät einen neuen zeigen.',
  'device.confirm.title': 'Gerät bei {app} anmelden?',
  'device.confirm.lead': 'Das Gerät erhält Zugang zum Konto von {name}.',
  'device.confirm.code': 'Das Gerät muss diesen Code zeigen:',
  'device.confirm.from': 'Anfrage von',
  'device.confirm.at': 'Anfrage um',
  'device.confirm.time': '{at, moment}',
  'device.confirm.warning':
    'Stimmen Sie nur zu, wenn Sie selbst vor diesem Gerät sitzen. Wer Ihnen den Code geschickt oder am Telefon genannt hat, will in Ihr Konto.',
  'device.confirm.allow': 'Ich sitze vor dem Gerät: anmelden',
  'device.confirm.deny': 'Nicht anmelden',
  'device.allowed.title': 'Das Gerät wird angemeldet',
  'device.allowed.text': 'Gehen Sie zurück an das Gerät. {app} öffnet sich dort gleich.',
  'device.denied.title': 'Das Gerät wurde nicht angemeldet',
  'device.denied.text': '{app} erfährt, dass Sie abgelehnt haben. Ihr Konto ist unverändert.',

  // Faults
  'error.bad_request.title': 'Diese Anfrage war unvollständig',
  'error.bad_request.text': 'Gehen Sie zurück und versuchen Sie es noch einmal.',
  'error.bad_form_token.title': 'Diese Seite war zu lange offen',
  'error.bad_form_token.text': 'Zu Ihrem Schutz gilt sie nicht mehr. Laden Sie die Seite neu.',
  'error.foreign_origin.title': 'Diese Anfrage kam von einer fremden Seite',
  'error.foreign_origin.text':
    'Zu Ihrem Schutz haben wir sie nicht ausgeführt. Beginnen Sie auf unserer Startseite.',
  'error.not_allowed.title': 'Dafür fehlt Ihnen die Berechtigung',
  'error.not_allowed.text': 'Wenn Sie diese Seite brauchen, wenden Sie sich an den Service Desk.',
  'error.not_found.title': 'Diese Seite gibt es nicht',
  'error.not_found.text': 'Prüfen Sie die Adresse oder beginnen Sie auf der Startseite.',
  'error.method_not_allowed.title': 'So lässt sich diese Seite nicht aufrufen',
  'error.method_not_allowed.text': 'Beginnen Sie auf der Startseite.',
  'error.conflict.title': 'Das wurde inzwischen geändert',
  'error.conflict.text': 'Ihre Eingabe wurde nicht übernommen. Laden Sie die Seite neu.',
  'error.expired.title': 'Diese Seite ist abgelaufen',
  'error.expired.text': 'Beginnen Sie bitte neu.',
  'error.too_large.title': 'Die Anfrage war zu groß',
  'error.too_large.text': 'Kürzen Sie Ihre Eingabe und versuchen Sie es noch einmal.',
  'error.unsupported_media_type.title': 'Dieses Format verstehen wir nicht',
  'error.unsupported_media_type.text': 'Gehen Sie zurück und versuchen Sie es noch einmal.',
  'error.too_many_requests.title': 'Zu viele Anfragen',
  'error.too_many_requests.text': 'Warten Sie eine Minute und versuchen Sie es noch einmal.',
  'error.internal.title': 'Bei uns ist ein Fehler aufgetreten',
  'error.internal.text':
    'Es liegt nicht an Ihnen. Versuchen Sie es in einigen Minuten noch einmal.',
  'error.unavailable.title': 'Das ist gerade nicht möglich',
  'error.unavailable.text':
    'Es liegt nicht an Ihnen und nicht an Ihrem Passwort. Versuchen Sie es gleich noch einmal.',
  'error.unavailable.lasting':
    'Es liegt nicht an Ihnen und nicht an Ihrem Passwort. Ein neuer Versuch hilft nicht: Wenden Sie sich an den Service Desk.',
  'error.busy.title': 'Gerade melden sich sehr viele an',
  'error.busy.text':
    'Alles funktioniert, es dauert nur länger. Warten Sie einen Moment und versuchen Sie es noch einmal.',
  'error.wrong_schema.title': 'Das ist gerade nicht möglich',
  'error.wrong_schema.text':
    'Die Anmeldung wird gerade aktualisiert. Versuchen Sie es gleich noch einmal.',
  'error.unavailable.again': 'Noch einmal versuchen',
  'error.reference': 'Kennung für den Service Desk: {reference}',
  'error.reference.label': 'Kennung für den Service Desk',
  'error.back': 'Zur Startseite',

  // On the phone
  'phone.message': 'Anmeldung bei {app}',
  'phone.message.number': 'Anmeldung bei {app}: Welche Zahl steht auf dem Bildschirm?',
  'phone.message.reset': 'Neues Passwort bei {app}',
  'phone.message.reset.number': 'Neues Passwort bei {app}: Welche Zahl steht auf dem Bildschirm?',
  'phone.message.app': '{app} fragt Sie: Mit welcher Zahl endet der Code?',
  'phone.message.app.for': '{app} fragt Sie, für „{purpose}“: Mit welcher Zahl endet der Code?',
  'phone.message.caller':
    'Service Desk: Wählen Sie eine Zahl und lesen Sie sie am Telefon vor. Haben Sie nicht selbst angerufen? Lehnen Sie ab.',
  'phone.message.test': 'Probe: Welche Zahl steht auf dem Bildschirm?',
  'phone.message.test.plain': 'Probe: Bitte bestätigen',

  // Mails
  'mail.greeting': 'Guten Tag {name}',
  'mail.if_you': 'Waren Sie das, brauchen Sie nichts zu tun.',
  'mail.if_not.title': 'Waren Sie das nicht?',
  'mail.if_not.text':
    'Melden Sie sich sofort beim Service Desk. Öffnen Sie dann Ihr Konto im Browser und prüfen Sie, was damit verbunden ist.',
  'mail.if_not.password':
    'Dann kennt jemand Ihr Passwort. Melden Sie sich sofort beim Service Desk und lassen Sie sich ein neues Passwort geben.',
  'mail.if_not.desk_pass':
    'Rufen Sie den Service Desk sofort an: Dann hat jemand in Ihrem Namen angerufen. In Ihrem Konto können Sie den Code entfernen.',
  'mail.if_not.link':
    'Dann kennt jemand Ihr Passwort. Öffnen Sie den Link hier darunter und melden Sie es. Er gilt 24 Stunden und nur einmal.',
  'mail.if_not.app':
    'Dann hat jemand in dieser Anwendung Ihren Namen angegeben. Öffnen Sie den Link hier darunter und melden Sie es. Er gilt 24 Stunden und nur einmal.',
  'mail.if_not.bound':
    'Öffnen Sie den Link hier darunter und melden Sie es. Wir entfernen dann, was eingerichtet wurde, und beenden alle Anmeldungen. Er gilt 7 Tage und nur einmal.',
  'mail.link': 'Das war ich nicht',
  'mail.footer.link':
    'Diese E-Mail wurde automatisch verschickt. Wir fragen nie per E-Mail nach Passwörtern oder Codes. Der Link öffnet eine Seite, die sagt, was eine Meldung bewirkt. Erst wenn Sie dort melden, geschieht etwas.',
  'mail.account': 'Ihr Konto',
  'mail.footer':
    'Diese E-Mail wurde automatisch verschickt. Wir fragen nie per E-Mail nach Passwörtern oder Codes.',
  'mail.fact.at': 'Zeitpunkt',
  'mail.fact.device': 'Gerät',
  'mail.fact.factor': 'Zweiter Faktor',
  'mail.fact.app': 'Anwendung',
  'mail.fact.browser': 'Browser',
  'mail.fact.place': 'Ort',
  'mail.fact.address': 'Adresse',
  'mail.fact.left': 'Unbenutzte Codes',
  'mail.fact.until': 'Gilt bis',
  'mail.device_added.subject': 'Neues Telefon an Ihrem Konto',
  'mail.device_added.text':
    'Mit Ihrem Konto wurde ein Telefon verbunden. Es kann von jetzt an Ihre Anmeldungen bestätigen.',
  'mail.combined_added.subject': 'Neues Telefon und neue Codes an Ihrem Konto',
  'mail.combined_added.text':
    'Mit Ihrem Konto wurde ein Telefon verbunden. Es kann von jetzt an Ihre Anmeldungen bestätigen, und seine App zeigt Codes für die Anmeldung an.',
  'mail.device_removed.subject': 'Telefon von Ihrem Konto entfernt',
  'mail.device_removed.text':
    'Ein Telefon wurde von Ihrem Konto entfernt. Es kann keine Anmeldungen mehr bestätigen.',
  'mail.device_token_moved.subject': 'Ihr Telefon meldet sich als ein anderes',
  'mail.device_token_moved.text':
    'Ein Telefon, das mit Ihrem Konto verbunden ist, meldet sich jetzt als Gerät einer anderen Art. Das kommt vor, wenn Sie die App auf ein neues Telefon übertragen haben.',
  'mail.second_phone_refused.subject': 'Ein zweites Telefon wurde abgewiesen',
  'mail.second_phone_refused.text':
    'Den QR-Code, mit dem Sie ein Telefon verbinden, haben zwei Telefone gescannt. Das erste wurde angenommen, das zweite abgewiesen.',
  'mail.phone_added.subject': 'Neues Telefon an Ihrem Konto',
  'mail.phone_added.text':
    'Mit Ihrem Konto wurde ein Telefon verbunden. Es kann von jetzt an Ihre Anmeldungen bestätigen.',
  'mail.phone_added_with_codes.subject': 'Neues Telefon und neue Codes an Ihrem Konto',
  'mail.phone_added_with_codes.text':
    'Mit Ihrem Konto wurde ein Telefon verbunden. Es kann von jetzt an Ihre Anmeldungen bestätigen, und seine App zeigt Codes für die Anmeldung an.',
  'mail.phone_removed.subject': 'Telefon von Ihrem Konto entfernt',
  'mail.phone_removed.text':
    'Ein Telefon wurde von Ihrem Konto entfernt. Es kann keine Anmeldungen mehr bestätigen.',
  'mail.phone_moved.subject': 'Ihr Konto ist auf ein neues Telefon umgezogen',
  'mail.phone_moved.text':
    'Ein neues Telefon hat den Platz Ihres bisherigen eingenommen. Es kann von jetzt an Ihre Anmeldungen bestätigen, das bisherige nicht mehr.',
  'mail.later_phone_refused.subject': 'Ein zweites Telefon wurde abgewiesen',
  'mail.later_phone_refused.text':
    'Den QR-Code, mit dem Sie ein Telefon verbinden, haben zwei Telefone gescannt. Das erste wurde angenommen, das zweite abgewiesen.',
  'mail.phone_denied.subject': 'Anmeldung am Telefon abgelehnt',
  'mail.phone_denied.text':
    'Jemand hat Ihr Passwort richtig eingegeben. Die Anmeldung wurde am Telefon abgelehnt, also nicht zugelassen.',
  'mail.both_phones_refused.subject': 'Zwei Telefone wurden abgewiesen',
  'mail.both_phones_refused.text':
    'Den QR-Code, mit dem Sie ein Telefon verbinden, haben zwei Telefone benutzt. Beide wurden abgewiesen.',
  'mail.phone_copied.subject': 'Die App auf Ihrem Telefon wurde kopiert',
  'mail.phone_copied.text':
    'Eine Kopie der App auf Ihrem Telefon wurde benutzt. Deshalb wurde das Telefon von Ihrem Konto entfernt, und Anmeldungen damit wurden beendet. Prüfen Sie, wer Zugang zu dem Telefon hatte, und verbinden Sie es dann neu.',
  'mail.phone_wrong_code.subject': 'Falsche Codes am Telefon eingegeben',
  'mail.phone_wrong_code.text':
    'Jemand hat Ihr Passwort richtig eingegeben. Am Telefon wurde dreimal ein anderer Code eingegeben als der auf dem Bildschirm. Die Anmeldung wurde nicht zugelassen.',
  'mail.push_denied.subject': 'Anmeldung am Telefon abgelehnt',
  'mail.push_denied.text':
    'Jemand hat Ihr Passwort richtig eingegeben. Die Anmeldung wurde am Telefon abgelehnt, also nicht zugelassen.',
  'mail.push_wrong_number.subject': 'Falsche Zahl am Telefon gewählt',
  'mail.push_wrong_number.text':
    'Jemand hat Ihr Passwort richtig eingegeben. Am Telefon wurde eine andere Zahl gewählt als die auf dem Bildschirm. Die Anmeldung wurde nicht zugelassen.',
  'mail.app_request_refused.subject': 'Anfrage einer Anwendung nicht bestätigt',
  'mail.app_request_refused.text':
    'Eine Anwendung hat Sie auf dem Telefon um eine Bestätigung gebeten, ohne Anmeldeseite. Am Telefon wurde abgelehnt oder ein anderer Code eingegeben. Nichts wurde bestätigt.',
  'mail.not_me.subject': 'Eine fremde Anmeldung wurde gemeldet',
  'mail.not_me.text':
    'Für Ihr Konto wurde „Das war ich nicht“ gewählt. Jemand hat versucht, sich als Sie anzumelden. Diese Anmeldung ist beendet.',
  'mail.push_again':
    'Mitteilungen an Ihr Telefon sind wieder möglich ab: {at, moment}. Bis dahin melden Sie sich auf einem anderen Weg an, oder der Service Desk hilft Ihnen.',
  'mail.not_me.next': 'Was Sie jetzt tun',
  'mail.not_me.advice':
    'Melden Sie sich neu an und wählen Sie dabei ein neues Passwort, das Sie sonst nirgends benutzen. Haben Sie nichts gemeldet, rufen Sie den Service Desk an.',
  'mail.not_me.advice.app':
    'Eine Anwendung hatte in Ihrem Namen gefragt. Ihr Passwort wurde dafür nicht benutzt, Sie brauchen also kein neues. Melden Sie sich neu an, und fragen Sie den Betreiber der Anwendung. Haben Sie nichts gemeldet, rufen Sie den Service Desk an.',
  'mail.not_me.advice.elsewhere':
    'Ändern Sie Ihr Passwort an Ihrem Arbeitsplatz. Benutzen Sie das neue sonst nirgends. Haben Sie nichts gemeldet, rufen Sie den Service Desk an.',
  'mail.desk_pass_issued.subject': 'Der Service Desk hat einen Code für Sie ausgestellt',
  'mail.desk_pass_issued.text':
    'Für Ihr Konto wurde ein Code vom Service Desk ausgestellt. Wer ihn kennt, kann sich zusammen mit Ihrem Passwort anmelden und ein neues Gerät verbinden.',
  'mail.desk_pass_used.subject': 'Anmeldung mit einem Code vom Service Desk',
  'mail.desk_pass_used.text':
    'Für eine Anmeldung an Ihrem Konto wurde ein Code vom Service Desk benutzt.',
  'mail.desk_pass_revoked.subject': 'Ihr Code vom Service Desk gilt nicht mehr',
  'mail.desk_pass_revoked.text':
    'Der Code vom Service Desk wurde entfernt. Anmeldungen, für die er benutzt wurde, sind beendet.',
  'mail.recovery_codes_created.subject': 'Neue Codes für den Notfall',
  'mail.recovery_codes_created.text':
    'Für Ihr Konto wurden Codes für den Notfall erstellt. Falls es frühere gab, gelten sie nicht mehr.',
  'mail.recovery_codes_removed.subject': 'Codes für den Notfall entfernt',
  'mail.recovery_codes_removed.text':
    'Die Codes für den Notfall wurden von Ihrem Konto entfernt. Sie gelten nicht mehr.',
  'mail.recovery_codes_ended.subject': 'Ihre Codes für den Notfall gelten nicht mehr',
  'mail.recovery_codes_ended.text':
    'Der Server für die Anmeldung wurde aus einer Sicherung wiederhergestellt. Deshalb gelten Ihre bisherigen Codes für den Notfall nicht mehr.',
  'mail.recovery_codes_ended.next': 'Was jetzt zu tun ist',
  'mail.recovery_codes_ended.next.text':
    'Melden Sie sich an, erstellen Sie in Ihrem Konto neue Codes und werfen Sie das alte Blatt weg.',
  'mail.recovery_code_used.subject': 'Ein Code für den Notfall wurde benutzt',
  'mail.recovery_code_used.text':
    'Für eine Anmeldung an Ihrem Konto wurde ein Code für den Notfall benutzt. Er gilt nicht mehr.',
  'mail.passkey_added.subject': 'Neuer Passkey an Ihrem Konto',
  'mail.passkey_added.text':
    'Für Ihr Konto wurde ein Passkey eingerichtet. Damit kann man sich von jetzt an anmelden.',
  'mail.passkey_removed.subject': 'Passkey von Ihrem Konto entfernt',
  'mail.passkey_removed.text':
    'Ein Passkey wurde von Ihrem Konto entfernt. Mit ihm kann man sich nicht mehr anmelden.',
  'mail.passkey_cloned.subject': 'Ein Passkey wurde abgewiesen',
  'mail.passkey_cloned.text':
    'Ein Passkey Ihres Kontos wurde abgewiesen, weil es eine Kopie davon geben könnte. Entfernen Sie ihn und richten Sie einen neuen ein.',
  'mail.totp_added.subject': 'Neue Code-App an Ihrem Konto',
  'mail.totp_added.text':
    'Für Ihr Konto wurde eine App eingerichtet, die Codes für die Anmeldung anzeigt.',
  'mail.totp_removed.subject': 'Code-App von Ihrem Konto entfernt',
  'mail.totp_removed.text':
    'Die App, die Codes für die Anmeldung anzeigt, wurde von Ihrem Konto entfernt.',
  'mail.password_changed.subject': 'Ihr Passwort wurde geändert',
  'mail.password_changed.text':
    'Das Passwort Ihres Kontos wurde geändert. Das alte Passwort gilt nicht mehr.',
  'mail.password_set.subject': 'Der Service Desk hat Ihr Passwort geändert',
  'mail.password_set.text':
    'Der Service Desk hat für Ihr Konto ein neues Passwort gesetzt. Das alte Passwort gilt nicht mehr.',
  'letter.title': 'Richten Sie Ihren zweiten Faktor ein',
  'letter.text':
    'Für die Anmeldung brauchen Sie künftig einen zweiten Faktor, zum Beispiel Ihr Telefon. Scannen Sie diesen Code mit Ihrem Telefon, und melden Sie sich mit dem Benutzernamen {username} und Ihrem Passwort an. Danach richten Sie ihn ein.',
  'letter.scan': 'Code mit dem Link zu Ihrer Einladung',
  'letter.link': 'Oder geben Sie diese Adresse im Browser ein:',
  'letter.until': 'Die Einladung gilt bis {until, moment}, einmal und nur für Ihr Konto.',
  'letter.keep':
    'Geben Sie sie niemandem weiter. Ist dieser Brief nicht für Sie, geben Sie ihn dem Service Desk zurück.',
  'mail.invitation.subject': 'Richten Sie Ihren zweiten Faktor ein',
  'mail.invitation.text':
    'Für die Anmeldung brauchen Sie künftig einen zweiten Faktor, zum Beispiel Ihr Telefon. Mit dem Link hier darunter melden Sie sich mit Ihrem Passwort an und richten ihn ein. Der Link gilt nur für Ihr Konto.',
  'mail.invitation.link': 'Zweiten Faktor einrichten',
  'mail.invitation.next.title': 'Warum eine Einladung?',
  'mail.invitation.next':
    'Damit niemand, der nur Ihr Passwort kennt, ein eigenes Telefon für Ihr Konto einrichtet. Geben Sie den Link niemandem weiter.',
  'mail.password_reset.subject': 'Neues Passwort für Ihr Konto',
  'mail.password_reset.text':
    'Für Ihr Konto wurde ein neues Passwort angefordert. Mit dem Link hier darunter wählen Sie es. Er gilt 30 Minuten und nur einmal.',
  'mail.password_reset.link': 'Neues Passwort wählen',
  'mail.password_reset.if_not':
    'Dann brauchen Sie nichts zu tun: Ihr Passwort bleibt, wie es ist. Geben Sie den Link niemandem weiter. Kommen mehrere solche E-Mails, sagen Sie es dem Service Desk.',
  'mail.password_reset_elsewhere.subject': 'Neues Passwort nur beim Service Desk',
  'mail.password_reset_elsewhere.text':
    'Für Ihr Konto wurde ein neues Passwort angefordert. Hier lässt es sich nicht ändern: Wenden Sie sich an den Service Desk.',
  'mail.password_reset_elsewhere.if_not':
    'Dann brauchen Sie nichts zu tun: Ihr Passwort bleibt, wie es ist.',
  'mail.email_changed.subject': 'Ihre E-Mail-Adresse wurde geändert',
  'mail.email_changed.text':
    'Für Ihr Konto gilt diese E-Mail-Adresse nicht mehr. Das ist die letzte E-Mail, die hierher geht.',
  'mail.factor_locked.subject': 'Zweiter Faktor gesperrt',
  'mail.factor_locked.text':
    'Nach zu vielen falschen Versuchen ist ein zweiter Faktor Ihres Kontos gesperrt, aber nur in Browsern, in denen Sie sich noch nicht angemeldet haben. Richten Sie ihn in Ihrem Konto neu ein, dann geht er wieder überall. Jemand kennt vermutlich Ihr Passwort: Wenn Sie es nicht selbst waren, ändern Sie es. Wenn Sie sich nicht mehr anmelden können, hilft der Service Desk.',
  'mail.factor_locked_known.subject': 'Zweiter Faktor gesperrt',
  'mail.factor_locked_known.text':
    'Nach zu vielen falschen Versuchen in Browsern, in denen Sie sich schon angemeldet haben, ist ein zweiter Faktor Ihres Kontos dort gesperrt. Richten Sie ihn in Ihrem Konto neu ein. Wenn Sie sich nicht mehr anmelden können, hilft der Service Desk.',
  'mail.password_guesses.subject': 'Viele falsche Passwörter für Ihr Konto',
  'mail.password_guesses.text':
    'Mit Ihrem Benutzernamen wurde sehr oft ein falsches Passwort eingegeben. Angemeldet hat sich damit niemand.',
  'mail.password_guesses.if_not':
    'Dann versucht jemand, Ihr Passwort zu erraten. Tun müssen Sie nichts: Die Versuche werden gebremst. Ist Ihr Passwort kurz, oder benutzen Sie es auch anderswo, wählen Sie in Ihrem Konto ein anderes.',
  'mail.factor_failures.subject': 'Anmeldungen ohne Bestätigung',
  'mail.factor_failures.text':
    'Jemand hat Ihr Passwort richtig eingegeben und sich danach mehrmals nicht als Sie bestätigt. Angemeldet ist damit niemand. Haben Sie sich selbst vertippt oder abgebrochen, müssen Sie nichts tun.',
  'mail.caller_refused.subject': 'Anruf beim Service Desk in Ihrem Namen',
  'mail.caller_refused.text':
    'Jemand hat beim Service Desk angerufen und sich als Sie ausgegeben. Die Anfrage an Ihr Telefon wurde abgelehnt oder nicht richtig beantwortet. Der Anrufer gilt deshalb nicht als Sie.',
  'mail.test.subject': 'Probe der E-Mails von {brand}',
  'mail.test.text': 'Diese E-Mail wurde mit „einlass mail test“ verschickt. Sie ist angekommen.',
} as const
