/** The reference by which the service desk finds a login under way, and how the desk is reached: the end of pages that lead to it. */
import { z } from 'zod'
import { formatReference } from '../../../platform/kernel/reference.ts'
import { journeyEntry } from '../../engine/data.ts'
import type { DeskPrompt } from '../../engine/prompt.ts'
import type { LoginReferences } from '../../engine/references.ts'
import { type Change, requireUserId, type StepContext } from '../../engine/step.ts'
import type { FactorKind } from '../../factors/index.ts'

export interface DeskOptions {
  readonly references: LoginReferences
  /** How the service desk can be reached. */
  readonly support: Pick<DeskPrompt, 'phone' | 'email'>
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
}

/** The reference of this login, once a page has shown it. */
export const referenceEntry = journeyEntry('trouble.reference', z.string())

/**
 * A new reference for this login, with the change that stores it.
 * @param factor what is not at hand; absent: the person has none any more
 */
export async function openReference(
  { references, appName }: DeskOptions,
  context: StepContext,
  factor?: FactorKind,
): Promise<{ readonly reference: string; readonly change: Change }> {
  const { journeyHash, client, request } = context
  const { browser, place, address } = client
  const reference = references.draw()
  const userId = requireUserId(context)
  const app = await appName(request.appId)
  const about = {
    ...{ app, browser, place, address },
    ...(request.link !== undefined && { isReset: true as const }),
    ...(factor !== undefined && { factor }),
  }
  const change: Change = {
    data: referenceEntry.write(reference),
    async write(tx) {
      await references.add(tx, { reference, userId, journeyHash, about })
      return true
    },
  }
  return { reference, change }
}

export const createDeskPrompt = (
  { support }: Pick<DeskOptions, 'support'>,
  reference: string,
): DeskPrompt => ({ type: 'desk', ...support, reference: formatReference(reference) })
