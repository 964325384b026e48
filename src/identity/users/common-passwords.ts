/**
 * Passwords, and words that passwords are made of, that are guessed first: German and English, in lower case, without
 * disguises such as digits for letters. guessable.ts adds digits, signs and disguises.
 */
const german = `
passwort kennwort passwortwort zugang zugangscode geheim geheimnis sicher sicherheit schluessel schlüssel
hallo halloduda hallowelt hallihallo willkommen gutentag gutenmorgen moin servus tschuess tschüss
schatz schatzi schatzilein liebling liebe ichliebedich ichhassedich ichliebdich ichbins ichbinich ichwillrein
fruehling frühling sommer herbst winter fruehjahr frühjahr
januar februar maerz märz april mai juni juli august september oktober november dezember
montag dienstag mittwoch donnerstag freitag samstag sonntag wochenende feierabend urlaub
weihnachten ostern silvester geburtstag karneval fasching oktoberfest
firma buero büro chef arbeit verwaltung verein schule lehrer schueler schüler mitarbeiter benutzer anmeldung anmelden
einloggen einlass eingang start neustart testtest probe muster mustermann musterfrau beispiel standard vorlage
computer rechner internet drucker telefon handy bildschirm tastatur server netzwerk
deutschland oesterreich österreich schweiz bayern berlin hamburg muenchen münchen koeln köln frankfurt stuttgart
duesseldorf düsseldorf leipzig dresden hannover nuernberg nürnberg bremen dortmund essen wien zuerich zürich
bundesliga fussball fußball borussia bayernmuenchen bayernmünchen fcbayern schalke werder dynamo hansa eintracht
michael thomas andreas stefan christian alexander daniel sebastian martin matthias markus peter wolfgang
sabine susanne claudia nicole stefanie petra monika andrea julia anna laura sarah lena lisa hannah
sonnenschein sonne mond sterne regenbogen blume blumen schmetterling katze kaetzchen kätzchen hund hase maus pferd
drachen engel teufel koenig könig prinzessin ritter zauberer arschloch scheisse scheiße ficken mausi baerchen bärchen
schokolade kaffee bier pizza auto mercedes porsche volkswagen motorrad
lassmichrein sesamoeffnedich sesamöffnedich keineahnung vergessen egal nichts
`
const english = `
password passwords passw passwd pass passcode secret secrets topsecret private access letmein letmeinnow opensesame
welcome welcomeback hello helloworld hellohello goodmorning login logon signin master superuser root admin
administrator adminadmin manager user username guest test testing tester demo default changeme changeit change
temp temporary initial company office business service support helpdesk system security secure computer internet
spring summer autumn fall winter january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday weekend holiday christmas easter birthday
iloveyou iloveu loveyou lovely lover love sweetheart honey darling babygirl baby angel angels
princess prince queen king dragon monkey tiger lion bear wolf eagle horse kitten kitty puppy doggy butterfly
sunshine rainbow flower flowers star stars moonlight shadow ghost ninja samurai pirate wizard hunter killer
football soccer baseball basketball hockey tennis golf runner liverpool chelsea arsenal manchester barcelona
batman superman spiderman starwars pokemon naruto matrix gandalf hobbit minecraft playstation nintendo
michael jordan jennifer jessica ashley daniel matthew andrew joshua anthony robert william charlie thomas george
london newyork paris england america canada australia germany
whatever nothing nobody forgot forgotten trustno trustme trustnoone fuckyou fuckoff asshole bullshit
cookie chocolate coffee pepper ginger banana orange cheese mustang ferrari corvette harley yamaha
computer google facebook windows microsoft android samsung apple iphone linux freedom money dollar
correcthorsebatterystaple thequickbrownfox abcdef abcabc blahblah lorem loremipsum
qwertz qwerty qwertyuiop asdf asdfasdf asdfgh yxcvbn zxcvbn zaqwsx qazwsx qazwsxedc wasd azerty
`

export const commonPasswords: ReadonlySet<string> = new Set(
  `${german} ${english}`.split(/\s+/).filter((word) => word !== ''),
)
