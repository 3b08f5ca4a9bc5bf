/** What a failure touches; `unknown` where nothing that is declared says so. */
export const exceptionClasses = ['machine-event', 'erp-transaction', 'supplier-workflow', 'reporting', 'unknown'] as const;
export type ExceptionClass = (typeof exceptionClasses)[number];
