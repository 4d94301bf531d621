// SPDX-License-Identifier: Apache-2.0
export interface Town {
  readonly name: string;
  people?: number;
}

export const enum Size { Small = 1, Medium, Large = Small << 3 }

export class Towns<T extends Town> {
  static #made = 0;
  #all: T[] = [];
  constructor(public readonly number = ++Towns.#made) {}
  add(town: T): this {
    this.#all.push(town);
    return this;
  }
  get count() { return this.#all.length; }
  map<R>(each: (town: T) => R): R[] { return this.#all.map(each); }
}

export const describe = (towns: Towns<Town>) =>
  towns.map(({ name, ...rest }): [string, number] => [name, rest?.people ?? 0]);
