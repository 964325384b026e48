/** A person in front of the page that waits for their phone. */
import type { PlainBrowser } from '../../src/dev/test-support/plain-browser.ts'
import { showsWayOn, type Task } from './effort.ts'
import { erika, type Stage, setStage, type TerminalPhone } from './guide.ts'
import { prepareErika } from './prepared.ts'

export interface WaitingScene {
  readonly stage: Stage
  readonly phone: TerminalPhone
  /** One of the codes on paper. */
  readonly code: string
  /** Has a session that rests on the phone. */
  readonly earlier: PlainBrowser
}

/** Erika has a phone, and codes on paper or nothing else; her browser is at the page that waits for the phone. */
export async function waitForPhone(
  { t, page, hands }: Task,
  { hasCodes = false, isOfApp = true } = {},
): Promise<WaitingScene> {
  const stage = await setStage(t)
  const phone = stage.phone('erika')
  const { codes, earlier } = await prepareErika(stage, phone, { hasCodes })
  await page.goto(isOfApp ? `${stage.webmail}/login` : `${stage.demo.publicUrl}/login`)
  await hands.signIn(erika)
  await page.locator('.number').waitFor()
  await showsWayOn(page, 'button[value=trouble]')
  return { stage, phone, code: codes[0] ?? '', earlier }
}
