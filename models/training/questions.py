"""Questions about a story, their options, and the words that decide their answers."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from random import Random

from reader import HOLDS, Reading, answer
from world import KINDS, PEOPLE, Sentence, Story, Word, owner, person, render, words, write_story

LETTERS = "ABCDE"
# How often each kind is asked, relative to the others, where a story allows it.
WEIGHTS = {"who has": 3, "what has": 2, "color": 2, "color of whose": 1.5, "size": 1, "where person": 2, "where thing": 3,
           "pronoun": 4, "who gave": 2, "who wants": 1, "what wants": 1}


@dataclass(frozen=True)
class Question:
    kind: str
    words: Sentence
    answer: str


@dataclass(frozen=True)
class Place:
    """One word of a story (its sentence and position) or of the question (sentence −1)."""

    sentence: int
    position: int


def ask(story: Story, random: Random) -> list[Question]:
    """Every question of the world that this story answers."""
    reading = Reading(story)
    past = any(word.kind == "held" for sentence in story for word in sentence)
    kind, tense = ("held", 0) if past else ("holding", 0)
    has, wants = (Word(text, kind) for text in KINDS[kind])
    does = "did" if past else "does"
    by_pronoun = _nouns_after_pronoun(story)
    out: list[Question] = []

    def add(name: str, text: str, **slots: Word | list[Word]) -> None:
        question = words(text, **slots)
        found = reading.answer(question)
        if found is not None:
            out.append(Question(name, question, found))

    for noun in dict.fromkeys(thing.noun for thing in reading.things):
        twins = [thing for thing in reading.things if thing.noun == noun]
        for thing in twins:
            color = [Word(thing.color, "color")] if len(twins) > 1 and thing.color else []
            the = [Word("the"), *color, Word(noun, "thing")]
            add("pronoun" if noun in by_pronoun else "who has", "Who {has} {the}", has=has, the=the)
            add("who wants", "Who {wants} {the}", wants=wants, the=the)
            add("where thing", "Where is {the}", the=the)
            for verb in KINDS["handing"]:
                add("who gave", "Who {gave} {the}", gave=Word(verb, "handing"), the=the)
            if len(twins) == 1:
                add("color", "What {color} is {the}", color=Word("color", "attribute"), the=the)
            add("size", "What {size} is {the}", size=Word("size", "attribute"), the=the)
            if thing.holder:
                add("color of whose", "What {color} is {whose} {noun}", color=Word("color", "attribute"),
                    whose=owner(thing.holder), noun=Word(noun, "thing"))
    for name in dict.fromkeys(word.text for sentence in story for word in sentence if word.text in PEOPLE):
        add("where person", "Where is {who}", who=person(name))
        for kind_name, verb in (("what has", "have"), ("what wants", "want")):
            add(kind_name, f"What {does} {{who}} {{verb}}", who=person(name), verb=Word(verb, "asked holding"))
    random.shuffle(out)
    return out


def _nouns_after_pronoun(story: Story) -> set[str]:
    return {sentence[-1].text for sentence in story if sentence[0].kind == "pronoun" and sentence[1].text in HOLDS}


def choose(questions: list[Question], count: int, random: Random) -> list[Question]:
    """`count` of them, rarer kinds as likely as their weights say."""
    keys = {id(q): random.random() ** (1 / (WEIGHTS[q.kind] / sum(o.kind == q.kind for o in questions))) for q in questions}
    return sorted(questions, key=lambda q: -keys[id(q)])[:count]


def options(story: Story, question: Question, random: Random, count: int | None = None) -> tuple[list[str], int]:
    """2 to 5 options (mostly 4) and where the right one stands. What else the story names comes first among the wrong ones."""
    count = count or random.choices([2, 3, 4, 5], [1, 1, 6, 2])[0]
    near, far = _rivals(story, question, random)
    rivals = [text for text in dict.fromkeys(near + far) if text != question.answer]
    if len(near) > 1 and random.random() < 0.3:  # now and then something the story does not name takes a place
        rivals = rivals[:1] + [text for text in rivals[1:] if text not in near]
    while len(set(rivals)) < count - 1:
        count -= 1
    wrong = rivals[: count - 1]
    random.shuffle(wrong)
    place = random.randrange(count)
    return wrong[:place] + [question.answer] + wrong[place:], place


def _rivals(story: Story, question: Question, random: Random) -> tuple[list[str], list[str]]:
    said = [word for sentence in story for word in sentence]
    kind = question.kind
    if kind.startswith("who") or kind == "pronoun":
        kinds = ("boy", "girl")
    elif kind.startswith("what"):
        kinds = ("thing",)
    elif kind.startswith("color"):
        kinds = ("color",)
    elif kind == "size":
        kinds = ("size",)
    else:
        kinds = ()
    if kinds:
        the = "the " if kinds == ("thing",) else ""
        near = [the + word.stem for word in said if word.kind in kinds]
        far = [the + text for name in kinds for text in KINDS[name]]
    else:
        near = [_where(sentence) for sentence in story if sentence[-1].kind in ("place", "spot")]
        at = [word for word in KINDS["preposition"]]
        if question.answer.split()[-1] in KINDS["spot"]:
            near += [f"{word} the {question.answer.split()[-1]}" for word in random.sample(at, 1)]
            far = [f"{random.choice(at)} the {spot}" for spot in KINDS["spot"]]
        else:
            far = [f"in the {place}" for place in KINDS["place"]]
    near = list(dict.fromkeys(text for text in near if text != question.answer))
    far = [text for text in far if text not in near]
    random.shuffle(near)
    random.shuffle(far)
    return near, far


def _where(sentence: Sentence) -> str:
    at = sentence[-3].text if sentence[-1].kind == "spot" else "in"
    return f"{at} the {sentence[-1].text}"


def deciding(story: Story, question: Question) -> list[Place]:
    """The words that decide: put any other word of its kind in its place, and the answer is another or unknown.

    "Other" means one that stands nowhere in the story or question; kinds of two words have only the one other.
    """
    sentences = [*story, question.words]
    present = {word.stem for sentence in sentences for word in sentence}
    out: list[Place] = []
    for s, sentence in enumerate(sentences):
        for p, word in enumerate(sentence):
            if word.kind is None:
                continue
            others = [text for text in KINDS[word.kind] if text != word.stem]
            fresh = [text for text in others if text not in present] or others
            changed = [_answer_with(sentences, s, p, word.replaced(text)) != question.answer for text in fresh]
            if all(changed):
                out.append(Place(s if s < len(story) else -1, p))
    return out


def needed(story: Story, question: Question) -> list[int]:
    """The sentences without which the answer is another or unknown."""
    return [i for i in range(len(story)) if answer([*story[:i], *story[i + 1:]], question.words) != question.answer]


def _answer_with(sentences: list[Sentence], s: int, p: int, word: Word) -> str | None:
    changed = [*sentences]
    changed[s] = [*sentences[s][:p], word, *sentences[s][p + 1:]]
    return answer(changed[:-1], changed[-1])


def story_text(story: Story) -> str:
    return render(story)


def question_text(question: Question) -> str:
    return render([question.words], "?")


def options_text(texts: list[str]) -> str:
    return "Options: " + " ".join(f"{LETTERS[i]}) {text}" for i, text in enumerate(texts))


def spans(prompt: str, story: Story, question: Question, places: list[Place]) -> list[dict]:
    """Where the words at `places` stand in a prompt that holds the story, then (somewhere later) the question."""
    starts = {-1: prompt.index(question_text(question), len(story_text(story)))}
    at = 0
    for s, sentence in enumerate(story):
        starts[s] = at
        at += len(render([sentence])) + 1
    out = []
    for place in places:
        sentence = question.words if place.sentence < 0 else story[place.sentence]
        start = starts[place.sentence] + sum(len(word.text) + 1 for word in sentence[: place.position])
        text = sentence[place.position].text
        assert prompt[start: start + len(text)] == text
        out.append({"text": text, "start": start, "end": start + len(text)})
    return sorted(out, key=lambda span: span["start"])


def write_questions(seed: int, count: int) -> dict:
    """Questions about stories that training never sees, the kinds in turn, as the file `questions.json` holds them."""
    random = Random(seed)
    kinds = list(WEIGHTS)
    out: list[dict] = []
    while len(out) < count:
        wanted = kinds[len(out) % len(kinds)]
        story = write_story(random, unseen=True)
        candidates = [q for q in ask(story, random) if q.kind == wanted]
        if not candidates:
            continue
        question = candidates[0]
        texts, index = options(story, question, random)
        places = deciding(story, question)
        told, asked = story_text(story), question_text(question)
        prompt = f"{told} Question: {asked} Answer:"
        choice = f"{told} {asked}"
        out.append({
            "id": f"q{len(out) + 1:03d}", "kind": wanted, "story": told, "question": asked, "prompt": prompt,
            "letterPrompt": f"{told} Question: {asked} {options_text(texts)} Answer:", "choicePrompt": choice,
            "options": texts, "answer": index,
            "deciding": spans(prompt, story, question, places),
            "decidingChoice": spans(choice, story, question, places),
        })
    return {"version": 1, "seed": seed, "questions": out}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20240)
    parser.add_argument("--count", type=int, default=264)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "questions.json")
    args = parser.parse_args()
    data = write_questions(args.seed, args.count)
    lines = ",\n".join("  " + json.dumps(question) for question in data["questions"])
    args.out.write_text(f'{{\n "version": 1,\n "seed": {data["seed"]},\n "questions": [\n{lines}\n ]\n}}\n')


if __name__ == "__main__":
    main()
