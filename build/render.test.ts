import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'js-yaml';
import { makeRender, yamlScalar } from './render.ts';

const render = (text: string, view: object) =>
  makeRender(new Map([['t.eta', text]]))('t.eta', view);

test('a missing value fails the render and names its line', () => {
  assert.throws(() => render('one\n<%= it.gone %>\n', {}), /t\.eta[\s\S]*prints undefined/);
  assert.throws(() => render('<%= it.nothing %>', { nothing: null }), /prints null/);
});

test('nothing is escaped as HTML and newlines stay where the template has them', () => {
  assert.equal(
    render('<%= it.a %>\n<% if (it.b) { -%>\nb\n<% } -%>\nc\n', { a: 'x&y<z', b: true }),
    'x&y<z\nb\nc\n',
  );
});

test('a value that looks like a template is not run', () => {
  assert.equal(render('<%= it.a %>', { a: '<%= 1 %>' }), '<%= 1 %>');
});

test('yamlScalar survives a YAML parser, whatever the text', () => {
  for (const text of [
    '',
    'yes',
    '1e3',
    'a: b # c',
    '"\\',
    '\u0000\u007f\u0085\u2028\ufeff',
    '\u{1f600}',
    '\n\t ',
  ]) {
    assert.equal(load(yamlScalar(text)), text);
    assert.match(yamlScalar(text), /^"[\x20-\x7e]*"$/);
  }
});
