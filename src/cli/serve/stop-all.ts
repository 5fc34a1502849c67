/**
 * Closes a service, and then stops every job that it has, whatever fails of these.
 *
 * @throws What failed first, once all are stopped that can be.
 */
export async function stopAll(
  service: { close(): Promise<void> },
  jobs: readonly { stop(): Promise<void> }[],
): Promise<void> {
  // Requests that are under way still put something in.
  const closed = await Promise.allSettled([service.close()])
  const stopped = await Promise.allSettled(jobs.map(async (job) => job.stop()))
  const failed = [...closed, ...stopped].find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}
