export function renderDocs(document: object): string {
  return JSON.stringify(document)
}
