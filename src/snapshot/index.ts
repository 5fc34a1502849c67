/** Text or object in, validated Client out, and back out in the form it came in. `tenure/snapshot`. */
export type { Form } from '../domain/form.ts'
export { FINDINGS, type Finding, type FindingCode, type Severity } from './findings.ts'
export { MAXIMUM_DEPTH, MAXIMUM_SIZE } from './parse-text.ts'
export type { Place, RawDocument } from './raw-document.ts'
export {
  type InvalidReading,
  parseClient,
  type Reading,
  type ReadOptions,
  readClient,
  type ValidReading,
} from './read-client.ts'
export { splitDocuments } from './split-documents.ts'
export type { UnknownStatus } from './validators.ts'
export { writeClient } from './write-client.ts'
