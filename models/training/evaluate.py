"""Measures the exported files on questions.json: accuracy, and how often the word that matters most is one that decides."""

from __future__ import annotations

import argparse
import json
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from export import feeds, session

MODELS = Path(__file__).parent.parent
PUNCTUATION = ".,?!:)"
LETTERS = "ABCDE"


class Lm:
    def __init__(self, folder: Path) -> None:
        self.config = json.loads((folder / "config.json").read_text())
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.run = session(folder / "onnx" / "model.onnx")

    def score(self, pairs: list[tuple[str, str]]) -> np.ndarray:
        """The log-probability of each continuation after its prompt, summed over its tokens."""
        rows = []
        for prompt, continuation in pairs:
            head = self.tokenizer.encode(prompt).ids
            rows.append((head, self.tokenizer.encode(continuation, add_special_tokens=False).ids))
        order = sorted(range(len(rows)), key=lambda i: len(rows[i][0]) + len(rows[i][1]))
        out = np.zeros(len(rows))
        for start in range(0, len(rows), 64):
            part = order[start: start + 64]
            length = max(len(rows[i][0]) + len(rows[i][1]) for i in part)
            ids = np.zeros((len(part), length), np.int64)
            mask = np.zeros_like(ids)
            for r, i in enumerate(part):
                whole = rows[i][0] + rows[i][1]
                ids[r, : len(whole)], mask[r, : len(whole)] = whole, 1
            positions = np.broadcast_to(np.arange(length), ids.shape).copy()
            logits = self.run.run(["logits"], feeds(self.config, ids, mask, positions))[0].astype(np.float64)
            logits -= np.log(np.exp(logits - logits.max(-1, keepdims=True)).sum(-1, keepdims=True)) + logits.max(-1, keepdims=True)
            for r, i in enumerate(part):
                head, tail = rows[i]
                out[i] = sum(logits[r, len(head) + k - 1, token] for k, token in enumerate(tail))
        return out

    def tell(self, prompt: str, limit: int = 80) -> str:
        ids = self.tokenizer.encode(prompt).ids
        step, past = ids, None
        for _ in range(limit):
            at = np.arange(len(ids) - len(step), len(ids))[None]
            logits, *past = self.run.run(None, feeds(self.config, np.array([step]), np.ones((1, len(ids)), np.int64), at, past))
            step = [int(logits[0, -1].argmax())]
            if step[0] == self.config["eos_token_id"]:
                break
            ids = ids + step
        return self.tokenizer.decode(ids)


class Choice:
    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.run = session(folder / "onnx" / "model.onnx")

    def score(self, items: list[tuple[list[int], list[str]]]) -> list[np.ndarray]:
        """Log-softmax over the options, for each prompt (as token ids)."""
        cls, sep = self.tokenizer.token_to_id("<s>"), self.tokenizer.token_to_id("</s>")
        groups = defaultdict(list)
        for i, (_, options) in enumerate(items):
            groups[len(options)].append(i)
        out: list[np.ndarray] = [np.zeros(0)] * len(items)
        for choices, members in groups.items():
            for start in range(0, len(members), 32):
                part = members[start: start + 32]
                rows = [(items[i][0], self.tokenizer.encode(text, add_special_tokens=False).ids) for i in part for text in items[i][1]]
                length = max(len(p) + len(o) + 3 for p, o in rows)
                ids, types, mask = (np.zeros((len(rows), length), np.int64) for _ in range(3))
                for r, (p, o) in enumerate(rows):
                    whole = [cls, *p, sep, *o, sep]
                    ids[r, : len(whole)], mask[r, : len(whole)], types[r, len(p) + 2: len(whole)] = whole, 1, 1
                shape = (len(part), choices, length)
                logits = self.run.run(None, {"input_ids": ids.reshape(shape), "token_type_ids": types.reshape(shape),
                                             "attention_mask": mask.reshape(shape)})[0].astype(np.float64)
                for r, i in enumerate(part):
                    out[i] = logits[r] - logits[r].max() - np.log(np.exp(logits[r] - logits[r].max()).sum())
        return out


def words_of(prompt: str) -> list[tuple[int, int]]:
    """Spans of the prompt's words, without the punctuation around them."""
    spans = []
    for match in re.finditer(r"\S+", prompt):
        core = match.group().strip(PUNCTUATION)
        start = match.start() + match.group().index(core)
        spans.append((start, start + len(core)))
    return spans


def is_deciding(span: tuple[int, int], deciding: list[dict]) -> bool:
    return any(span[0] < d["end"] and d["start"] < span[1] for d in deciding)


def without(prompt: str, span: tuple[int, int], mask: str | None) -> str:
    """The word's place taken by the mask token; or the word and its space gone."""
    start, end = span
    if mask is not None:
        return prompt[:start] + mask + prompt[end:]
    return prompt[:start].rstrip(" ") + prompt[end:] if start else prompt[end:].lstrip(" ")


def tally(hits: list[tuple[str, bool]]) -> str:
    kinds = defaultdict(list)
    for kind, hit in hits:
        kinds[kind].append(hit)
    worst = ", ".join(f"{kind} {sum(h)}/{len(h)}" for kind, h in kinds.items())
    right = sum(hit for _, hit in hits)
    return f"{right}/{len(hits)} = {right / len(hits):.4f}   ({worst})"


def evaluate_lm(lm: Lm, questions: list[dict], misses: bool) -> None:
    for name, key in (("continuation", "prompt"), ("letter", "letterPrompt")):
        pairs = [(q[key], " " + (o if key == "prompt" else LETTERS[k])) for q in questions for k, o in enumerate(q["options"])]
        scores, hits, at = lm.score(pairs), [], 0
        for q in questions:
            hits.append((q["kind"], int(scores[at: at + len(q["options"])].argmax()) == q["answer"]))
            at += len(q["options"])
        print(f"tales-lm accuracy, {name}: {tally(hits)}")
    for name, mask in (("deleted", None), ("<mask>", "<mask>")):
        pairs, spans = [], []
        for q in questions:
            answer = " " + q["options"][q["answer"]]
            for span in words_of(q["prompt"]):
                pairs.append((without(q["prompt"], span, mask), answer))
                spans.append(span)
        scores, hits, at = lm.score(pairs), [], 0
        for q in questions:
            count = len(words_of(q["prompt"]))
            span = spans[at + int(scores[at: at + count].argmin())]
            hits.append((q["kind"], is_deciding(span, q["deciding"])))
            if misses and not hits[-1][1]:
                print("  ", q["id"], q["prompt"], q["options"][q["answer"]], "<-", q["prompt"][slice(*span)])
            at += count
        print(f"tales-lm deciding word first, words {name}: {tally(hits)}")


def evaluate_choice(choice: Choice, questions: list[dict], misses: bool) -> None:
    mask = choice.tokenizer.token_to_id("<mask>")
    encoded = [choice.tokenizer.encode(q["choicePrompt"], add_special_tokens=False) for q in questions]
    whole = choice.score([(e.ids, q["options"]) for e, q in zip(encoded, questions)])
    print("tales-choice accuracy:", tally([(q["kind"], int(s.argmax()) == q["answer"]) for s, q in zip(whole, questions)]))
    items, spans = [], []
    for e, q in zip(encoded, questions):
        for span in words_of(q["choicePrompt"]):
            inside = [a < span[1] and span[0] < b for a, b in e.offsets]  # a piece holds the space before its word
            items.append(([mask if hit else token for token, hit in zip(e.ids, inside)], q["options"]))
            spans.append(span)
    scores, hits, at = choice.score(items), [], 0
    for q in questions:
        count = len(words_of(q["choicePrompt"]))
        right = [s[q["answer"]] for s in scores[at: at + count]]
        span = spans[at + int(np.argmin(right))]
        hits.append((q["kind"], is_deciding(span, q["decidingChoice"])))
        if misses and not hits[-1][1]:
            print("  ", q["id"], q["choicePrompt"], q["options"], q["options"][q["answer"]], "<-", q["choicePrompt"][slice(*span)])
        at += count
    print(f"tales-choice deciding word first, words <mask>: {tally(hits)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, default=MODELS / "questions.json")
    parser.add_argument("--only", choices=["lm", "choice"], help="one of the models")
    parser.add_argument("--misses", action="store_true", help="print the questions where another word mattered most")
    args = parser.parse_args()
    questions = json.loads(args.questions.read_text())["questions"]
    if args.only != "choice":
        lm = Lm(MODELS / "tales-lm")
        evaluate_lm(lm, questions, args.misses)
        for prompt in ("Once upon a time", "Tom and Sue went to the park.", "Ann has a red ball."):
            print("tells:", lm.tell(prompt))
    if args.only != "lm":
        evaluate_choice(Choice(MODELS / "tales-choice"), questions, args.misses)


if __name__ == "__main__":
    main()
