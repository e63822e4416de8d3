"""Trains tales-choice in two stages: first to fill in words (cloze), then to tell the right option.

In the first stage half of the rows are a prompt and its answer's words to fill in, half a story and the same story in another
order with words to fill in. It reads one row a question instead of one an option and learns from many words, so it is
where the model learns to read; the second stage teaches it to compare.
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

from ablation import WordEncoder, often, pick, rate
from choice_model import TalesChoice
from questions import Question, ask, choose, options, question_text, story_text, write_questions
from train_lm import retold
from world import Story, write_story

HERE = Path(__file__).parent
CLS, SEP, MASK = 2, 3, 4
IGNORE = -100
LONGEST = 128
GROUP = 6
Example = tuple[list[tuple[list[int], list[int]]], list[int]]  # rows (prompt, option), and labels


class Batches(Dataset):
    """Batch i is made from seed i alone, so a run can be resumed at any step. The first `cloze` batches are of that stage."""

    def __init__(self, seed: int, steps: int, cloze: int, questions: int) -> None:
        self.seed, self.steps, self.cloze, self.questions = seed, steps, cloze, questions
        tokenizer = Tokenizer.from_file(str(HERE.parent / "tales-choice" / "tokenizer.json"))
        self.encoder = WordEncoder(tokenizer, "[MASK]", spaced=False)

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> dict[str, torch.Tensor]:
        cloze = step < self.cloze
        start = 0 if cloze else self.cloze
        group, place = divmod(step - start, GROUP)
        part = self.group(start + group * GROUP, cloze)[place]
        batch = pad([row for rows, _ in part for row in rows])
        length = batch["ids"].shape[1] if cloze else 1
        batch["labels"] = torch.tensor([labels + [IGNORE] * (length - len(labels)) for _, labels in part])
        batch["counts"] = torch.tensor([len(rows) for rows, _ in part])
        return batch

    @lru_cache(maxsize=1)
    def group(self, first: int, cloze: bool) -> list[list[Example]]:
        """The examples of `GROUP` batches, those of like length together so that little is padded."""
        random = Random(self.seed * 2_000_003 + first)
        size = self.questions * (4 if cloze else 1)
        examples: list[Example] = []
        while len(examples) < GROUP * size:
            story = write_story(random, unseen=False)
            examples += [self.example(story, question, first, random) for question in choose(ask(story, random), 2, random)]
        examples = sorted(examples[: GROUP * size], key=lambda example: sum(map(len, example[0][0])))
        batches = [examples[i * size: (i + 1) * size] for i in range(GROUP)]
        random.shuffle(batches)
        return batches

    def example(self, story: Story, question: Question, first: int, random: Random) -> Example:
        if first < self.cloze and random.random() < 0.5:
            return self.lesson(story, random)
        prompt = self.prompt(story, question, first, random)
        if first < self.cloze:
            answer = self.encode(question.answer)
            return [(prompt, [MASK] * len(answer))], [IGNORE] * (len(prompt) + 2) + answer + [IGNORE]
        texts, index = options(story, question, random)
        return [(prompt, self.encode(text)) for text in texts], [index]

    def lesson(self, story: Story, random: Random) -> Example:
        """The story, and its sentences once more in another order with words to fill in."""
        told, again = self.encode(story_text(story)), self.encode(retold(story, random))
        gone = pick(len(again), 0.35, random) or {0}
        shown = [MASK if i in gone else token for i, token in enumerate(again)]
        labels = [token if i in gone else IGNORE for i, token in enumerate(again)]
        if len(told) + len(again) + 3 > LONGEST:
            shown, labels = shown[: LONGEST - len(told) - 3], labels[: LONGEST - len(told) - 3]
        return [(told, shown)], [IGNORE] * (len(told) + 2) + labels + [IGNORE]

    def encode(self, text: str) -> list[int]:
        return self.encoder.tokenizer.encode(text, add_special_tokens=False).ids

    def prompt(self, story: Story, question: Question, first: int, random: Random) -> list[int]:
        said = [*story_text(story).split(), *question_text(question).split()]
        mode = random.choices(["masks", "mask", "delete"], [6, 2, 2])[0]
        return self.encoder.encode(said, pick(len(said), rate(random, often(first, self.steps)), random), mode, random)[0]


def pad(rows: list[tuple[list[int], list[int]]]) -> dict[str, torch.Tensor]:
    """`[CLS] prompt [SEP] option [SEP]`, padded on the right."""
    whole = [[CLS, *prompt, SEP, *option, SEP] for prompt, option in rows]
    length = max(len(row) for row in whole)
    assert length <= LONGEST
    return {
        "ids": torch.tensor([row + [0] * (length - len(row)) for row in whole]),
        "types": torch.tensor([[0] * (len(p) + 2) + [1] * (len(o) + 1) + [0] * (length - len(p) - len(o) - 3) for p, o in rows]),
        "mask": torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in whole]),
    }


def by_question(scores: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """`[questions, most options]`; options that are not there score −∞."""
    table = torch.full((len(counts), int(counts.max())), -torch.inf)
    table[torch.arange(table.shape[1])[None] < counts[:, None]] = scores
    return table


def loss_of(model: TalesChoice, batch: dict[str, torch.Tensor], cloze: bool) -> torch.Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        hidden = model.hidden(batch["ids"], batch["types"], batch["mask"])
        if cloze:
            rows = batch["labels"] != IGNORE
            table = model.bert["embeddings"].word_embeddings.weight
            return F.cross_entropy((hidden[rows] @ table.T).float() * table.shape[1] ** -0.5, batch["labels"][rows])
        scores = model.score(hidden).float()
    return F.cross_entropy(by_question(scores, batch["counts"]), batch["labels"][:, 0])


@torch.no_grad()
def accuracy(model: TalesChoice, data: Batches, items: list[dict]) -> float:
    right = 0
    for start in range(0, len(items), 32):
        part = items[start: start + 32]
        rows = [(data.encode(item["choicePrompt"]), data.encode(option)) for item in part for option in item["options"]]
        batch = pad(rows)
        scores = model.score(model.hidden(batch["ids"], batch["types"], batch["mask"]))
        best = by_question(scores, torch.tensor([len(item["options"]) for item in part])).argmax(1)
        right += sum(int(b) == item["answer"] for b, item in zip(best, part))
    return right / len(items)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--cloze", type=int, default=2500, help="how many of the steps are of the first stage")
    parser.add_argument("--questions", type=int, default=40, help="questions a step in the second stage; four times that in the first")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--checkpoint", type=Path, default=HERE / ".cache" / "choice.pt")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    model = TalesChoice()
    print(sum(p.numel() for p in model.parameters()), "parameters", flush=True)
    optimizer = torch.optim.AdamW([
        {"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": 0.03},
        {"params": [p for p in model.parameters() if p.dim() <= 1], "weight_decay": 0.0}], lr=args.rate, betas=(0.9, 0.98))
    done, spent = 0, 0.0
    if args.checkpoint.exists():
        saved = torch.load(args.checkpoint, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        done, spent = saved["step"], saved["seconds"]
    args.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    data = Batches(args.seed, args.steps, args.cloze, args.questions)
    # Questions to watch the training by; the ones of questions.json come from another seed.
    items = write_questions(99, 220)["questions"]
    started = time.time() - spent
    average = 0.0
    loader = DataLoader(data, batch_size=None, sampler=range(done, args.steps), num_workers=1, prefetch_factor=8)
    for step, batch in enumerate(loader, done + 1):
        cloze = step <= args.cloze
        # Each stage warms up; the rate falls along a cosine over both.
        warm = min(1.0, (step if cloze else step - args.cloze) / 300)
        for group in optimizer.param_groups:
            group["lr"] = args.rate * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / args.steps)))
        loss = loss_of(model, batch, cloze)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        fresh = step in (done + 1, args.cloze + 1)
        average = float(loss) if fresh else 0.98 * average + 0.02 * float(loss)
        if step % 100 == 0 or step == args.steps:
            line = f"{step} {'cloze' if cloze else 'choice'} {average:.3f} {time.time() - started:.0f}s"
            if step % 500 == 0 or step == args.steps:
                line += "" if cloze else f" accuracy {accuracy(model, data, items):.3f}"
                torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step,
                            "seconds": time.time() - started}, args.checkpoint)
            print(line, flush=True)


if __name__ == "__main__":
    main()
