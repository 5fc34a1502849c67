/**
 * A message without what may be a password in it: whatever stands before the host of a URL, and what is called a password
 * behind it. A store's URL may have been given where none is wanted, and come back in a complaint.
 */
export function withoutSecrets(message: string): string {
  return message.replace(/([a-z][\w+.-]*:\/\/).*@/gis, '$1…@').replace(/(password=)[^&\s']+/gi, '$1…')
}
