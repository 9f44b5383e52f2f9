/**
 * Prefixes, each with something of its own, and for a key those that it begins with. Looking for them reads the key once at
 * most, and stops at the first byte that none of the prefixes has there: what many others share among themselves costs
 * nothing.
 */

import { must } from '../../base/assert.js';

/** Where paths part, or a prefix ends. Every node has a value or two children, except for the root. */
interface Node<T> {
  /** From its parent to it. */
  label: string;
  value: T | undefined;
  /** By the first character of their labels. */
  children: Map<number, Node<T>>;
}

export class PrefixTree<T> {
  readonly #root: Node<T> = { label: '', value: undefined, children: new Map() };

  set(prefix: string, value: T): void {
    let node = this.#root;
    for (let at = 0; at < prefix.length; at += node.label.length) {
      node = childOf(node, prefix, at) ?? addChild(node, prefix.slice(at));
      const shared = sharedLength(node.label, prefix, at);
      if (shared < node.label.length) split(node, shared);
    }
    node.value = value;
  }

  delete(prefix: string): void {
    let parent = this.#root;
    let node = parent;
    for (let at = 0; at < prefix.length; at += node.label.length) {
      parent = node;
      node = must(childOf(node, prefix, at), 'a node on the way to a prefix');
    }
    node.value = undefined;
    if (node.children.size === 0) parent.children.delete(node.label.charCodeAt(0));
    for (const each of [node, parent]) if (each !== this.#root) joinOnlyChild(each);
  }

  /** Takes what belongs to each prefix of the key, from the shortest on. */
  visit(key: string, take: (value: T) => void): void {
    let node: Node<T> | undefined = this.#root;
    let at = 0;
    while (node !== undefined) {
      if (node.value !== undefined) take(node.value);
      node = childOf(node, key, at);
      if (node === undefined) return;
      const { label } = node;
      // The first character is known to be the same.
      if (label.length > 1 && !key.startsWith(label, at)) return;
      at += label.length;
    }
  }
}

function childOf<T>({ children }: Node<T>, key: string, at: number): Node<T> | undefined {
  return at < key.length ? children.get(key.charCodeAt(at)) : undefined;
}

function addChild<T>({ children }: Node<T>, label: string): Node<T> {
  const child: Node<T> = { label, value: undefined, children: new Map() };
  children.set(label.charCodeAt(0), child);
  return child;
}

function sharedLength(label: string, prefix: string, at: number): number {
  let shared = 0;
  while (shared < label.length && label.charCodeAt(shared) === prefix.charCodeAt(at + shared)) shared++;
  return shared;
}

/** The node keeps the first part of its label, and a child takes all the rest. */
function split<T>(node: Node<T>, length: number): void {
  const { label, value, children } = node;
  node.label = label.slice(0, length);
  node.value = undefined;
  node.children = new Map();
  const lower = addChild(node, label.slice(length));
  lower.value = value;
  lower.children = children;
}

function joinOnlyChild<T>(node: Node<T>): void {
  if (node.value !== undefined || node.children.size !== 1) return;
  for (const { label, value, children } of node.children.values()) {
    node.label += label;
    node.value = value;
    node.children = children;
  }
}
