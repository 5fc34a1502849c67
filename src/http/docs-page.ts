/** The service's description as a page to be read: one file, without scripts, that needs nothing from anywhere. */
import { STYLE } from './docs-style.ts'
import type { Json } from './openapi-components.ts'

interface Operation {
  readonly path: string
  readonly method: string
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly security: readonly unknown[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema: Json
}

type Content = Readonly<Record<string, { readonly schema?: Json }>>

/** The page of a description that `describeEndpoints` made. */
export function renderDocs(document: Json): string {
  const { info, tags, paths } = document as {
    readonly info: {
      readonly title: string
      readonly summary: string
      readonly description: string
      readonly version: string
    }
    readonly tags: readonly { readonly name: string }[]
    readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<Operation, 'path' | 'method'>>>>>
  }
  const schemas = (document['components'] as { readonly schemas: Readonly<Record<string, Json>> }).schemas
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]): Operation => ({ ...operation, path, method: method.toUpperCase() }),
    ),
  )
  const sections = tags.map(({ name }) => ({ name, operations: operations.filter((each) => each.tags.includes(name)) }))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(info.title)} ${text(info.version)}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>${text(info.title)} <small>${text(info.version)}</small></h1><p>${text(info.summary)}</p><p>${prose(info.description)}</p>
<p>Present a key with every request that asks for one: <code>Authorization: Bearer KEY</code>. The same description for programs is at <a href="openapi.json">openapi.json</a>.</p></header>
<nav aria-label="Operations">${sections.map(renderIndex).join('')}</nav>
<main>
${sections.map((section) => renderSection(section.name, section.operations)).join('\n')}
<section><h2 id="Schemas">Schemas</h2>
${Object.entries(schemas)
  .map(([name, schema]) => renderSchema(name, schema))
  .join('\n')}
</section>
</main>
</body>
</html>
`
}

function renderIndex({
  name,
  operations,
}: {
  readonly name: string
  readonly operations: readonly Operation[]
}): string {
  const items = operations.map(({ operationId, method, path }) => {
    return `<li><a href="#${operationId}">${methodOf(method)} <span>${text(path)}</span></a></li>`
  })
  return `<h2>${text(name)}</h2><ul>${items.join('')}</ul>`
}

function renderSection(name: string, operations: readonly Operation[]): string {
  return `<section><h2>${text(name)}</h2>\n${operations.map(renderOperation).join('\n')}\n</section>`
}

function renderOperation(operation: Operation): string {
  const {
    operationId,
    method,
    path,
    summary,
    description,
    parameters = [],
    requestBody,
    responses,
    security,
  } = operation
  const key = security.length === 0 ? '<p class="note">Without a key.</p>' : ''
  const body = requestBody === undefined ? '' : `<p>Body: ${contentOf(requestBody.content)}</p>`
  return `<article id="${operationId}">
<h3>${methodOf(method)} <code>${text(path)}</code></h3>
<p><strong>${text(summary)}.</strong> ${description === undefined ? '' : prose(description)}</p>${key}
${parameters.length === 0 ? '' : parameterTable(parameters)}${body}
${responseTable(responses)}
</article>`
}

function parameterTable(parameters: readonly Parameter[]): string {
  const rows = parameters.map(({ name, in: where, required, description, schema }) => {
    const needed = required === true ? ' <em>required</em>' : ''
    return `<tr><th scope="row"><code>${text(name)}</code></th><td>${where}${needed}</td><td>${spelled(schema)}</td><td>${prose(description ?? '')}</td></tr>`
  })
  return `<table><thead><tr><th>Parameter</th><th>in</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
}

function responseTable(responses: Operation['responses']): string {
  const rows = Object.entries(responses).map(([status, { description, content }]) => {
    const isError = Number(status) >= 400
    const of = content === undefined || isError ? '' : contentOf(content)
    const codes = prose(description)
    return `<tr><th scope="row">${status}</th><td>${of}${of === '' ? '' : ' '}${codes}</td></tr>`
  })
  return `<table><thead><tr><th>Status</th><th>Answer</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
}

function renderSchema(name: string, schema: Json): string {
  const properties = schema['properties'] as Readonly<Record<string, Json>> | undefined
  const required = new Set((schema['required'] as readonly string[] | undefined) ?? [])
  const about = typeof schema['description'] === 'string' ? `<p>${prose(schema['description'])}</p>` : ''
  const rows = Object.entries(properties ?? {}).map(([member, property]) => {
    const needed = required.has(member) ? '<em>required</em>' : ''
    const meaning = typeof property['description'] === 'string' ? prose(property['description']) : ''
    return `<tr><th scope="row"><code>${text(member)}</code></th><td>${needed}</td><td>${spelled(property)}</td><td>${meaning}</td></tr>`
  })
  const head = '<thead><tr><th>Member</th><th></th><th>Type</th><th>Meaning</th></tr></thead>'
  const table =
    rows.length === 0 ? `<p>${spelled(schema)}</p>` : `<table>${head}<tbody>${rows.join('')}</tbody></table>`
  return `<article id="schema-${name}"><h3><code>${text(name)}</code></h3>${about}${table}</article>`
}

function contentOf(content: Content): string {
  const parts = Object.entries(content).map(([type, { schema }]) => {
    return `<code>${text(type)}</code>${schema === undefined ? '' : ` ${spelled(schema)}`}`
  })
  return parts.join(', ')
}

/** A schema in a few words, with a link to the one that it refers to. */
function spelled(schema: Json): string {
  const { $ref, type, enum: values, const: value, anyOf, items, minimum, maximum, pattern } = schema
  if (typeof $ref === 'string') {
    const name = $ref.split('/').at(-1) ?? ''
    return `<a href="#schema-${name}">${text(name)}</a>`
  }
  if (value !== undefined) return `<code>${text(JSON.stringify(value))}</code>`
  if (Array.isArray(values)) return values.map((each) => `<code>${text(JSON.stringify(each))}</code>`).join(' ')
  if (Array.isArray(anyOf)) return anyOf.map((each) => spelled(each as Json)).join(' or ')
  const kind = [type ?? 'anything'].flat().join(' or ')
  const of = typeof items === 'object' && items !== null ? ` of ${spelled(items as Json)}` : ''
  const range = minimum === undefined && maximum === undefined ? '' : ` ${minimum ?? ''}…${maximum ?? ''}`
  const form = typeof pattern === 'string' ? ` <code>${text(pattern)}</code>` : ''
  return `${text(kind)}${of}${text(range)}${form}`
}

function methodOf(method: string): string {
  return `<b class="${method.toLowerCase()}">${method}</b>`
}

/** Text whose backticks are code. */
function prose(value: string): string {
  return text(value).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}

function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
