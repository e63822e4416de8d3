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

import pointing
from ablation import WordEncoder, longest, often, pick, rate
from choice_model import TalesChoice
from lm_model import MASKED
from questions import Question, ask, choose, needed, options, question_text, story_text, write_questions
from train_lm import retold
from world import Story, write_story

HERE = Path(__file__).parent
CLS, SEP, MASK = 2, 3, 4
IGNORE, YES, NO = -100, -1, -2  # labels that are no token; the last two stand at [CLS]
LONGEST = 128
GROUP = 6
Example = tuple[list[tuple[list[int], list[int]]], list[int], list[int]]  # rows (prompt, option), labels, tokens to look at
POINTS = 3  # the layer whose first heads learn where to look


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
        batch = pad([row for rows, _, _ in part for row in rows])
        length = batch["ids"].shape[1] if cloze else 2
        batch["labels"] = torch.tensor([labels + [IGNORE] * (length - len(labels)) for _, labels, _ in part])
        batch["counts"] = torch.tensor([len(rows) for rows, _, _ in part])
        places = [(len(prompt) + 1, tokens) for rows, _, tokens in part for prompt, _ in rows]
        return batch | pointing.targets([(r, at, tokens) for r, (at, tokens) in enumerate(places)], batch["ids"].shape[1])

    @lru_cache(maxsize=1)
    def group(self, first: int, cloze: bool) -> list[list[Example]]:
        """The examples of `GROUP` batches, those of like length together so that little is padded."""
        random = Random(self.seed * 2_000_003 + first)
        size = self.questions * (4 if cloze else 1)
        examples: list[Example] = []
        while len(examples) < GROUP * size:
            story = write_story(random, unseen=False, opening=0.05, longest=longest(first, self.steps))
            examples += [self.example(story, question, first, random) for question in choose(ask(story, random), 2, random)]
        examples = sorted(examples[: GROUP * size], key=lambda example: sum(map(len, example[0][0])))
        batches = [examples[i * size: (i + 1) * size] for i in range(GROUP)]
        random.shuffle(batches)
        return batches

    def example(self, story: Story, question: Question, first: int, random: Random) -> Example:
        if first < self.cloze and random.random() < 0.35:
            return self.lesson(story, random)
        prompt, look = self.prompt(story, question, first, random)
        texts, index = options(story, question, random)
        key = self.encode(question.answer.split()[-1])[0]
        if first >= self.cloze:
            return [(prompt, self.encode(text)) for text in texts], [index, key], look
        wrong = random.choice([text for text in texts if text != question.answer])
        right = random.random() < 0.5
        option = self.encode(question.answer if right else wrong)
        # What is asked is learned at the first [SEP], whether the option is it at [CLS].
        return [(prompt, option)], [YES if right else NO] + [IGNORE] * len(prompt) + [key] + [IGNORE] * (len(option) + 1), look

    def lesson(self, story: Story, random: Random) -> Example:
        """The story, and its sentences once more in another order with words to fill in."""
        told, again = self.encode(story_text(story)), self.encode(retold(story, random))
        gone = pick(len(again), 0.35, random) or {0}
        shown = [MASK if i in gone else token for i, token in enumerate(again)]
        labels = [token if i in gone else IGNORE for i, token in enumerate(again)]
        if len(told) + len(again) + 3 > LONGEST:
            shown, labels = shown[: LONGEST - len(told) - 3], labels[: LONGEST - len(told) - 3]
        return [(told, shown)], [IGNORE] * (len(told) + 2) + labels + [IGNORE], []

    def encode(self, text: str) -> list[int]:
        return self.encoder.tokenizer.encode(text, add_special_tokens=False).ids

    def prompt(self, story: Story, question: Question, first: int, random: Random) -> tuple[list[int], list[int]]:
        """Its ids, and where in the row the sentences end that the answer needs (nowhere if words are gone)."""
        told = story_text(story).split()
        said = [*told, *question_text(question).split()]
        mode = random.choices(["masks", "mask", "delete"], [6, 2, 2])[0]
        gone = pick(len(said), rate(random, often(first, self.steps)), random)
        ids, _, ends = self.encoder.encode(said, gone, mode, random)
        last = [1 + ends[i] for i, word in enumerate(told) if word.endswith(".")]
        return ids, [] if gone else [last[i] for i in needed(story, question)]


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
    labels = batch["labels"]
    with torch.autocast("cpu", torch.bfloat16):
        hidden = model.hidden(batch["ids"], batch["types"], batch["mask"])
        scores = model.score(hidden).float()
        table = model.bert["embeddings"].word_embeddings.weight
        if cloze:
            rows, wanted = labels >= 0, labels[labels >= 0]
        else:
            # The question's key word once more at the first [SEP] of each row, as a hold on what was learned before.
            asked = labels[:, 1].repeat_interleave(batch["counts"])
            rows, wanted = torch.zeros_like(batch["ids"], dtype=torch.bool), asked
            rows[torch.arange(len(asked)), ((batch["ids"] == SEP).long()).argmax(1)] = True
        seen = model.bert["encoder"]["layer"][POINTS].attention["self"].seen
        pointed = 0.5 * pointing.loss(seen, batch, (1.0 - batch["mask"][:, None, None, :].float()) * MASKED)
        words = F.cross_entropy((hidden[rows] @ table.T).float() * table.shape[1] ** -0.5, wanted)
    if cloze:
        judged = labels[:, 0] != IGNORE
        if not judged.any():  # a batch of lessons only
            return pointed + words
        return pointed + words + F.binary_cross_entropy_with_logits(scores[judged], (labels[judged, 0] == YES).float())
    return pointed + 0.3 * words + F.cross_entropy(by_question(scores, batch["counts"]), labels[:, 0])


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
    parser.add_argument("--grow", type=Path, help="checkpoint of a shallower network to begin with")
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
    if args.grow:
        model.grow_from(torch.load(args.grow, weights_only=True)["model"])
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
                line += f" accuracy {accuracy(model, data, items):.3f}"
                torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step,
                            "seconds": time.time() - started}, args.checkpoint)
            print(line, flush=True)


if __name__ == "__main__":
    main()
