// Which conditions of a data item are active: several may be at once, each with its own code (MTConnect Part 2, Condition).
import type { Observation } from './streams.ts';

type Level = 'NORMAL' | 'WARNING' | 'FAULT';

/** Of one data item; more than an operator could read are not kept apart. */
const activeMax = 256;

export class ActiveConditions {
  readonly #active = new Map<string, { readonly level: 'WARNING' | 'FAULT'; readonly message: string }>();

  /** A Normal without a code ends all, one with a code its own. */
  add({ element, text, attributes }: Pick<Observation, 'element' | 'text' | 'attributes'>): void {
    const code = attributes['conditionId'] ?? attributes['nativeCode'] ?? '';
    const level = element.toUpperCase();
    if (level === 'WARNING' || level === 'FAULT') {
      this.#active.delete(code);
      if (this.#active.size < activeMax)
        this.#active.set(code, { level, message: [attributes['nativeCode'], text].filter((each) => each !== undefined && each !== '').join(': ') });
    } else if (level === 'NORMAL' && code !== '') this.#active.delete(code);
    else this.#active.clear();
  }

  clear(): void {
    this.#active.clear();
  }

  /** The worst of what is active. */
  level(): Level {
    const levels = [...this.#active.values()].map(({ level }) => level);
    if (levels.includes('FAULT')) return 'FAULT';
    return levels.length > 0 ? 'WARNING' : 'NORMAL';
  }

  /** Of the newest among the worst: code and words; empty where nothing is active. */
  message(): string {
    const level = this.level();
    return [...this.#active.values()].findLast((each) => each.level === level)?.message ?? '';
  }
}
