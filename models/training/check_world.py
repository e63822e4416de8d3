"""Checks of the world, the reader and the questions. Run it: silence and "ok" are success."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from random import Random

from questions import ask, choose, deciding, options, question_text, spans, story_text, write_questions
from reader import answer
from world import GENDER, KINDS, Sentence, Story, Word, is_unseen, write_story

KIND_OF = {text: kind for kind, texts in KINDS.items() for text in texts}


def sentence(text: str) -> Sentence:
    """A sentence from plain text; a word's kind is known from the word, save for the attribute "size" and "color"."""
    return [Word(word, KIND_OF.get(word.removesuffix("'s"))) for word in text.split()]


def story(text: str) -> Story:
    return [sentence(part) for part in re.findall(r"[^.]+", text) if part.strip()]


def check_reader() -> None:
    two = "Tom has a red ball. Sue has a blue kite."
    facts = [
        (two, "Who has the kite", "Sue"), (two, "What does Tom have", "the ball"), (two, "What color is Sue's kite", "blue"),
        (two, "What color is the ball", "red"), (two, "Who has the drum", None), (two, "What size is the ball", None),
        ("Tom and Sue went to the park. She had a red kite.", "Who had the kite", "Sue"),
        ("Tom and Sue went to the park. She had a red kite.", "Where is the kite", "in the park"),
        ("Tom and Ben went to the park. She had a red kite.", "Who had the kite", None),
        (two + " Tom gave the ball to Sue.", "Who has the ball", "Sue"),
        (two + " Tom showed the ball to Sue.", "Who has the ball", "Tom"),
        (two + " Tom gave the ball to Sue.", "Who gave the ball", "Tom"),
        (two + " Tom showed the ball to Sue.", "Who gave the ball", None),
        (two + " Tom gave the ball to Sue.", "What does Sue have", None),
        (two + " Sue put the kite under the bed.", "Where is the kite", "under the bed"),
        (two + " Sue put the kite under the bed.", "Who has the kite", None),
        (two + " Sue is in the shop. Sue went to the barn.", "Where is the kite", "in the barn"),
        (two + " Ann wants the kite.", "Who wants the kite", "Ann"), (two + " Ann wants the kite.", "Who has the kite", "Sue"),
        ("Tom has a red ball. Sue has a blue ball.", "Who has the ball", None),
        ("Tom has a red ball. Sue has a blue ball.", "Who has the blue ball", "Sue"),
    ]
    for told, asked, expected in facts:
        assert answer(story(told), sentence(asked)) == expected, (told, asked, expected)


def check_deciding() -> None:
    from questions import Question
    told = story("Tom has a red ball. Sue has a blue kite.")
    question = Question("who has", sentence("Who has the kite"), "Sue")
    places = deciding(told, question)
    prompt = f"{story_text(told)} {question_text(question)}"
    found = spans(prompt, told, question, places)
    assert [span["text"] for span in found] == ["Sue", "has", "kite", "has", "kite"], found
    assert found[0]["start"] == 20 and prompt[found[-1]["start"]:] == "kite?"


def check_stories() -> None:
    random = Random(3)
    kinds: Counter[str] = Counter()
    places: Counter[int] = Counter()
    for _ in range(3000):
        told = write_story(random)
        assert 2 <= len(told) <= 7
        for question in choose(ask(told, random), 3, random):
            assert answer(told, question.words) == question.answer
            texts, index = options(told, question, random)
            assert texts[index] == question.answer and len(set(texts)) == len(texts) >= 2
            if len(texts) == 4:
                places[index] += 1
            kinds[question.kind] += 1
            decide = deciding(told, question)
            assert decide, story_text(told)
            # Either every fresh word of the kind changes the answer or none does: "deciding" has no in-between.
            sentences = [*told, question.words]
            present = {word.stem for s in sentences for word in s}
            for s, words in enumerate(sentences):
                for p, word in enumerate(words):
                    fresh = [text for text in KINDS.get(word.kind or "", []) if text not in present]
                    changed = set()
                    for text in fresh:
                        other = [*sentences]
                        other[s] = [*words[:p], word.replaced(text), *words[p + 1:]]
                        changed.add(answer(other[:-1], other[-1]) != question.answer)
                    assert len(changed) <= 1, (story_text(told), question_text(question), word)
    assert len(kinds) == 11, kinds
    share = [places[i] / sum(places.values()) for i in range(4)]
    assert all(0.22 < s < 0.28 for s in share), share
    assert not any(is_unseen(write_story(random, unseen=False)) for _ in range(500))
    assert all(is_unseen(write_story(random, unseen=True)) for _ in range(500))
    assert set(GENDER.values()) == {"boy", "girl"}


def check_questions_file() -> None:
    path = Path(__file__).parent.parent / "questions.json"
    data = json.loads(path.read_text())
    assert data == write_questions(data["seed"], len(data["questions"])), "questions.json is not what its seed writes"
    assert len({q["prompt"] for q in data["questions"]}) == len(data["questions"])
    for q in data["questions"]:
        for prompt, key in ((q["prompt"], "deciding"), (q["choicePrompt"], "decidingChoice")):
            assert all(prompt[d["start"]: d["end"]] == d["text"] for d in q[key])
        assert is_unseen(story(q["story"]))


if __name__ == "__main__":
    check_reader()
    check_deciding()
    check_stories()
    check_questions_file()
    print("ok")
