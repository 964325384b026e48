// The app of the measurement, and where it writes what a browser inside it sends.

import { join } from 'node:path'

export const appHost = 'wiki.example.org'

export const locateCookie = (folder: string) => join(folder, 'cookie.txt')
