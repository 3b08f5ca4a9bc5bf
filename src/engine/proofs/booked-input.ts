import { canonicalJson } from '../../kernel/canonical-json.ts';
import { isRecord } from '../../kernel/record.ts';

/** What an entry of a system's books says otherwise than it was asked for, `quantity 70, asked for 7`; what one of the two does not name is not compared. */
export function bookedOtherwise(asked: unknown, booked: unknown): readonly string[] {
  return isRecord(asked) && isRecord(booked) ? differences(asked, booked, '') : [];
}

function differences(asked: unknown, booked: unknown, path: string): readonly string[] {
  if (isRecord(asked) && isRecord(booked)) {
    return Object.entries(booked).flatMap(([name, value]) =>
      !Object.hasOwn(asked, name) || asked[name] === undefined || value === undefined || value === null
        ? []
        : differences(asked[name], value, path === '' ? name : `${path}.${name}`),
    );
  }
  if (Array.isArray(asked) && Array.isArray(booked) && asked.length === booked.length)
    return asked.flatMap((each, index) => differences(each, booked[index], `${path}.${index + 1}`));
  return isSame(asked, booked) ? [] : [`${path} ${shown(booked)}, asked for ${shown(asked)}`];
}

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;
const number = /^-?\d+(\.\d+)?$/;

/** Systems write numbers as texts, and instants in other ways. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one === 'number' && typeof other === 'string') return number.test(other) && Number(other) === one;
  if (typeof one === 'string' && typeof other === 'number') return isSame(other, one);
  if (typeof one === 'string' && typeof other === 'string' && instant.test(one) && instant.test(other)) return one === other || Date.parse(one) === Date.parse(other);
  return canonicalJson(one) === canonicalJson(other);
}

const shownMax = 60;

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text;
}
