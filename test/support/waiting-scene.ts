/** A person in front of the page that waits for their phone, and has nothing else. */
import { showsWayOn, type Task } from './effort.ts'
import { connectPhone, erika, type Stage, setStage, signIn, type TerminalPhone } from './guide.ts'

export interface WaitingScene {
  readonly stage: Stage
  readonly phone: TerminalPhone
}

/** Erika has a phone and nothing else; her browser is at the page that waits for it. */
export async function waitForPhone({ t, page, hands }: Task): Promise<WaitingScene> {
  const stage = await setStage(t)
  const phone = stage.phone('erika')
  await page.goto(`${stage.webmail}/login`)
  await signIn(page, erika)
  await connectPhone(page, phone)
  await page.waitForURL(`${stage.webmail}/**`)
  await phone.listen()
  await page.context().clearCookies()
  await page.goto(`${stage.webmail}/login`)
  await hands.signIn(erika)
  await page.locator('.number').waitFor()
  await showsWayOn(page, 'button[value=trouble]')
  return { stage, phone }
}
