/** The pages between an authorization request and its answer. */
import { Fault } from '../../../platform/kernel/fault.ts'
import { sendPage } from '../answer.ts'
import type { ProtocolHost } from '../protocol.ts'
import type { InteractionAnswers } from './interaction.ts'
import type { MountOptions } from './mount.ts'

export function createInteractionAnswers(
  { pages }: ProtocolHost,
  { fail }: MountOptions,
): InteractionAnswers {
  return {
    fail,
    askAccount: async (req, res, choice) => sendPage(res, pages.renderAccountChoice(req, choice)),
    tellRefused: async (req, res, refused) => sendPage(res, pages.renderNotAllowed(req, refused)),
    askToAllow: async (req, res, shown) => sendPage(res, pages.renderUnknownApp(req, shown)),
    leadOn: async (req, res, forward) => sendPage(res, pages.renderForward(req, forward)),
    checkForm: async (req, res) => {
      try {
        await pages.readForm(req)
        return true
      } catch (error) {
        if (!(error instanceof Fault) || error.status >= 500) throw error
        sendPage(res, pages.renderFault(req, error))
        return false
      }
    },
    tellOver: async (req, res, over) => sendPage(res, pages.renderOver(req, over)),
  }
}
