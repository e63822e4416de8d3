"""Turns words into token ids with some words taken away, so that a model keeps its sense on incomplete prompts."""

from __future__ import annotations

from functools import lru_cache
from random import Random

from tokenizers import Tokenizer

PUNCTUATION = ".?:)"


def rate(random: Random, often: float) -> float:
    """The share of words to take away; with the chance `often` not 0: one, a few, or half as when coalitions are sampled."""
    if random.random() >= often:
        return 0.0
    dice = random.random()
    if dice < 0.3:
        return -1.0  # exactly one word
    return random.uniform(0.05, 0.25) if dice < 0.85 else random.uniform(0.25, 0.6)


def often(step: int, steps: int) -> float:
    """A model learns to read from whole prompts first, then from broken ones too."""
    return 0.05 if step < 0.55 * steps else 0.4


def longest(step: int, steps: int) -> int:
    """Two sentences at first: with little to confuse, what belongs to what is learned many times sooner."""
    return 2 if step < 0.1 * steps else 3 if step < 0.2 * steps else 5


def pick(count: int, share: float, random: Random) -> set[int]:
    if share < 0:
        return {random.randrange(count)}
    return {i for i in range(count) if random.random() < share} if share else set()


class WordEncoder:
    """Encodes a text word by word; both tokenizers split at spaces first, so the pieces are those of the whole text."""

    def __init__(self, tokenizer: Tokenizer, mask: str, spaced: bool) -> None:
        self.tokenizer = tokenizer
        self.mask = tokenizer.token_to_id(mask)
        self.space = tokenizer.encode(" ", add_special_tokens=False).ids if spaced else []
        self.spaced = spaced
        self.pieces = lru_cache(maxsize=None)(self._pieces)

    def _pieces(self, word: str, first: bool) -> tuple[list[int], list[int]]:
        """The ids of the word proper, and of the punctuation after it."""
        core = word.rstrip(PUNCTUATION)
        lead = " " if self.spaced and not first else ""
        return (self.tokenizer.encode(lead + core, add_special_tokens=False).ids,
                self.tokenizer.encode(word[len(core):], add_special_tokens=False).ids)

    def encode(self, texts: list[str], gone: set[int], mode: str, random: Random, first: bool = True) -> tuple[list[int], list[int], list[int]]:
        """Ids, their positions, and which id ends each word (−1 for words gone). `mode` says how the words `gone` go:
        "delete", "blank" (its space stays), "gap" (deleted, the others keep their positions), "mask" (one mask a word)
        or "masks" (one a piece)."""
        ids: list[int] = []
        positions: list[int] = []
        ends: list[int] = []
        at = 0
        for i, word in enumerate(texts):
            core, rest = self.pieces(word, first and i == 0)
            if i in gone:
                with_rest = random.random() < 0.3
                space = [] if first and i == 0 else self.space
                shown = {"delete": [], "gap": [], "blank": space, "mask": [*space, self.mask],
                         "masks": [self.mask] * len(core)}[mode]
                if mode == "gap":
                    at += len(core)
                core = shown
                if with_rest:
                    if mode == "gap":
                        at += len(rest)
                    rest = [self.mask] * len(rest) if mode in ("mask", "masks") and random.random() < 0.5 else []
            ends.append(-1 if i in gone else len(ids) + len(core) - 1)
            for token in (*core, *rest):
                ids.append(token)
                positions.append(at)
                at += 1
        return ids, positions, ends
