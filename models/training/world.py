"""A closed little world: its words, and a writer of short stories about who has what and where things are.

A story is a list of sentences, a sentence a list of `Word`s. A word has a kind when other words could stand in its
place ("Tom" is a boy, "kite" is a thing); words without a kind ("the", "to") are the world's fixed grammar.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from random import Random

KINDS: dict[str, list[str]] = {
    "boy": ["Tom", "Ben", "Sam", "Max", "Leo", "Bob", "Jack", "Hugo", "Felix", "Barnaby"],
    "girl": ["Sue", "Ann", "Mia", "Eve", "Lily", "Rosa", "Nora", "Ruby", "Clara", "Matilda"],
    "thing": ["ball", "kite", "book", "hat", "cup", "drum", "boat", "doll", "car", "bike",
              "key", "coat", "flag", "cake", "ring", "bell", "lamp", "puzzle", "wagon", "trumpet"],
    "color": ["red", "blue", "green", "yellow", "black", "white", "pink", "brown"],
    "size": ["big", "small", "tiny", "huge"],
    "place": ["park", "garden", "kitchen", "school", "shop", "meadow", "barn", "library", "forest", "museum"],
    "spot": ["box", "table", "shelf", "bed", "chair", "basket", "drawer", "bench"],
    "preposition": ["in", "on", "under", "behind"],
    "pronoun": ["He", "She"],
    "holding": ["has", "wants"],
    "held": ["had", "wanted"],
    "asked holding": ["have", "want"],
    "handing": ["gave", "showed"],
    "attribute": ["color", "size"],
}
PEOPLE = KINDS["boy"] + KINDS["girl"]
GENDER = {name: kind for kind in ("boy", "girl") for name in KINDS[kind]}
PRONOUN_GENDER = {"He": "boy", "She": "girl"}
POSSESSIVE = "'s"


@dataclass(frozen=True)
class Word:
    """One word of a sentence, without the sentence's punctuation; `kind` is None for fixed grammar."""

    text: str
    kind: str | None = None

    @property
    def stem(self) -> str:
        return self.text.removesuffix(POSSESSIVE)

    def replaced(self, stem: str) -> "Word":
        return Word(stem + self.text[len(self.stem):], self.kind)


Sentence = list[Word]
Story = list[Sentence]


def person(name: str) -> Word:
    return Word(name, GENDER[name])


def owner(name: str) -> Word:
    return Word(name + POSSESSIVE, GENDER[name])


def words(text: str, **slots: Word | list[Word]) -> Sentence:
    """The words of `text`; a word in braces stands for the slot of that name."""
    out: Sentence = []
    for piece in text.split():
        if piece.startswith("{"):
            slot = slots[piece[1:-1]]
            out.extend(slot if isinstance(slot, list) else [slot])
        else:
            out.append(Word(piece))
    return out


def render(sentences: list[Sentence], end: str = ".") -> str:
    return " ".join(" ".join(word.text for word in sentence) + end for sentence in sentences)


def is_held_out(name: str, noun: str) -> bool:
    """Whether this person is never seen near this thing in training: about one pair in eight."""
    return hashlib.sha256(f"{name}/{noun}".encode()).digest()[0] % 8 == 0


def is_unseen(story: Story) -> bool:
    """Whether some sentence joins a person and a thing that no training story joins."""
    pair: list[str] = []
    for sentence in story:
        names = [word.text for word in sentence if word.kind in ("boy", "girl")]
        if len(names) == 2 and not any(word.kind == "thing" for word in sentence):
            pair = names
        for word in sentence:
            if word.kind == "pronoun":
                names += [name for name in pair if GENDER[name] == PRONOUN_GENDER[word.text]]
        nouns = [word.text for word in sentence if word.kind == "thing"]
        if any(is_held_out(name, noun) for name in names for noun in nouns):
            return True
    return False


@dataclass
class _Thing:
    noun: str
    color: str
    size: str | None
    holder: str | None = None
    put_away: bool = False


class _Writer:
    """Writes one story, remembering just enough of it to say nothing false."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.past = random.random() < 0.5
        self.story: Story = []
        self.things: list[_Thing] = []
        self.colors = random.sample(KINDS["color"], 6)
        self.nouns = random.sample(KINDS["thing"], 6)
        self.twins = random.random() < 0.2  # two things of one noun, told apart by their color
        self.places = random.sample(KINDS["place"], 4)
        boys, girls = random.sample(KINDS["boy"], 2), random.sample(KINDS["girl"], 2)
        mixed = [boys[0], girls[0]]
        random.shuffle(mixed)
        rest = [boys[1], girls[1]]
        random.shuffle(rest)
        count = random.choices([2, 3, 4], [3, 5, 2])[0]
        self.people = mixed + rest[: count - 2]
        if random.random() < 0.5:
            random.shuffle(self.people)

    def say(self, text: str, **slots: Word | list[Word]) -> None:
        self.story.append(words(text, **slots))

    def verb(self, holds: bool) -> Word:
        kind = "held" if self.past else "holding"
        return Word(KINDS[kind][0 if holds else 1], kind)

    def new_thing(self) -> _Thing:
        size = self.random.choice(KINDS["size"]) if self.random.random() < 0.3 else None
        noun = self.things[0].noun if self.twins and len(self.things) == 1 else self.nouns.pop()
        thing = _Thing(noun, self.colors.pop(), size)
        self.things.append(thing)
        return thing

    def a(self, thing: _Thing) -> list[Word]:
        size = [Word(thing.size, "size")] if thing.size else []
        return [Word("a"), *size, Word(thing.color, "color"), Word(thing.noun, "thing")]

    def the(self, thing: _Thing) -> list[Word]:
        twins = sum(other.noun == thing.noun for other in self.things) > 1
        color = [Word(thing.color, "color")] if twins or self.random.random() < 0.1 else []
        return [Word("the"), *color, Word(thing.noun, "thing")]

    def holds(self, name: str, subject: Word | None = None) -> None:
        thing = self.new_thing()
        thing.holder = name
        self.say("{who} {has} {what}", who=subject or person(name), has=self.verb(True), what=self.a(thing))

    def wants(self, name: str, subject: Word | None = None) -> None:
        others = [thing for thing in self.things if thing.holder != name]
        if others and self.random.random() < 0.6:
            what = self.the(self.random.choice(others))
        else:
            what = self.a(self.new_thing())
        self.say("{who} {wants} {what}", who=subject or person(name), wants=self.verb(False), what=what)

    def together(self) -> None:
        """Two go somewhere; then he or she has or wants something."""
        one, two = self.people[0], self.people[1]
        text = "{one} and {two} went to the {place}" if self.random.random() < 0.6 else "{one} and {two} were in the {place}"
        self.say(text, one=person(one), two=person(two), place=Word(self.places.pop(), "place"))
        if GENDER[one] == GENDER[two]:
            return
        order = [one, two]
        self.random.shuffle(order)
        for name in order[: self.random.choice([1, 2, 2])]:
            pronoun = Word("He" if GENDER[name] == "boy" else "She", "pronoun")
            (self.wants if self.random.random() < 0.2 else self.holds)(name, pronoun)

    def hand(self) -> bool:
        held = [thing for thing in self.things if thing.holder]
        if not held:
            return False
        thing = self.random.choice(held)
        giver = thing.holder
        assert giver
        to = self.random.choice([name for name in self.people if name != giver])
        gave = self.random.random() < 0.65
        self.say("{giver} {gave} {thing} to {to}", giver=person(giver), thing=self.the(thing), to=person(to),
                 gave=Word("gave" if gave else "showed", "handing"))
        if gave:
            thing.holder = to
        return True

    def put(self) -> bool:
        held = [thing for thing in self.things if thing.holder]
        if not held:
            return False
        thing = self.random.choice(held)
        assert thing.holder
        self.say("{who} put {thing} {at} the {spot}", who=person(thing.holder), thing=self.the(thing),
                 at=Word(self.random.choice(KINDS["preposition"]), "preposition"),
                 spot=Word(self.random.choice(KINDS["spot"]), "spot"))
        thing.holder, thing.put_away = None, True
        return True

    def moves(self) -> bool:
        if not self.places:
            return False
        text = self.random.choice(["{who} is in the {place}", "{who} went to the {place}"])
        self.say(text, who=person(self.random.choice(self.people)), place=Word(self.places.pop(), "place"))
        return True

    def moods(self) -> bool:
        text = self.random.choice(["{who} was happy", "{who} was sad", "The sun was warm", "It was a good day"])
        self.say(text, who=person(self.random.choice(self.people)))
        return True

    def write(self, opening: float, longest: int) -> Story:
        if self.random.random() < opening:
            name = self.people[0]
            self.say(f"Once upon a time there was a {GENDER[name]} named {{who}}", who=person(name))
        length = len(self.story) + min(longest, self.random.choices([2, 3, 4, 5], [1, 4, 5, 2])[0])
        if self.random.random() < 0.35:
            self.together()
            left = self.people[2:]
        else:
            left = list(self.people)
        self.random.shuffle(left)
        early = self.random.random() < 0.3
        if early:
            self.moves()
        for name in left[: max(1, length - len(self.story))]:
            (self.wants if self.random.random() < 0.2 else self.holds)(name)
        while len(self.story) < length:
            self.random.choices([self.hand, self.put, self.moves, self.moods, self.late_wish], [5, 2, 3, 0.5, 1.5])[0]()
        return self.story[: max(length, 2)]

    def late_wish(self) -> None:
        self.wants(self.random.choice(self.people))


def write_story(random: Random, *, unseen: bool | None = None, opening: float = 0.1, longest: int = 5) -> Story:
    """A story of 2 to `longest` sentences (one more with the opening "Once upon a time…").

    `unseen` True gives only stories that training never sees, False only those it may see, None either.
    """
    while True:
        story = _Writer(random).write(opening, longest)
        if unseen is None or is_unseen(story) == unseen:
            return story
