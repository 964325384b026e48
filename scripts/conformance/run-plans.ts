/** Runs plans one after another, and writes each result as soon as it is known, so that a run that is cut short is not lost. */
import { type SetupOptions, setUpPlan } from './apps.ts'
import type { Plan } from './plans.ts'
import { type ModuleOptions, type ModuleResult, runModule } from './run-module.ts'
import type { PlanResult } from './table.ts'

export interface RunOptions {
  readonly setup: SetupOptions
  readonly run: ModuleOptions
  tell(line: string): void
  /** Called after each module and each plan. */
  save(results: readonly PlanResult[]): Promise<void>
}

export async function runPlans(
  { setup, run, tell, save }: RunOptions,
  wanted: readonly (readonly [string, Plan])[],
): Promise<PlanResult[]> {
  const done: PlanResult[] = []
  for (const [name, plan] of wanted) {
    const modules: ModuleResult[] = []
    const { planName, variant } = plan
    const describe = (problem?: string) => ({
      ...{ name, planName, variant, modules },
      ...(problem !== undefined && { problem }),
    })
    let problem: string | undefined
    try {
      const config = await setUpPlan(setup, plan.clients)
      const made = await run.api.createPlan(planName, variant, config)
      tell(`${name}: ${setup.suite}/plan-detail.html?plan=${made.id}`)
      for (const module of made.modules) {
        const result = await runOne(run, made.id, module)
        modules.push(result)
        tell(`${name}: ${result.module}: ${result.result}`)
        await save([...done, describe('it was cut short')])
      }
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error)
      tell(`${name}: ${problem}`)
    }
    done.push(describe(problem))
    await save(done)
  }
  return done
}

/** A module that the run itself cannot drive is interrupted, and the next one follows. */
async function runOne(
  run: ModuleOptions,
  plan: string,
  module: Parameters<typeof runModule>[2],
): Promise<ModuleResult> {
  try {
    return await runModule(run, plan, module)
  } catch (error) {
    const note = error instanceof Error ? error.message : String(error)
    const { testModule, variant } = module
    return {
      ...{ module: testModule, variant: variant ?? {}, id: '' },
      ...{ result: 'INTERRUPTED', notes: [`the run: ${note}`] },
    }
  }
}
