export const MARK = '\ufeff'

/** An input, and what is in it: line, index and text or code of each document. */
export const INPUTS: readonly (readonly [name: string, input: string, documents: readonly (readonly unknown[])[]])[] = [
  ['nothing', '', []],
  ['white space', ' \n\t\r\n', []],
  ['one object', '{"a":1}', [[1, null, '{"a":1}']]],
  [
    'NDJSON',
    '{"a":1}\n{"b":2}\n',
    [
      [1, null, '{"a":1}'],
      [2, null, '{"b":2}'],
    ],
  ],
  [
    'NDJSON without a last newline',
    '{"a":1}\n{"b":2}',
    [
      [1, null, '{"a":1}'],
      [2, null, '{"b":2}'],
    ],
  ],
  [
    'NDJSON with CR LF',
    '{"a":1}\r\n{"b":2}\r\n',
    [
      [1, null, '{"a":1}'],
      [2, null, '{"b":2}'],
    ],
  ],
  [
    'NDJSON with blank lines',
    '\n \n{"a":1}\n\n\r\n{"b":2}\n\n',
    [
      [3, null, '{"a":1}'],
      [6, null, '{"b":2}'],
    ],
  ],
  [
    'NDJSON with a mark',
    `${MARK}{"a":1}\n{"b":2}`,
    [
      [1, null, '{"a":1}'],
      [2, null, '{"b":2}'],
    ],
  ],
  [
    'NDJSON of things that are no objects',
    '1\n"x"\nnull\n[2]\n',
    [
      [1, null, '1'],
      [2, null, '"x"'],
      [3, null, 'null'],
      [4, null, '[2]'],
    ],
  ],
  ['two lines, CR only', '{"a":1}\r{"b":2}\r', [[1, null, '{"a":1}{"b":2}']]],
  [
    'NDJSON, first line cut off',
    '{"a":\n{"b":2}\n{"c":3}\n',
    [
      [1, null, '{"a":'],
      [2, null, '{"b":2}'],
      [3, null, '{"c":3}'],
    ],
  ],
  [
    'NDJSON, first line cut off in a string',
    '{"a":"x\n{"b":2}\n',
    [
      [1, null, '{"a":"x'],
      [2, null, '{"b":2}'],
    ],
  ],
  [
    'NDJSON, first line and a later one broken',
    '{"a":1,}\n{"b":2}\n{"c":\n{"d":4}\n',
    [
      [1, null, '{"a":1,}'],
      [2, null, '{"b":2}'],
      [3, null, '{"c":'],
      [4, null, '{"d":4}'],
    ],
  ],
  ['an object over lines', '{\n "a":\n 1\n}\n', [[1, null, '{"a":1}']]],
  ['an object over lines with an object on a line of its own', '{"a":\n{"b":2}\n}', [[1, null, '{"a":{"b":2}}']]],
  [
    'objects over lines',
    '{\n"a":1\n}\n\n{\n"b":2\n}',
    [
      [1, null, '{"a":1}'],
      [5, null, '{"b":2}'],
    ],
  ],
  [
    'objects over lines, side by side',
    '{\n"a":1\n}{\n"b":2\n}',
    [
      [1, null, '{"a":1}'],
      [3, null, '{"b":2}'],
    ],
  ],
  [
    'objects over lines, the second cut off',
    '{\n"a":1\n}\n{\n"b":',
    [
      [1, null, '{"a":1}'],
      [4, null, '{"b":'],
    ],
  ],
  [
    'objects over lines, brackets in strings',
    '{\n"a":"}{\\""\n}\n{\n"b":2}',
    [
      [1, null, '{"a":"}{\\""}'],
      [4, null, '{"b":2}'],
    ],
  ],
  ['an empty array', '[]', []],
  ['an empty array over lines', ' \n[\n]\n', []],
  [
    'an array on one line',
    '[{"a":1}, {"b":2}]',
    [
      [1, 0, '{"a":1}'],
      [1, 1, '{"b":2}'],
    ],
  ],
  [
    'an array over lines',
    '[\n  {\n"a":1},\n\n  {"b":2}\n]\n',
    [
      [2, 0, '{"a":1}'],
      [5, 1, '{"b":2}'],
    ],
  ],
  [
    'an array with a mark',
    `${MARK}[{"a":1},{"b":2}]`,
    [
      [1, 0, '{"a":1}'],
      [1, 1, '{"b":2}'],
    ],
  ],
  [
    'an array of arrays and scalars',
    '[[1,{"a":2}],3,"],[",null]',
    [
      [1, 0, '[1,{"a":2}]'],
      [1, 1, '3'],
      [1, 2, '"],["'],
      [1, 3, 'null'],
    ],
  ],
  [
    'an array with a comma too many',
    '[{"a":1},\n]',
    [
      [1, 0, '{"a":1}'],
      [2, 1, 'json-syntax'],
    ],
  ],
  [
    'an array with two commas',
    '[{"a":1},,{"b":2}]',
    [
      [1, 0, '{"a":1}'],
      [1, 1, 'json-syntax'],
      [1, 2, '{"b":2}'],
    ],
  ],
  [
    'an array with a comma first',
    '[,{"a":1}]',
    [
      [1, 0, 'json-syntax'],
      [1, 1, '{"a":1}'],
    ],
  ],
  [
    'an array with a comma missing',
    '[{"a":1}\n{"b":2},{"c":3}]',
    [
      [1, 0, '{"a":1}{"b":2}'],
      [2, 1, '{"c":3}'],
    ],
  ],
  [
    'an array with a broken element',
    '[{"a":]},{"b":2}]',
    [
      [1, 0, '{"a":]}'],
      [1, 1, '{"b":2}'],
    ],
  ],
  [
    'an array that ends in an element',
    '[{"a":1},{"b":',
    [
      [1, 0, '{"a":1}'],
      [1, 1, '{"b":'],
    ],
  ],
  [
    'an array that ends in a string',
    '[{"a":1},"b',
    [
      [1, 0, '{"a":1}'],
      [1, 1, '"b'],
    ],
  ],
  [
    'an array that ends after an element',
    '[{"a":1}\n',
    [
      [1, 0, '{"a":1}'],
      [2, 1, 'json-truncated'],
    ],
  ],
  [
    'an array that ends after a comma',
    '[{"a":1},',
    [
      [1, 0, '{"a":1}'],
      [1, 1, 'json-truncated'],
    ],
  ],
  ['an array that ends at once', '[', [[1, 0, 'json-truncated']]],
  [
    'an array and more',
    '[{"a":1}]\n{"b":2}\n{"c":3}',
    [
      [1, 0, '{"a":1}'],
      [2, 1, 'json-syntax'],
    ],
  ],
]
