/** The texts of a notification. Its language is that of the phone at that moment, so the worker has both languages. */

export const pushWords = {
  de: {
    title: 'Eine Anmeldung wartet',
    body: 'Öffnen Sie die App, um zu sehen, worum es geht.',
  },
  en: { title: 'A sign-in is waiting', body: 'Open the app to see what it is about.' },
} as const
