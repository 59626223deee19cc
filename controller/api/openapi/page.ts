import type { OpenApiDocument } from './document.ts';

interface Operation {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly description?: string;
    readonly schema: unknown;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: unknown }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: unknown }>> }>
  >;
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
h2{margin-top:2.5rem;border-bottom:1px solid #ccc}code,pre{font:13px/1.4 ui-monospace,monospace}
pre{background:#f6f6f6;padding:.7rem;overflow:auto}summary{cursor:pointer;padding:.25rem 0}
.m{display:inline-block;width:4.5em;font-weight:700}td,th{text-align:left;vertical-align:top;padding:.1rem 1rem .1rem 0}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}pre{background:#242424}a{color:#8bf}}`;

/** The same document for people: one page that loads nothing else. */
export function openApiPage(document: OpenApiDocument): string {
  const groups = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(document.paths as Record<string, Record<string, unknown>>))
    for (const [method, operation] of Object.entries(methods)) {
      if (method === 'parameters') continue;
      const { tags, ...rest } = operation as Operation;
      const [group = ''] = tags;
      groups.set(group, [...(groups.get(group) ?? []), operationHtml(method, path, { tags, ...rest })]);
    }
  const names = [...groups.keys()].sort();
  const schemas = Object.entries(document.components.schemas).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>tenantflow API</title>',
    `<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body>`,
    `<h1>tenantflow ${entities(document.info.version)}</h1><p>${entities(document.info.description)}</p>`,
    `<p>For programs: <a href="/openapi.json">/openapi.json</a>. ${names.map((name) => `<a href="#${entities(name)}">${entities(name)}</a>`).join(' · ')}</p>`,
    ...names.map(
      (name) => `<h2 id="${entities(name)}">${entities(name)}</h2>${groups.get(name)?.join('') ?? ''}`,
    ),
    '<h2 id="schemas">schemas</h2>',
    ...schemas.map(
      ([name, schema]) =>
        `<details id="schema-${entities(name)}"><summary><code>${entities(name)}</code></summary>${json(schema)}</details>`,
    ),
    '</body></html>\n',
  ].join('\n');
}

function operationHtml(
  method: string,
  path: string,
  { summary, parameters, requestBody, responses }: Operation,
): string {
  const rows = (parameters ?? []).map(
    ({ name, description = '', schema }) =>
      `<tr><td><code>${entities(name)}</code></td><td><code>${entities(JSON.stringify(schema))}</code></td><td>${entities(description)}</td></tr>`,
  );
  const answers = Object.entries(responses).map(([status, { content }]) => {
    const [schema] = Object.values(content ?? {});
    return `<p>${entities(status)}</p>${schema === undefined ? '' : json(schema.schema)}`;
  });
  const [body] = Object.values(requestBody?.content ?? {});
  return [
    `<details><summary><span class="m">${entities(method.toUpperCase())}</span><code>${entities(path)}</code> ${entities(summary)}</summary>`,
    rows.length === 0 ? '' : `<h4>Query</h4><table>${rows.join('')}</table>`,
    body === undefined ? '' : `<h4>Body</h4>${json(body.schema)}`,
    `<h4>Answers</h4>${answers.join('')}</details>`,
  ].join('');
}

/** Indented JSON whose references lead to their schemas. */
function json(value: unknown): string {
  const text = entities(JSON.stringify(value, null, 2));
  return `<pre>${text.replace(/#\/components\/schemas\/(\w+)/g, '<a href="#schema-$1">$1</a>')}</pre>`;
}

function entities(text: string): string {
  return text.replace(/[&<>"]/g, (found) => CHARACTERS[found] ?? '');
}
const CHARACTERS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
