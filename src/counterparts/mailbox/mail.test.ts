import { expect, test } from 'vitest';
import { mailFrom } from './mail.ts';

const mail = (...lines: string[]) => mailFrom(Buffer.from(lines.join('\r\n'), 'utf8'));

test('headers are unfolded, and of two with one name the first counts', () => {
  const { headers, messageId } = mail('Message-ID: <a@b>', 'X-Long: one', '\ttwo', ' three', 'X-Long: other', '', 'text');
  expect(messageId).toBe('<a@b>');
  expect(headers.get('x-long')).toBe('one\ttwo three');
});

test.each([
  ['=?utf-8?Q?F=C3=BCllstand_niedrig?=', 'Füllstand niedrig'],
  ['=?UTF-8?B?RsO8bGxzdGFuZA==?=', 'Füllstand'],
  ['=?utf-8?Q?F=C3=BC?=\r\n =?utf-8?Q?ll?= stand', 'Füll stand'],
  ['=?iso-8859-1?Q?Gr=FC=DFe?=', 'Grüße'],
  ['=?no-such-charset?Q?plain?=', 'plain'],
  ['Füllstand as it is', 'Füllstand as it is'],
  ['not =? a word ?=', 'not =? a word ?='],
])('the subject %s reads %s', (subject, expected) => {
  expect(mail(`Subject: ${subject}`, '', '').subject).toBe(expected);
});

test.each([
  ['quoted-printable', 'soft=\r\n break, =C3=BC, trailing  \r\nnext', 'soft break, ü, trailing\nnext'],
  ['base64', 'R3LDvMOf\r\nZQ==', 'Grüße'],
  ['8bit', 'Grüße', 'Grüße'],
])('a body in %s is decoded', (encoding, body, expected) => {
  expect(mail('Content-Type: text/plain; charset="utf-8"', `Content-Transfer-Encoding: ${encoding}`, '', body).text).toBe(expected);
});

test('the first plain text is found in nested parts, and the JSON that is attached', () => {
  const { text, attached } = mail(
    'Content-Type: multipart/mixed;',
    ' boundary="outer"',
    '',
    'preamble',
    '--outer',
    'Content-Type: multipart/alternative; boundary=inner',
    '',
    '--inner',
    'Content-Type: text/html',
    '',
    '<b>no</b>',
    '--inner',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'yes',
    '',
    '--inner--',
    '--outer',
    'Content-Type: application/json; name=evidence.json',
    'Content-Disposition: attachment',
    'Content-Transfer-Encoding: base64',
    '',
    'eyJhIjoxfQ==',
    '--outer--',
    'epilogue',
  );
  expect(text).toBe('yes');
  expect(attached).toBe('{"a":1}');
});

test.each([
  ['no body', ['Subject: x']],
  ['an empty body', ['Subject: x', '', '']],
  ['no headers', ['', 'text']],
  ['only HTML', ['Content-Type: text/html', '', '<b>x</b>']],
])('a mail with %s is no reason to fail', (_, lines) => {
  expect(mail(...lines)).toMatchObject({ text: lines.at(-1) === 'text' ? 'text' : '' });
});
