/** Asks again and again until something holds, and gives it; fails by its name after `withinMs`. */
export async function until<Value>(what: string, look: () => Promise<Value | undefined | false> | Value | undefined | false, withinMs = 60_000): Promise<Value> {
  const endMs = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > endMs) throw new Error(`It did not come about within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
