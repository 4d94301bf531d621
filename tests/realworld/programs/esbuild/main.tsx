// SPDX-License-Identifier: Apache-2.0
// What esbuild bundles: types, enums, classes with private members, JSX, and what newer targets have.
import { type Town, Size, Towns, describe } from './towns';
import * as unused from './unused';

declare function element(kind: string, properties: object | null, ...children: unknown[]): string;
(globalThis as any).element = (kind: string, properties: { id?: number } | null, ...children: unknown[]) =>
  `${kind} ${children.join(' ')} #${properties?.id ?? Size.Large}`;

const towns = new Towns<Town>();
for (const [name, people] of Object.entries({ Birk: 7, Corve: 3, Aldra: 12 })) towns.add({ name, people });

async function* sorted() {
  yield* describe(towns).sort(([, a], [, b]) => b - a);
}

(async () => {
  const found: [string, number][] = [];
  for await (const each of sorted()) found.push(each);
  console.log(<towns {...{ id: Size.Medium ** 1 }}>{towns.count} {JSON.stringify(found)}</towns>);
})();
