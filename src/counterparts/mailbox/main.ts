import { enableCompileCache } from 'node:module';

// Must be on before anything of ours is loaded; it halves the time to start.
enableCompileCache();
const { runProcess, wholeNumber } = await import('../frame/process.ts');
const { counterpart } = await import('../frame/server.ts');
const { mailboxOf, mailFaultKinds } = await import('./mailbox.ts');

await runProcess('mailbox', ['smtp-port'], async ({ port, seed, epochMs, tokens, extra }) => {
  const http = counterpart({ name: 'mailbox', seed, epochMs, tokens, faultKinds: mailFaultKinds, build: () => ({ routes: [] }) });
  const mailbox = mailboxOf(http.frame);
  const smtp = await mailbox.listen(wholeNumber('smtp-port', extra.get('smtp-port')?.at(-1) ?? '0', 65_535));
  const url = await http.listen(port);
  return {
    ready: { url, smtp },
    async [Symbol.asyncDispose]() {
      await mailbox[Symbol.asyncDispose]();
      await http[Symbol.asyncDispose]();
    },
  };
});
