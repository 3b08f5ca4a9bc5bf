/**
 * Says no more that a part of Node may change: Lineshaft brings the Node that it was tried on, and who reads its output can do nothing about it.
 * Every other warning is printed as before. Processes that we start ourselves have the flag for it.
 */
export function withoutExperimentalWarnings(): void {
  const printers = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') for (const print of printers) print.call(process, warning);
  });
}
