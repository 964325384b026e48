// The app of the measurement, and the file with the cookie of a browser that has access to it.

import { join } from 'node:path'

export const appHost = 'wiki.example.org'

export const locateCookie = (folder: string) => join(folder, 'cookie.txt')
