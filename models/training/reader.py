"""Reads a story and answers a question about it by rule: the world's own truth, independent of any model."""

from __future__ import annotations

from dataclasses import dataclass

from world import GENDER, POSSESSIVE, PRONOUN_GENDER, Sentence, Story

HOLDS = ("has", "had")
WANTS = ("wants", "wanted")


@dataclass(eq=False)
class Thing:
    noun: str
    color: str | None = None
    size: str | None = None
    holder: str | None = None
    spot: str | None = None


class Reading:
    """What is known after the last sentence. Later sentences overrule earlier ones."""

    def __init__(self, story: Story) -> None:
        self.things: list[Thing] = []
        self.place: dict[str, str] = {}
        self.wishes: list[tuple[str, Thing]] = []
        self.handed: list[tuple[str, str, Thing]] = []
        self._pair: list[str] = []
        for sentence in story:
            self._read([word.text for word in sentence])

    def _read(self, w: list[str]) -> None:
        if len(w) > 3 and w[1] == "and":
            self._pair = [w[0], w[2]]
            for name in self._pair:
                self.place[name] = w[-1]
            return
        who = self._who(w[0])
        verb = w[1]
        if verb in HOLDS + WANTS:
            thing = self._mention(w[2:])
            if who and thing and verb in HOLDS:
                thing.holder, thing.spot = who, None
            elif who and thing:
                self.wishes.append((who, thing))
        elif verb in ("gave", "showed"):
            to = w.index("to")
            thing = self._mention(w[2:to])
            if who and thing:
                self.handed.append((verb, who, thing))
                if verb == "gave":
                    thing.holder, thing.spot = w[to + 1], None
        elif verb == "put":
            thing = self._mention(w[2:-3])
            if thing:
                thing.holder, thing.spot = None, " ".join(w[-3:])
        elif who and (verb == "went" or w[1:3] == ["is", "in"]):
            self.place[who] = w[-1]

    def _who(self, word: str) -> str | None:
        if word not in PRONOUN_GENDER:
            return word if word in GENDER else None
        named = [name for name in self._pair if GENDER[name] == PRONOUN_GENDER[word]]
        return named[0] if len(named) == 1 else None

    def _mention(self, phrase: list[str]) -> Thing | None:
        """`a big red ball` is a new thing; `the ball` one that is known, or a new one, or (two balls) nobody knows which."""
        noun = phrase[-1]
        if phrase[0] == "the":
            known = self.find(phrase)
            if known:
                if len(known) > 1:
                    for thing in known:
                        thing.holder = thing.spot = None
                return known[0] if len(known) == 1 else None
        thing = Thing(noun, *self._look(phrase))
        self.things.append(thing)
        return thing

    @staticmethod
    def _look(phrase: list[str]) -> tuple[str | None, str | None]:
        adjectives = phrase[1:-1]
        sizes = [word for word in adjectives if word in ("big", "small", "tiny", "huge")]
        colors = [word for word in adjectives if word not in sizes]
        return (colors[0] if colors else None), (sizes[0] if sizes else None)

    def find(self, phrase: list[str]) -> list[Thing]:
        color, _ = self._look(phrase)
        return [t for t in self.things if t.noun == phrase[-1] and (color is None or t.color == color)]

    def where(self, thing: Thing) -> str | None:
        if thing.spot:
            return thing.spot
        return self.where_is(thing.holder) if thing.holder else None

    def where_is(self, name: str) -> str | None:
        return f"in the {self.place[name]}" if name in self.place else None

    def answer(self, question: Sentence) -> str | None:
        """The answer, or None where the story does not determine it."""
        w = [word.text for word in question]
        if w[0] == "What" and w[1] in ("does", "did"):
            name = w[2]
            things = [t for t in self.things if t.holder == name] if w[3] == "have" else \
                _distinct([t for who, t in self.wishes if who == name])
            return f"the {things[0].noun}" if len(things) == 1 else None
        if w[:2] == ["Where", "is"] and len(w) == 3:
            return self.where_is(w[2])
        if w[0] == "What" and w[3].endswith(POSSESSIVE):
            name = w[3].removesuffix(POSSESSIVE)
            things = [t for t in self.things if t.holder == name and t.noun == w[4]]
        else:
            things = self.find(w[w.index("the"):])
        if len(things) != 1:
            return None
        thing = things[0]
        if w[0] == "What":
            return thing.color if w[1] == "color" else thing.size
        if w[0] == "Where":
            return self.where(thing)
        if w[1] in HOLDS:
            return thing.holder
        people = _distinct([who for who, t in self.wishes if t is thing] if w[1] in WANTS else
                           [who for verb, who, t in self.handed if t is thing and verb == w[1]])
        return people[0] if len(people) == 1 else None


def _distinct(items: list) -> list:
    return list(dict.fromkeys(items))


def answer(story: Story, question: Sentence) -> str | None:
    return Reading(story).answer(question)
