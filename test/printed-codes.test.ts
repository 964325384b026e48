/** The recovery codes on paper: one page A4, with everything that a person needs who stands outside. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { languages } from '../src/platform/ui/language.ts'
import { launchChromium } from './support/browser.ts'
import { brand, longBrand } from './support/scene.ts'
import { renderScene, scenes } from './support/scenes.ts'

test('the sheet of recovery codes fits on one page, in each language and with long names', async (t) => {
  const browser = await launchChromium()
  t.after(() => browser.close())
  const page = await browser.newPage()
  const scene = scenes.find(({ name }) => name === 'recovery-codes-after-use')
  assert.ok(scene)
  for (const language of languages) {
    for (const look of [brand, longBrand]) {
      await page.setContent(renderScene({ ...scene, brand: look }, language).html)
      const pdf = (await page.pdf({ format: 'A4' })).toString('latin1')
      assert.equal(pdf.match(/\/Type \/Page\b/g)?.length, 1)
      await page.emulateMedia({ media: 'print' })
      assert.equal(await page.locator('.boxes code:visible').count(), 10)
      assert.equal(await page.locator('h1:visible, .codes:visible, button:visible').count(), 0)
      const text = (await page.locator('.sheet').textContent()) ?? ''
      for (const part of ['login.beispiel.example', 'erika.mustermann', '089 000-0']) {
        assert.ok(text.includes(part), part)
      }
      await page.emulateMedia({ media: 'screen' })
      assert.equal(await page.locator('.sheet:visible').count(), 0)
    }
  }
})
