"""Trains tales-lm to tell stories and to answer questions about them.

One example is a story and several questions. Each question sees the story and itself only, with the positions it would
have if it were alone: what is learned is exactly the prompt with one question, at a fraction of the cost. In the first
part of the training the story is also told once more, in another order ("Again: …"), which teaches binding far faster
than questions alone do.
"""

from __future__ import annotations

import argparse
import math
import time
from functools import lru_cache
from pathlib import Path
from random import Random

import torch
from tokenizers import Tokenizer
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

import pointing
from ablation import WordEncoder, longest, often, pick, rate
from lm_model import MASKED, TalesLm, causal_bias
from questions import LETTERS, ask, choose, needed, options, options_text, question_text, story_text, write_questions
from world import Story, write_story

HERE = Path(__file__).parent
BOS, EOS = 1, 2
MODES = ["delete", "delete", "blank", "gap", "mask", "mask", "masks"]
IGNORE = -100
GROUP = 6
POINTS = 2  # the layer whose first heads learn where to look in the story; those of the next, which option to look at


class Batches(Dataset):
    """Batch i is made from seed i alone, so a run can be resumed at any step."""

    def __init__(self, seed: int, steps: int, size: int, asked: int) -> None:
        self.seed, self.steps, self.size, self.asked = seed, steps, size, asked
        tokenizer = Tokenizer.from_file(str(HERE.parent / "tales-lm" / "tokenizer.json"))
        self.encoder = WordEncoder(tokenizer, "<mask>", spaced=True)

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> dict[str, torch.Tensor]:
        group, place = divmod(step, GROUP)
        rows = self.group(group * GROUP)[place]
        length = max(len(row[0]) for row in rows)
        fill = [0, 0, -1, IGNORE, IGNORE]
        names = ["ids", "positions", "segment", "told", "answered"]
        batch = {name: torch.tensor([row[k] + [fill[k]] * (length - len(row[k])) for row in rows])
                 for k, name in enumerate(names)}
        for k, name in ((5, "point"), (6, "choice")):
            batch |= pointing.targets([(r, *point) for r, row in enumerate(rows) for point in row[k]], length, name)
        return batch

    @lru_cache(maxsize=1)
    def group(self, first: int) -> list[list[tuple[list, ...]]]:
        """The examples of `GROUP` batches, those of like length together so that little is padded."""
        random = Random(self.seed * 1_000_003 + first)
        rows = [self.example(random, often(first, self.steps), longest(first, self.steps)) for _ in range(GROUP * self.size)]
        rows.sort(key=lambda row: len(row[0]))
        batches = [rows[i * self.size: (i + 1) * self.size] for i in range(GROUP)]
        random.shuffle(batches)
        return batches

    def example(self, random: Random, broken: float, most: int) -> tuple[list, ...]:
        story = write_story(random, unseen=False, opening=0.08 if most > 3 else 0.0, longest=most)
        texts = story_text(story).split()
        gone = pick(len(texts), rate(random, broken), random)
        ids, positions, ends = self.encoder.encode(texts, gone, random.choice(MODES), random)
        last = [ends[i] + 1 for i, text in enumerate(texts) if text.endswith(".")]  # + 1: after <s>
        points: list[tuple[int, list[int]]] = []  # where an answer begins, and what to look at: sentences of the story,
        choices: list[tuple[int, list[int]]] = []  # then the right one of the listed options
        ids, positions = [BOS, *ids], [0, *(p + 1 for p in positions)]
        told = [IGNORE] * len(ids) if gone else [*ids[1:], EOS]
        segment, answered = [0] * len(ids), [IGNORE] * len(ids)
        start = positions[-1] + 1
        for number, question in enumerate(choose(ask(story, random), self.asked, random), 1):
            listed = random.random() < (0.2 if broken < 0.1 else 0.35)  # letters come after reading
            shown, index = options(story, question, random) if listed else ([], 0)
            said = ["Question:", *question_text(question).split(), *(options_text(shown).split() if listed else []), "Answer:"]
            share = rate(random, broken)
            lost = pick(len(said), share / 2 if listed and share > 0 else share, random)
            q_ids, q_positions, q_ends = self.encoder.encode(said, lost, random.choice(MODES), random, first=False)
            answer = LETTERS[index] if listed else question.answer
            a_ids, _, _ = self.encoder.encode((answer + ".").split(), set(), "delete", random, first=False)
            if not q_ids:
                continue
            after = start + q_positions[-1] + 1
            block = [*(start + p for p in q_positions), *range(after, after + len(a_ids))]
            labels = [IGNORE] * (len(q_ids) - 1) + [*a_ids, EOS]
            at = len(ids) + len(q_ids) - 1
            if not gone and not lost:
                points.append((at, [last[i] for i in needed(story, question)]))
            if listed and not lost:
                word = said.index("Options:") + sum(1 + len(text.split()) for text in shown[: index + 1])
                choices.append((at, [len(ids) + q_ends[word]]))
            ids, positions = ids + q_ids + a_ids, positions + block
            segment += [number] * len(block)
            told += [IGNORE] * len(block)
            answered += labels
        if broken < 0.1:
            again, _, _ = self.encoder.encode(["Again:", *retold(story, random).split()], set(), "delete", random, first=False)
            ids, positions = ids + again, positions + [*range(start, start + len(again))]
            segment += [self.asked + 1] * len(again)
            answered += [IGNORE] * len(again)
            told += [IGNORE] + again[2:] + [EOS]
        return ids, positions, segment, told, answered, points, choices


def retold(story: Story, random: Random) -> str:
    """The story's sentences in another order: at every word a small lesson in what belongs to what.

    Pronouns lose their sentence before them, so a story that has some is retold as it was.
    """
    if any(word.kind == "pronoun" for sentence in story for word in sentence):
        return story_text(story)
    return story_text(random.sample(story, len(story)))


def packed_bias(segment: torch.Tensor) -> torch.Tensor:
    length = segment.shape[1]
    causal = torch.ones(length, length, dtype=torch.bool).tril()
    keys, rows = segment[:, None, :], segment[:, :, None]
    seen = causal & ((keys == 0) | (keys == rows)) & (keys >= 0)
    return (~seen).float()[:, None] * MASKED


def loss_of(model: TalesLm, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    bias = packed_bias(batch["segment"])
    with torch.autocast("cpu", torch.bfloat16):
        hidden, _ = model.model(batch["ids"], batch["positions"], bias, None)
        table = model.model.embed_tokens.weight
        out = []
        for name in ("told", "answered"):
            rows = batch[name] != IGNORE
            out.append(F.cross_entropy((hidden[rows] @ table.T).float(), batch[name][rows]))
    pointed = [pointing.loss(model.model.layers[POINTS + k].self_attn.seen, batch, bias, name)
               for k, name in enumerate(("point", "choice"))]
    return out[0], out[1], pointed[0] + 0.5 * pointed[1]


@torch.no_grad()
def accuracy(model: TalesLm, encoder: WordEncoder, items: list[dict], key: str) -> float:
    """The share of prompts after which every piece of the right answer is the likeliest."""
    right = 0
    for start in range(0, len(items), 64):
        rows = []
        for item in items[start: start + 64]:
            answer = item["options"][item["answer"]] if key == "prompt" else LETTERS[item["answer"]]
            tail = encoder.tokenizer.encode(" " + answer, add_special_tokens=False).ids
            rows.append((encoder.tokenizer.encode(item[key]).ids, tail))
        length = max(len(a) + len(b) for a, b in rows)
        ids = torch.tensor([a + b + [0] * (length - len(a) - len(b)) for a, b in rows])
        logits, _ = model(ids, torch.arange(length).expand_as(ids), causal_bias(torch.ones_like(ids), length))
        best = logits.argmax(-1)
        right += sum(best[i, len(a) - 1: len(a) + len(b) - 1].tolist() == b for i, (a, b) in enumerate(rows))
    return right / len(items)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--asked", type=int, default=4, help="questions a story")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--grow", type=Path, help="checkpoint of a shallower network to begin with")
    parser.add_argument("--checkpoint", type=Path, default=HERE / ".cache" / "lm.pt")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    model = TalesLm()
    print(sum(p.numel() for p in model.parameters()), "parameters", flush=True)
    decay = [p for p in model.parameters() if p.dim() > 1]
    other = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": 0.05}, {"params": other, "weight_decay": 0.0}],
                                  lr=args.rate, betas=(0.9, 0.98))
    done, spent = 0, 0.0
    if args.grow:
        model.grow_from(torch.load(args.grow, weights_only=True)["model"])
    if args.checkpoint.exists():
        saved = torch.load(args.checkpoint, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        done, spent = saved["step"], saved["seconds"]
    args.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    data = Batches(args.seed, args.steps, args.batch, args.asked)
    # Questions to watch the training by; the ones of questions.json come from another seed.
    items = write_questions(99, 220)["questions"]
    started = time.time() - spent
    average = [0.0, 0.0, 0.0]
    loader = DataLoader(data, batch_size=None, sampler=range(done, args.steps), num_workers=1, prefetch_factor=8)
    for step, batch in enumerate(loader, done + 1):
        progress = step / args.steps
        warm = min(1.0, step / 200)
        for group in optimizer.param_groups:
            group["lr"] = args.rate * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))
        told, answered, pointed = loss_of(model, batch)
        loss = told + answered + 0.5 * pointed
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average = [0.98 * a + 0.02 * float(b) if step > done + 1 else float(b) for a, b in zip(average, (told, answered, pointed))]
        if step % 100 == 0 or step == args.steps:
            line = f"{step} told {average[0]:.3f} answered {average[1]:.3f} pointed {average[2]:.3f} {time.time() - started:.0f}s"
            if step % 500 == 0 or step == args.steps:
                right = [accuracy(model, data.encoder, items, key) for key in ("prompt", "letterPrompt")]
                line += f" accuracy {right[0]:.3f} letters {right[1]:.3f}"
                torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step,
                            "seconds": time.time() - started}, args.checkpoint)
            print(line, flush=True)


if __name__ == "__main__":
    main()
