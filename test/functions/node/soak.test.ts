import { expect, test } from 'vitest'
import { runSoak } from '../../../bench/soak-run.ts'

test.runIf(process.platform === 'linux')(
  'signs once whatever it is asked for, while the service refuses a tenth of the time',
  async () => {
    const report = await runSoak({ seconds: 2, connections: 16 })
    expect(report.violations).toEqual([])
    expect(report.published).toBe(report.answers.get('sign 200'))
    expect(report.published).toBeGreaterThanOrEqual(16)
    expect(report.requests).toBe([...report.answers.values()].reduce((sum, count) => sum + count))
    expect(report.refused).toBeGreaterThan(0)
  },
)
