/** The old phone after its answer: waits until the new phone has replaced it, and continues with the next account. */

import type { Account } from '../../device/account.ts'
import type { App, MakeScreen } from '../app.ts'
import { focusHeading, make } from '../dom.ts'
import { makeResult } from '../later-parts.ts'
import { describeFailure, makeButton } from '../parts.ts'

/** Milliseconds between two fetches, and their number: as long as the new phone can answer. */
const look = { every: 1500, times: 80 }

export const makeMoved: MakeScreen<'moved'> = async (app, { accountId, name }) => {
  const { words } = app
  const section = make(
    'section',
    {},
    make('h1', {}, words.moveFinishing),
    make('p', { role: 'status' }, words.moveFinishingHelp(name)),
    makeButton(words.back, () => app.go({ type: 'home' }), 'quiet'),
  )
  let isLeft = false
  const say = (result: HTMLElement) => {
    section.replaceChildren(result)
    focusHeading(section)
  }
  const wait = async () => {
    await app.database.update(accountId, (now) => ({ ...now, movedTo: name }))
    for (let times = 0; times < look.times && !isLeft; times++) {
      await app.refresh(accountId)
      const account = await app.database.find(accountId)
      if (account?.state === 'copied') return app.go({ type: 'account', accountId })
      if (account === undefined || account.state === 'ended') {
        const next = await findNext(app)
        return say(makeDone(app, { accountId, name, next }))
      }
      await app.device.sleep(look.every)
    }
    if (isLeft) return
    const last = app.findLook(accountId)
    if (last !== undefined && last.type !== 'done') {
      return say(makeUnknown(app, { accountId, name, text: describeFailure(last, words) }))
    }
    await app.database.update(accountId, ({ movedTo: _, ...others }) => others)
    say(makeUnfinished(app, accountId))
  }
  void wait()
  return {
    element: section,
    leave() {
      isLeft = true
    },
  }
}

/** Another account that can move. */
async function findNext({ database, device }: App): Promise<Account | undefined> {
  const all = await database.list()
  return all.find(({ state, server }) => state === 'active' && server === device.app)
}

interface Done {
  readonly accountId: string
  readonly name: string
  readonly next: Account | undefined
}

function makeDone(app: App, { accountId, name, next }: Done): HTMLElement {
  const { words } = app
  const remove = async () => {
    await app.database.remove(accountId)
    app.go({ type: 'home' })
  }
  const goOn =
    next === undefined
      ? []
      : [
          makeButton(words.moveNext(next.name ?? next.account), () =>
            app.go({ type: 'move', accountId: next.id }),
          ),
        ]
  return makeResult({ title: words.moveDone, text: words.moveDoneHelp(name), icon: 'done' }, [
    ...goOn,
    makeButton(words.moveForget, () => void remove(), next === undefined ? 'primary' : 'secondary'),
    makeButton(words.close, () => app.go({ type: 'home' }), 'quiet'),
  ])
}

/** The screen when the server does not reply: it is unknown which of the two phones is asked from now on. */
function makeUnknown(
  app: App,
  { accountId, name, text }: Pick<Done, 'accountId' | 'name'> & { readonly text: string },
): HTMLElement {
  const { words } = app
  return makeResult({ title: words.moveUnknown, text, icon: 'stop' }, [
    makeButton(words.retry, () => app.go({ type: 'moved', accountId, name })),
    makeButton(words.back, () => app.go({ type: 'home' }), 'quiet'),
  ])
}

function makeUnfinished(app: App, accountId: string): HTMLElement {
  const { words } = app
  const result = { title: words.moveUnfinished, text: words.moveStillHere, icon: 'stop' }
  return makeResult(result, [
    makeButton(words.moveAgain, () => app.go({ type: 'move', accountId })),
    makeButton(words.back, () => app.go({ type: 'home' }), 'quiet'),
  ])
}
