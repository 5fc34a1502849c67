import { describeMachine, MACHINES, type MachineName } from '../lifecycle/describe-machine.ts'
import { drawMermaid } from '../lifecycle/draw-mermaid.ts'
import { type ExitCode, type Io, UsageError } from './io.ts'
import { LineWriter } from './output.ts'

/**
 * `tenure machine [NAME]`: a statechart, drawn from the machine, as the docs show it.
 *
 * @throws {UsageError} When there is no machine of that name.
 */
export async function machine(name: string, format: 'mermaid' | 'json', io: Io): Promise<ExitCode> {
  if (!isMachineName(name))
    throw new UsageError(`there is no machine ${name}; there are ${Object.keys(MACHINES).join(' and ')}`)
  const out = new LineWriter(io.stdout, 'standard output')
  const description = describeMachine(name)
  out.line(format === 'mermaid' ? drawMermaid(description).trimEnd() : JSON.stringify(description, null, 2))
  await out.finish()
  return 0
}

function isMachineName(name: string): name is MachineName {
  return Object.hasOwn(MACHINES, name)
}
