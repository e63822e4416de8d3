import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { distinctTokens, type TrieNode, tokenTrie } from "./token-trie.ts";

const sequences = fc.array(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 7 }), { maxLength: 25 });

function allNodes(node: TrieNode): TrieNode[] {
  return [node, ...node.children.flatMap(allNodes)];
}

test.prop([sequences])("its tokens are the distinct beginnings of the sequences", (lists) => {
  const beginnings = new Set(lists.flatMap((list) => list.map((_, end) => list.slice(0, end + 1).join())));
  expect(distinctTokens(tokenTrie(lists.map((list) => Int32Array.from(list))))).toBe(beginnings.size);
});

test.prop([sequences])("every sequence ends at one node, equal ones at the same, with its own tokens on the way", (lists) => {
  const nodes = allNodes(tokenTrie(lists.map((list) => Int32Array.from(list))));
  for (const [index, list] of lists.entries()) {
    const ends = nodes.filter((node) => node.ends.includes(index));
    expect(ends).toHaveLength(1);
    expect(ends[0]!.depth).toBe(list.length);
    expect(lists[ends[0]!.sequence]!.slice(0, ends[0]!.depth)).toEqual(list);
  }
});

test.prop([sequences])("every inner node is where sequences part or one ends, and counts what is below", (lists) => {
  const root = tokenTrie(lists.map((list) => Int32Array.from(list)));
  for (const node of allNodes(root)) {
    if (node !== root) expect(node.children.length >= 2 || node.ends.length > 0).toBe(true);
    const below = allNodes(node);
    expect(node.leaves).toBe(below.filter((other) => other.ends.length > 0).length);
    expect(node.earliest).toBe(Math.min(...below.flatMap((other) => other.ends)));
    const next = node.children.map((child) => lists[child.sequence]![node.depth]);
    expect(new Set(next).size).toBe(next.length);
  }
});
