"""Trains tales-choice, from tales-lm's weights on, to tell the right option.

A step is a number of questions with their right option and a wrong one each: a row's number depends on that row alone, so what is
learned from two options serves for any number of them, at the cost of two. Beside that, the place after the prompt (the first
`</s>`) goes on telling the answer's first token as tales-lm does, whichever option follows: a lesson of many choices, where right or
wrong is one of two.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from random import Random

import torch
from tokenizers import Tokenizer
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from ablation import WordEncoder, pick, rate
from choice_model import TalesChoice
from questions import Question, ask, choose, options, question_text, story_text, write_questions
from world import Story, write_story

HERE = Path(__file__).parent
BOS, SEP = 1, 2
QUESTIONS_A_STORY = 3
Row = tuple[list[int], list[int]]  # prompt and option


class Batches(Dataset):
    """Batch i is made from seed i alone, so a run can be resumed at any step."""

    def __init__(self, seed: int, steps: int, questions: int, broken: float) -> None:
        self.seed, self.steps, self.questions, self.broken = seed, steps, questions, broken
        self.encoder = WordEncoder(Tokenizer.from_file(str(HERE.parent / "tales-lm" / "tokenizer.json")), "<mask>", spaced=True)

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> dict[str, torch.Tensor]:
        random = Random(self.seed * 2_000_003 + step)
        rows: list[Row] = []
        while len(rows) < 2 * self.questions:
            story = write_story(random, unseen=False, opening=0.03)
            for question in choose(ask(story, random), QUESTIONS_A_STORY, random):
                rows += self.pair(story, question, random)
        rows = rows[: 2 * self.questions]
        # The right option comes first of its pair.
        return pad(rows) | {"answers": torch.tensor([rows[i - i % 2][1][0] for i in range(len(rows))])}

    def pair(self, story: Story, question: Question, random: Random) -> list[Row]:
        """The prompt, some words taken away, with the right option and with a wrong one; nothing where no word is left."""
        texts, index = options(story, question, random)
        others = [i for i in range(len(texts)) if i != index]
        wrong = random.choice(others) if len(others) > 1 else others[0]
        share = rate(random, self.broken)
        said = [*story_text(story).split(), *question_text(question).split()]
        mode = random.choices(["masks", "mask", "delete"], [6, 2, 2])[0]
        prompt, _, _ = self.encoder.encode(said, pick(len(said), share, random), mode, random, first=False)
        return [(prompt, self.encode(texts[index])), (prompt, self.encode(texts[wrong]))] if prompt else []

    def encode(self, text: str) -> list[int]:
        return self.encoder.tokenizer.encode(" " + text, add_special_tokens=False).ids


def pad(rows: list[Row]) -> dict[str, torch.Tensor]:
    """`<s> prompt </s> option </s>`, padded on the right."""
    whole = [[BOS, *prompt, SEP, *option, SEP] for prompt, option in rows]
    length = max(map(len, whole))
    return {
        "ids": torch.tensor([row + [0] * (length - len(row)) for row in whole]),
        "types": torch.tensor([[0] * (len(p) + 2) + [1] * (len(o) + 1) + [0] * (length - len(p) - len(o) - 3) for p, o in rows]),
        "mask": torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in whole]),
    }


def loss_of(model: TalesChoice, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Of the comparison of each pair, and of the answer told at the end of the prompt."""
    ids, types, mask = batch["ids"], batch["types"], batch["mask"]
    with torch.autocast("cpu", torch.bfloat16):
        hidden = model.read(ids, types, mask)
        right, wrong = model.score(hidden, types, mask).float().view(-1, 2).T
    ends = (ids == SEP).long().argmax(1)
    told = hidden[torch.arange(len(ends)), ends] @ model.model.embed_tokens.weight.T
    return F.softplus(wrong - right).mean(), F.cross_entropy(told, batch["answers"])


@torch.no_grad()
def accuracy(model: TalesChoice, data: Batches, items: list[dict]) -> float:
    right = 0
    for start in range(0, len(items), 32):
        part = items[start: start + 32]
        rows = [(data.encode(item["choicePrompt"]), data.encode(option)) for item in part for option in item["options"]]
        batch = pad(rows)
        hidden = model.read(batch["ids"], batch["types"], batch["mask"])
        scores = model.score(hidden, batch["types"], batch["mask"]).split([len(item["options"]) for item in part])
        right += sum(int(score.argmax()) == item["answer"] for score, item in zip(scores, part))
    return right / len(items)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=3600)
    parser.add_argument("--questions", type=int, default=40, help="questions a step")
    parser.add_argument("--rate", type=float, default=1.2e-3)
    parser.add_argument("--broken", type=float, default=0.2, help="share of the prompts that lose words")
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--lm", type=Path, default=HERE / ".cache" / "lm.pt")
    parser.add_argument("--checkpoint", type=Path, default=HERE / ".cache" / "choice.pt")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    model = TalesChoice()
    model.start_from(torch.load(args.lm, weights_only=True)["model"])
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
    data = Batches(args.seed, args.steps, args.questions, args.broken)
    # Questions to watch the training by; the ones of questions.json come from another seed.
    items = write_questions(99, 220)["questions"]
    started = time.time() - spent
    average = 0.0
    loader = DataLoader(data, batch_size=None, sampler=range(done, args.steps), num_workers=1, prefetch_factor=8)
    for step, batch in enumerate(loader, done + 1):
        for group in optimizer.param_groups:
            group["lr"] = args.rate * min(1.0, step / 100) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / args.steps)))
        chosen, told = loss_of(model, batch)
        loss = chosen + 0.5 * told
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average = float(chosen) if step == done + 1 else 0.98 * average + 0.02 * float(chosen)
        if step % 100 == 0 or step == args.steps:
            line = f"{step} {average:.3f} {time.time() - started:.0f}s"
            if step % 500 == 0 or step == args.steps:
                line += f" accuracy {accuracy(model, data, items):.3f}"
                torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step,
                            "seconds": time.time() - started}, args.checkpoint)
            print(line, flush=True)


if __name__ == "__main__":
    main()
